"""The reporting service as a web application.

Guarantee: it is ready when the database answers and the migrations are at head; how fresh the figures are stands in
each answer and in the consumer's own readiness.
Step 9 of the event path (docs/architecture.md).
"""

from flask import Flask

from services.reporting import (
    api,
    api_certificates,
    api_closings,
    api_evidence,
    api_reports,
    board,
    stream,
)
from shared import database, feed, http
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
    areas = AreaCache(engine)
    documented.register_blueprint(api.blueprint(engine, areas))
    documented.register_blueprint(api_evidence.blueprint(engine, areas))
    documented.register_blueprint(api_closings.blueprint(engine, areas))
    documented.register_blueprint(api_reports.blueprint(engine, areas))
    documented.register_blueprint(api_certificates.blueprint(engine, areas))
    board.register(app, documented, engine, areas)
    app.register_blueprint(feed.blueprint(engine, stream.STREAM, stream.SHARDS))
    http.add_readiness(app, database.readiness(SERVICE, engine))
    http.refuse_undecided(app)
    return app
