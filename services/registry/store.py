"""The registry's transactions: opened here, at the edge, and nowhere below.

Guarantee: changes are made one at a time (an advisory lock, taken before anything is read or written), so
what an event refers to stands before it in the stream, and what was checked still holds at the commit.
Traffic here is low.
Every change is noted in the audit. The relay is woken after the commit, never inside it.
Step 3 of the event path (docs/architecture.md), for the registry's own stream.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry import audit
from services.registry.audit import Actor
from shared import event_log
from shared.database import WEB_OPTIONS, driver, engine

CHANGE_LOCK = 0x6364_7302


def open_engine(url: str, *, pool_size: int = 8, options: str = WEB_OPTIONS) -> sa.Engine:
    """The registry's engine; its errors do not repeat the values, which may be names and phones."""
    opened = engine(url, pool_size=pool_size, options=options)
    opened.hide_parameters = True
    return opened


@contextmanager
def reading(bound: sa.Engine) -> Iterator[Session]:
    """One read-only transaction that sees one state."""
    with Session(bound, expire_on_commit=False) as session, session.begin():
        session.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        yield session


@contextmanager
def writing(bound: sa.Engine, by: Actor | None = None) -> Iterator[Session]:
    """One transaction that changes the registry: committed at the end, rolled back on any exception.

    `by` stands in the audit; without it, whoever runs this process.
    """
    with Session(bound, expire_on_commit=False) as session, session.begin():
        audit.watch(session, by or audit.operator())
        session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHANGE_LOCK})
        yield session
    with bound.begin() as connection:
        event_log.wake_relay(driver(connection))
