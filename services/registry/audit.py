"""The audit, written by the session itself: who changed which row, from what to what, and why.

Guarantee: every row that a session adds, changes or removes is noted in the same transaction, without a line of
code in the command; secrets are never noted, and what is personal goes into `change_personal`. A changed row's
`version` goes up by one.
What SQL changes without the session (placements that follow from a succession) is not noted: its cause is.
"""

import getpass
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Base, Change, ChangePersonal, SigningKey
from shared.database import driver

UNTOLD = {"secret_sha256", "password_hash"}
NOT_AUDITED = (SigningKey, Change, ChangePersonal)
Values = dict[str, Any]
# Copied, since a spreadsheet brings thousands of changes at once.
NEXT_IDS = "SELECT nextval(pg_get_serial_sequence('change', 'change_id')) FROM generate_series(1, %s)"
COPY_CHANGES = """COPY change (change_id, actor, reason, request_id, kind, subject, action, before, after)
                  FROM STDIN"""
COPY_PERSONAL = "COPY change_personal (change_id, before, after) FROM STDIN"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, and why: a client's id, or `operator:<user>` on the machine itself."""

    name: str
    reason: str | None = None
    request_id: str | None = None


def operator(reason: str | None = None) -> Actor:
    """Whoever runs a command on the machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = str(os.getuid())
    return Actor(f"operator:{user}", reason)


def watch(session: Session, by: Actor) -> None:
    """From now on, note what this session changes."""
    session.info["actor"] = by
    sa.event.listen(session, "before_flush", _raise_versions)
    sa.event.listen(session, "after_flush", _note)


def _raise_versions(session: Session, *_: Any) -> None:
    for row in session.dirty:
        state = sa.inspect(row)
        column = state.mapper.columns.get("version")
        has_version = column is not None and not column.primary_key
        if has_version and session.is_modified(row) and not state.attrs["version"].history.has_changes():
            row.version += 1


def _note(session: Session, *_: Any) -> None:
    noted = list(_changes(session))
    if not noted:
        return
    by: Actor = session.info["actor"]
    connection = driver(session.connection())
    ids = connection.execute(NEXT_IDS, [len(noted)]).fetchall()
    with connection.cursor().copy(COPY_CHANGES) as copy:
        for (change_id,), one in zip(ids, noted, strict=True):
            copy.write_row((change_id, by.name, by.reason, by.request_id, *one.row()))
    with connection.cursor().copy(COPY_PERSONAL) as copy:
        for (change_id,), one in zip(ids, noted, strict=True):
            if one.personal != (None, None):
                copy.write_row((change_id, *one.personal))


@dataclass(frozen=True, slots=True)
class Noted:
    """A change as it is written: both halves as JSON, before and after."""

    kind: str
    subject: str
    action: str
    public: tuple[str | None, str | None]
    personal: tuple[str | None, str | None]

    def row(self) -> tuple[str | None, ...]:
        return self.kind, self.subject, self.action, *self.public


def _changes(session: Session) -> Iterator[Noted]:
    for action, rows in (("added", session.new), ("changed", session.dirty), ("removed", session.deleted)):
        for row in rows:
            if isinstance(row, NOT_AUDITED) or (action == "changed" and not session.is_modified(row)):
                continue
            columns = _columns(row.__class__)
            before, after = _values(row, action, columns.told)
            yield Noted(
                kind=row.__tablename__,
                subject="/".join([str(getattr(row, name)) for name in columns.key]),
                action=action,
                public=(_part(before, columns.public), _part(after, columns.public)),
                personal=(_part(before, columns.personal), _part(after, columns.personal)),
            )


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table that are told: `public` and `personal` together are `told`."""

    key: tuple[str, ...]
    told: tuple[str, ...]
    public: frozenset[str]
    personal: frozenset[str]


@cache
def _columns(table: type[Base]) -> Columns:
    mapper = sa.inspect(table)
    told = [one for one in mapper.columns if one.key not in UNTOLD and not one.info.get("derived")]
    personal = frozenset(one.key for one in told if one.info.get("personal"))
    names = tuple(one.key for one in told)
    key = tuple(str(one.key) for one in mapper.primary_key)
    return Columns(key, names, frozenset(names) - personal, personal)


def _values(row: Any, action: str, names: tuple[str, ...]) -> tuple[Values, Values]:
    """What was there before and is after: all of an added or removed row, the difference of a changed one."""
    if action != "changed":
        whole = {name: value for name in names if (value := getattr(row, name)) is not None}
        return ({}, whole) if action == "added" else (whole, {})
    before, after = {}, {}
    attributes = sa.inspect(row).attrs
    for name in names:
        history = attributes[name].history
        if history.has_changes():
            before[name], after[name] = history.deleted[0] if history.deleted else None, getattr(row, name)
    return before, after


def _part(values: Values, names: frozenset[str]) -> str | None:
    kept = {name: value for name, value in values.items() if name in names}
    return msgspec.json.encode(kept).decode() if kept else None
