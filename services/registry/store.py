"""The registry's transactions: opened here, at the edge, and nowhere below.

Guarantee: changes are made one at a time (an advisory lock, taken before anything is read or written), so
what an event refers to stands before it in the stream, and what was checked still holds at the commit.
Traffic here is low.
The relay is woken after the commit, never inside it.
Step 3 of the event path (docs/architecture.md), for the registry's own stream.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared import event_log
from shared.database import driver

CHANGE_LOCK = 0x6364_7302


@contextmanager
def reading(engine: sa.Engine) -> Iterator[Session]:
    """One read-only transaction that sees one state."""
    with Session(engine) as session, session.begin():
        session.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        yield session


@contextmanager
def writing(engine: sa.Engine) -> Iterator[Session]:
    """One transaction that changes the registry: committed at the end, rolled back on any exception."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHANGE_LOCK})
        yield session
    with engine.begin() as connection:
        event_log.wake_relay(driver(connection))
