"""The audit, read: who changed what, when and why, newest first.

Guarantee: the personal half of a change comes along as long as the person is not erased; only a `registry:write`
token gets here.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Change, ChangePersonal


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """`subject` is the key of a row, or the first part of one: a volunteer's id finds its placements too."""

    kind: str | None = None
    subject: str | None = None
    actor: str | None = None


def changes(session: Session, wanted: ChangeFilter, *, before: int | None, limit: int) -> dict[str, Any]:
    """A page of changes, and the `before` of the next one."""
    query = (
        sa.select(Change, ChangePersonal)
        .outerjoin(ChangePersonal, ChangePersonal.change_id == Change.change_id)
        .order_by(Change.change_id.desc())
        .limit(limit + 1)
    )
    if wanted.kind is not None:
        query = query.where(Change.kind == wanted.kind)
    if wanted.subject is not None:
        is_part = sa.func.starts_with(Change.subject, f"{wanted.subject}/")
        query = query.where(sa.or_(Change.subject == wanted.subject, is_part))
    if wanted.actor is not None:
        query = query.where(Change.actor == wanted.actor)
    if before is not None:
        query = query.where(Change.change_id < before)
    rows = session.execute(query).all()
    items = [_shown(change, personal) for change, personal in rows[:limit]]
    return {"items": items, "next": items[-1]["change_id"] if len(rows) > limit else None}


def _shown(change: Change, personal: ChangePersonal | None) -> dict[str, Any]:
    shown = {column.key: getattr(change, column.key) for column in Change.__table__.c}
    if personal:
        shown["before"] = (change.before or {}) | (personal.before or {}) or None
        shown["after"] = (change.after or {}) | (personal.after or {}) or None
    return shown
