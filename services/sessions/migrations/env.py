"""Alembic's environment of the sessions service: run by `shared.database.migrate`, online only."""

from services.sessions.model import METADATA
from shared.migrations import run

run(METADATA)
