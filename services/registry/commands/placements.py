"""In which ward a residential group is, from which day on.

Guarantee: a group of a succeeded ward goes where it is named to go, else to the main successor; where
there is none it stays, and nothing is guessed.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import GroupPlacement
from shared.events.registry import Successor


def ward_on(session: Session, group_id: UUID, day: dt.date) -> UUID | None:
    """The ward of a residential group on a day."""
    return session.scalar(
        sa.select(GroupPlacement.ward_id)
        .where(GroupPlacement.group_id == group_id, GroupPlacement.placed_on <= day)
        .order_by(GroupPlacement.placed_on.desc())
        .limit(1)
    )


PLACE_WITH_MAIN = sa.text("""
INSERT INTO group_placement (group_id, placed_on, ward_id)
SELECT p.group_id, s.succeeds_on, s.to_id
  FROM area_succession AS s
  JOIN group_placement AS p ON p.ward_id = s.from_id AND p.placed_on < s.succeeds_on
  JOIN area AS g ON g.area_id = p.group_id AND (g.valid_to IS NULL OR g.valid_to >= s.succeeds_on)
 WHERE s.is_main AND s.from_id = ANY(:from_ids)
   AND NOT EXISTS (
       SELECT FROM group_placement AS q
        WHERE q.group_id = p.group_id AND q.placed_on > p.placed_on AND q.placed_on <= s.succeeds_on)
RETURNING group_id, ward_id
""")
PLACE_NAMED = sa.text("""
INSERT INTO group_placement (group_id, placed_on, ward_id)
SELECT g, :on, w FROM unnest(CAST(:groups AS uuid[]), CAST(:wards AS uuid[])) AS given(g, w)
    ON CONFLICT (group_id, placed_on) DO UPDATE SET ward_id = excluded.ward_id
""")


def place_groups(session: Session, from_ids: set[UUID], named: Mapping[UUID, UUID], on: dt.date) -> dict[UUID, UUID]:
    """Place the groups of succeeded wards on the day of the succession; which group went to which ward."""
    by_default = session.execute(PLACE_WITH_MAIN, {"from_ids": list(from_ids)})
    placed = {row.group_id: row.ward_id for row in by_default} | dict(named)
    if named:
        session.execute(PLACE_NAMED, {"on": on, "groups": list(named), "wards": list(named.values())})
    return placed


def with_groups(heirs: Sequence[tuple[UUID, bool]], placed: Mapping[UUID, UUID]) -> list[Successor]:
    """The successors, each with every group that goes to it, so that no reader has to know the default."""
    return [
        Successor(
            area_id=heir,
            is_main=is_main,
            groups=sorted(group for group, ward in placed.items() if ward == heir),
        )
        for heir, is_main in heirs
    ]
