"""The registry's migrations make just the tables of its model."""

from __future__ import annotations

import warnings

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.registry.model import Base
from shared.database import is_at_head, migrate
from shared.event_log import Xid8
from tests.integration.registry_house import migrate_registry
from tests.support.postgres import TestPostgres


def test_the_model_equals_the_migrations(postgres: TestPostgres) -> None:
    url = postgres.fresh_database(migrate_registry)
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    engine.dialect.ischema_names["xid8"] = Xid8  # type: ignore[attr-defined]

    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("error")
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        difference = compare_metadata(context, Base.metadata)

    assert difference == []
    engine.dispose()
    postgres.drop(url)


def test_migrating_twice_is_harmless(postgres: TestPostgres) -> None:
    url = postgres.fresh_database(migrate_registry)

    migrate("registry", url)

    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    assert is_at_head("registry", engine)
    engine.dispose()
    postgres.drop(url)
