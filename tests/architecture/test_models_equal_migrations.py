"""The migrations of each service make just the tables of its model, on a real PostgreSQL."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.registry.model import Base
from services.reporting.model import METADATA as REPORTING
from services.sessions.model import METADATA as SESSIONS
from shared.database import is_at_head, migrate
from shared.event_log import Xid8

MODELS = {"registry": Base.metadata, "sessions": SESSIONS, "reporting": REPORTING}
EVERY_SERVICE = pytest.mark.parametrize("service", MODELS)


@pytest.fixture
def engine(service: str, database_url: str) -> Iterator[sa.Engine]:
    """A database that the service's migrations have made."""
    migrate(service, database_url)
    made = sa.create_engine(sa.make_url(database_url).set(drivername="postgresql+psycopg"))
    made.dialect.ischema_names["xid8"] = Xid8  # type: ignore[attr-defined]
    yield made
    made.dispose()


def differences(engine: sa.Engine, model: sa.MetaData) -> list[Any]:
    """What Alembic would write into a next migration; a type that it does not know is an error."""
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("error")
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, model))


@EVERY_SERVICE
def test_the_migrations_make_just_the_tables_of_the_model(service: str, engine: sa.Engine) -> None:
    assert differences(engine, MODELS[service]) == []
    assert is_at_head(service, engine)


@EVERY_SERVICE
def test_the_checks_of_the_model_are_those_of_the_migrations(service: str, engine: sa.Engine) -> None:
    """Alembic does not compare CHECK constraints."""
    inspector = sa.inspect(engine)
    modelled = {
        (table.name, constraint.name)
        for table in MODELS[service].tables.values()
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint)
    }
    made = {
        (table, check["name"])
        for table in inspector.get_table_names()
        for check in inspector.get_check_constraints(table)
    }

    assert made == modelled


@EVERY_SERVICE
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("CREATE TABLE nobody_knows (x int)", "remove_table"),
        ("ALTER TABLE some_table ADD COLUMN nobody_knows int", "remove_column"),
        ("ALTER TABLE some_table ALTER COLUMN shard TYPE bigint", "modify_type"),
        ("ALTER TABLE some_table ALTER COLUMN shard DROP NOT NULL", "modify_nullable"),
    ],
)
def test_a_difference_would_be_found(service: str, engine: sa.Engine, change: str, found: str) -> None:
    table = "quarantine" if service == "reporting" else "event_log"
    with engine.begin() as connection:
        connection.execute(sa.text(change.replace("some_table", table)))

    assert found in repr(differences(engine, MODELS[service]))


@EVERY_SERVICE
def test_migrating_a_second_time_changes_nothing(service: str, engine: sa.Engine, database_url: str) -> None:
    migrate(service, database_url)

    assert differences(engine, MODELS[service]) == []
    assert is_at_head(service, engine)
