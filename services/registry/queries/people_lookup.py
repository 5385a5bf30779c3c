"""Finding many volunteers at once by what a list names them with: ids, phones, names.

Guarantee: one statement for each call, however long the list; whoever was merged or erased is not found.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Volunteer


def by_ids(session: Session, ids: Iterable[UUID]) -> dict[UUID, Volunteer]:
    """Volunteers by id, whatever their status: a command says what is wrong with it."""
    wanted = sa.select(Volunteer).where(Volunteer.volunteer_id == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.UUID))))
    return {one.volunteer_id: one for one in session.scalars(wanted)}


def by_phones(session: Session, phones: Iterable[str]) -> dict[str, list[Volunteer]]:
    """By phone in its E.164 form (`phones.canonical_phone`)."""
    return _grouped(session, Volunteer.phone, phones, lambda one: one.phone)


def by_names(session: Session, folded: Iterable[str]) -> dict[str, list[Volunteer]]:
    """By the folded name (`names.fold`)."""
    return _grouped(session, Volunteer.folded_name, folded, lambda one: one.folded_name)


def _grouped(session: Session, column: Any, values: Iterable[str], key: Any) -> dict[str, list[Volunteer]]:
    found: dict[str, list[Volunteer]] = defaultdict(list)
    wanted = sa.select(Volunteer).where(
        column == sa.any_(sa.literal(list(values), sa.ARRAY(sa.Text))),
        Volunteer.merged_into.is_(None),
        Volunteer.erased_on.is_(None),
    )
    for one in session.scalars(wanted.order_by(Volunteer.volunteer_id)):
        found[key(one)].append(one)
    return dict(found)
