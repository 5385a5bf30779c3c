"""The registry as a web application.

Guarantee: it does not start with a route that has no authorisation decision, and it is ready only when the
database answers, its migrations are at head and the event log can be written.
Step 2 of the event path (docs/architecture.md): it issues the tokens.
"""

import sqlalchemy as sa
import sqlalchemy.exc
from flask import Flask, Response

from services.registry import api as routes
from services.registry import journal, oauth, store, tokens
from services.registry.api import counts
from shared import feed
from shared.auth import Verifier
from shared.database import is_at_head
from shared.http import add_readiness, undecided_routes
from shared.http import create_app as create_shell
from shared.problems import Problem
from shared.settings import Settings


def create_app(settings: Settings) -> Flask:
    """The application on the database of the settings; nothing is opened until the first request."""
    app, api = create_shell("registry", "Congdongso registry", settings)
    database = store.open_engine(settings.database_url("registry"))
    app.extensions["cds_registry_engine"] = database
    app.extensions["cds_verifier"] = Verifier(
        tokens.OwnKeys(database), "registry", lambda client_id: tokens.is_revoked(database, client_id)
    )
    routes.register(api)
    oauth.add_routes(app, database)
    oauth.describe(app, api)
    app.register_blueprint(feed.blueprint(database, journal.STREAM, journal.SHARDS))
    app.register_blueprint(counts.blueprint(database))
    app.register_error_handler(sqlalchemy.exc.IntegrityError, _conflict)
    add_readiness(
        app,
        {
            "database": lambda: _answers(database),
            "migrations": lambda: None if is_at_head("registry", database) else "chưa ở bản mới nhất: chạy cds init",
            "event_log": lambda: _is_writable(database),
        },
    )
    if undecided := undecided_routes(app):
        raise RuntimeError(f"routes without an authorisation decision: {', '.join(undecided)}")
    return app


def _conflict(_error: Exception) -> Response:
    """A rule of the database that no command has put into words."""
    return Problem("already_exists", "Nội dung này trái với dữ liệu đã có.").response()


def _answers(database: sa.Engine) -> str | None:
    with database.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
    return None


WRITABLE = """
SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'
   AND to_regclass('event_log') IS NOT NULL
   AND coalesce(has_table_privilege(to_regclass('event_log')::oid, 'INSERT'), false)
"""


def _is_writable(database: sa.Engine) -> str | None:
    with database.connect() as connection:
        return None if connection.scalar(sa.text(WRITABLE)) else "không ghi được nhật ký sự kiện"
