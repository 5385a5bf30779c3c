"""Alembic's environment of the sessions service: run by `shared.database.migrate`, online only."""

from shared.migrations import run

from services.sessions.model import METADATA

run(METADATA)
