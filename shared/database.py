"""The database of a service: engine, transactions, migrations.

Guarantee: a transaction is opened at the edge (one per request, one per consumed segment) and nothing below commits.
Times are UTC, and a forgotten transaction is ended by the server.
It gives no pooling across services: each has its own database.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

Connection = psycopg.Connection[Any]

# What is raised when the database is away, or asks to try again: never the fault of the data.
AWAY: tuple[type[Exception], ...] = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
    sa.exc.OperationalError,
    sa.exc.InterfaceError,
    sa.exc.TimeoutError,
)

WEB_OPTIONS = "-c timezone=UTC -c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=15s"
JOB_OPTIONS = "-c timezone=UTC -c statement_timeout=60s -c lock_timeout=5s -c idle_in_transaction_session_timeout=15s"
MIGRATION_LOCK = 0x6364_7301


def engine(url: str, *, pool_size: int = 8, options: str = WEB_OPTIONS) -> sa.Engine:
    """An engine on `postgresql://…`; it opens nothing until it is used."""
    sqlalchemy_url = sa.make_url(url).set(drivername="postgresql+psycopg")
    return sa.create_engine(
        sqlalchemy_url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        # Parameters may be names and phones: they have no place in a log line.
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5},
    )


def driver(connection: sa.Connection) -> Connection:
    """The psycopg connection below, in the same transaction: for COPY and for the hot paths."""
    return cast(Connection, connection.connection.driver_connection)


@contextmanager
def transaction(bound: sa.Engine) -> Iterator[Connection]:
    """One transaction on a pooled connection: committed at the end, rolled back on any exception."""
    with bound.begin() as connection:
        yield driver(connection)


def connect(url: str, options: str = JOB_OPTIONS, *, autocommit: bool = False) -> Connection:
    """A connection of one's own, outside the pool: for leaders and listeners."""
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return psycopg.connect(plain, options=options, connect_timeout=5, autocommit=autocommit)


def alembic_config(service: str, url: str) -> Config:
    folder = Path(str(resources.files("services"))) / service / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["url"] = url
    return config


def migrate(service: str, url: str) -> None:
    """Bring the service's database to head; two at once wait for each other."""
    with connect(url, "-c lock_timeout=60s", autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        command.upgrade(alembic_config(service, url), "head")


def is_at_head(service: str, bound: sa.Engine) -> bool:
    """Whether the database has just the migrations that this release knows."""
    head = ScriptDirectory.from_config(alembic_config(service, "")).get_current_head()
    with bound.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def readiness(service: str, bound: sa.Engine) -> dict[str, Callable[[], str | None]]:
    """Readiness checks of a service's database: it answers and takes writes, migrations are at head."""

    def answers() -> str | None:
        with transaction(bound) as connection:
            row = connection.execute("SHOW transaction_read_only").fetchone()
        return "cơ sở dữ liệu chỉ cho đọc" if row and row[0] == "on" else None

    def migrations() -> str | None:
        return None if is_at_head(service, bound) else f"chưa đúng phiên bản: chạy cds migrate {service}"

    return {"database": answers, "migrations": migrations}
