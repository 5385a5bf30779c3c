"""The reporting service as a web application.

Guarantee: it is ready when the database answers and the migrations are at head; how fresh the figures are stands in
each answer and in the consumer's own readiness.
Step 9 of the event path (docs/architecture.md).
"""

from flask import Flask

from services.reporting import api
from shared import database, http
from shared.areas import AreaCache
from shared.auth import Keys, Verifier
from shared.settings import Settings

SERVICE = "reporting"


def create_app(settings: Settings) -> Flask:
    """The WSGI application."""
    engine = database.engine(settings.database_url(SERVICE))
    app, documented = http.create_app(SERVICE, "Congdongso reporting: the figures", settings)
    documented.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    app.extensions["cds_engine"] = engine
    app.extensions["cds_verifier"] = Verifier(Keys(settings.url_of("registry")), SERVICE)
    documented.register_blueprint(api.blueprint(engine, AreaCache(engine)))
    http.add_readiness(app, database.readiness(SERVICE, engine))
    http.refuse_undecided(app)
    return app
