"""Alembic's environment of the reporting service: run by `shared.database.migrate`, online only."""

from services.reporting.model import METADATA
from shared.migrations import run

run(METADATA)
