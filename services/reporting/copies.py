"""Copies of the projections, each in a schema of its own: the live one, the closed one, one being rebuilt.

Guarantee: a copy holds the same tables with the same code; which one a connection means is its `search_path`, so no
projection and no query knows of copies. A copy of another release is thrown away and made anew from the feed.
What is not a projection (statements, the stream) exists once, in `public`, and every connection finds it there.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from psycopg import sql

from services.reporting.model import PROJECTIONS
from shared import database
from shared.database import JOB_OPTIONS, Connection, transaction

LIVE, CLOSED, REBUILT, CHECKED = "public", "closed", "rebuilt", "checked"


def engine(url: str, copy: str, *, pool_size: int = 2) -> sa.Engine:
    """An engine whose connections read and write this copy."""
    return database.engine(url, pool_size=pool_size, options=f"{JOB_OPTIONS} -c search_path={copy},public")


def prepare(bound: sa.Engine, copy: str) -> None:
    """Make the tables of a copy where they are missing or of another release; it then begins at nothing."""
    with transaction(bound) as connection:
        wanted = f"cds {_revision(connection)}"
        if _made_by(connection, copy) != wanted:
            drop(connection, copy)
            _make(connection, copy)
            connection.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(copy), sql.Literal(wanted)))


def drop(connection: Connection, copy: str) -> None:
    """Throw a copy away; never the live one.

    Raises:
        ValueError: for the live copy.
    """
    if copy == LIVE:
        raise ValueError("the live copy is never dropped")
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(copy)))


def _make(connection: Connection, copy: str) -> None:
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(copy)))
    for table in tables():
        connection.execute(
            sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(
                sql.Identifier(copy, table), sql.Identifier(LIVE, table)
            )
        )


def tables() -> list[str]:
    """The tables of a copy, in order of name."""
    return sorted(PROJECTIONS.tables)


def _revision(connection: Connection) -> str:
    row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return str(row[0]) if row else ""


def _made_by(connection: Connection, copy: str) -> str | None:
    row = connection.execute(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", [copy]
    ).fetchone()
    return row[0] if row else None


@contextmanager
def open_copy(url: str, copy: str) -> Iterator[sa.Engine]:
    """A prepared copy, and its connections closed afterwards."""
    bound = engine(url, copy)
    try:
        prepare(bound, copy)
        yield bound
    finally:
        bound.dispose()
