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
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Change, ChangePersonal, SigningKey

UNTOLD = {"secret_sha256"}
NOT_AUDITED = (SigningKey, Change, ChangePersonal)
Values = dict[str, Any]


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
    who = {"actor": by.name, "reason": by.reason, "request_id": by.request_id}
    insert = sa.insert(Change).returning(Change.change_id, sort_by_parameter_order=True)
    ids = session.scalars(insert, [who | public for public, _ in noted]).all()
    personal = [
        {"change_id": change_id, "before": before, "after": after}
        for change_id, (_, (before, after)) in zip(ids, noted, strict=True)
        if before or after
    ]
    if personal:
        session.execute(sa.insert(ChangePersonal), personal)


def _changes(session: Session) -> Iterator[tuple[Values, tuple[Values | None, Values | None]]]:
    for action, rows in (("added", session.new), ("changed", session.dirty), ("removed", session.deleted)):
        for row in rows:
            if isinstance(row, NOT_AUDITED) or (action == "changed" and not session.is_modified(row)):
                continue
            before, after = _values(row, action)
            public = {
                "kind": row.__tablename__,
                "subject": _key(row),
                "action": action,
                "before": _part(row, before, personal=False),
                "after": _part(row, after, personal=False),
            }
            yield public, (_part(row, before, personal=True), _part(row, after, personal=True))


def _key(row: Any) -> str:
    return "/".join(str(getattr(row, column.key)) for column in sa.inspect(row).mapper.primary_key)


def _values(row: Any, action: str) -> tuple[Values, Values]:
    """What was there before and is after: all of an added or removed row, the difference of a changed one."""
    columns = sa.inspect(row).mapper.columns.keys()
    if action != "changed":
        whole = {name: getattr(row, name) for name in columns if getattr(row, name) is not None}
        return ({}, whole) if action == "added" else (whole, {})
    before, after = {}, {}
    for name in columns:
        history = sa.inspect(row).attrs[name].history
        if history.has_changes():
            before[name], after[name] = history.deleted[0] if history.deleted else None, getattr(row, name)
    return before, after


def _part(row: Any, values: Values, *, personal: bool) -> Values | None:
    columns = sa.inspect(row).mapper.columns
    kept = {
        name: msgspec.to_builtins(value)
        for name, value in values.items()
        if name not in UNTOLD
        and not columns[name].info.get("derived")
        and bool(columns[name].info.get("personal")) == personal
    }
    return kept or None
