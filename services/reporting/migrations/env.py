"""Alembic's environment of the reporting service: run by `shared.database.migrate`, online only."""

from shared.migrations import run

from services.reporting.model import METADATA

run(METADATA)
