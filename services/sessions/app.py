"""The sessions service as a web application: the intake, its feed, its documents.

Guarantee: it is ready when the database answers, the migrations are at head, the log is writable and the reference
data has arrived; the broker is not asked, since the intake accepts while the broker is away.
Step 2 of the event path (docs/architecture.md).
"""

import psycopg
import sqlalchemy as sa
from flask import Flask

from services.sessions import (
    api,
    api_catalogue,
    api_counts,
    api_fates,
    api_feedback,
    api_sheets,
    api_subjects,
    known_residents,
    page,
)
from services.sessions.directory import Directory
from services.sessions.doors import Desk
from services.sessions.intake import STREAM, Intake
from shared import database, feed, http
from shared.auth import Keys, Verifier
from shared.events.schema import DateText, MomentText, UuidText
from shared.settings import Settings, SettingsError

SERVICE = "sessions"
NOT_NOW: tuple[type[Exception], ...] = (*database.AWAY, psycopg.errors.UndefinedTable)


def create_app(settings: Settings) -> Flask:
    """The WSGI application.

    Raises:
        SettingsError: when a setting that the intake needs is missing.
    """
    if not settings.resident_token_keys:
        raise SettingsError("CDS_RESIDENT_TOKEN_KEY is missing: give at least 64 hexadecimal digits, and keep them")
    engine = database.engine(settings.database_url(SERVICE))
    directory = Directory(engine)
    app, documented = http.create_app(SERVICE, "Congdongso sessions: the intake", settings)
    documented.register_field(UuidText, "string", "uuid")
    documented.register_field(DateText, "string", "date")
    documented.register_field(MomentText, "string", "date-time")
    documented.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    app.extensions["cds_engine"] = engine
    app.extensions["cds_verifier"] = Verifier(Keys(settings.url_of("registry")), SERVICE, directory.is_revoked)
    intake = Intake(engine, directory, settings)
    documented.register_blueprint(api.blueprint(intake, settings.max_body_bytes))
    documented.register_blueprint(api_sheets.blueprint(intake))
    for feature in (api_subjects, api_feedback, api_fates, api_catalogue):
        documented.register_blueprint(feature.blueprint(Desk(engine, directory)))
    page.register(app, documented, intake)
    app.register_blueprint(api.schemas_blueprint())
    app.register_blueprint(feed.blueprint(engine, STREAM, settings.shards))
    app.register_blueprint(api_counts.blueprint(engine))
    checks = {"reference data": lambda: _reference(directory), "resident tokens": lambda: _keys(engine, settings)}
    http.add_readiness(app, database.readiness(SERVICE, engine) | checks)
    http.refuse_undecided(app)
    return app


def _reference(directory: Directory) -> str | None:
    if directory.is_empty():
        return "chưa có đơn vị hành chính nào từ registry: chạy cds init, và kiểm tra consumer của sessions"
    return None


def _keys(engine: sa.Engine, settings: Settings) -> str | None:
    with database.transaction(engine) as connection:
        return known_residents.wrong_keys(connection, settings.resident_token_keys) or None


def check_start(settings: Settings) -> None:
    """Look at the database before the first request. One that is away, or not migrated, is looked at later.

    Raises:
        SettingsError: when the keys of resident tokens are not those that were used there.
    """
    if not settings.resident_token_keys:
        return  # `create_app` says so
    try:
        with database.connect(settings.database_url(SERVICE)) as connection:
            wrong = known_residents.wrong_keys(connection, settings.resident_token_keys)
    except NOT_NOW:
        return
    if wrong:
        raise SettingsError(
            f"CDS_RESIDENT_TOKEN_KEY is wrong: {wrong}; see “The key of resident tokens” in docs/runbook.md"
        )
