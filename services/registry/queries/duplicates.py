"""Records that are probably one person: the same phone, or the same name where nothing speaks against it.

Guarantee: each pair is found once, whichever is entered first; pairs that somebody noted as two persons, and who was
merged or erased, are left out. A name counts only in the same ward or the same Youth Union branch, with the same
birth year or with one that is not known. It is a hint: nothing is merged by it.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Volunteer
from services.registry.queries.duplicates_judged import judged
from services.registry.queries.pages import Page
from services.registry.queries.people import is_in, volunteers_on

NOBODY = UUID(int=0)
# The ward of a record on a day: that of its residential group, or the ward itself.
AREA = """(SELECT p.area_id FROM placement AS p WHERE p.subject_id = {0}
            ORDER BY p.placed_on > :day, CASE WHEN p.placed_on > :day THEN p.placed_on END, p.placed_on DESC LIMIT 1)"""
WARD = f"""(SELECT CASE WHEN w.level = 'residential_group' THEN {AREA.format("w.area_id")} ELSE w.area_id END
              FROM area AS w WHERE w.area_id = {AREA.format("{0}.volunteer_id")})"""
SAME_WARD = f"{WARD.format('a')} = {WARD.format('b')}"
# Two look-ups by index for each record: by phone, by name.
TWINS = f"""
  FROM volunteer AS a CROSS JOIN LATERAL (
       SELECT * FROM volunteer AS b WHERE b.phone = a.phone
        UNION
       SELECT * FROM volunteer AS b
        WHERE b.folded_name = a.folded_name AND coalesce(a.birth_year = b.birth_year, true)
          AND (a.folded_unit = b.folded_unit AND a.folded_unit <> '' OR {SAME_WARD})) AS b
 WHERE a.volunteer_id <> b.volunteer_id
   AND a.merged_into IS NULL AND a.erased_on IS NULL AND b.merged_into IS NULL AND b.erased_on IS NULL
   AND NOT EXISTS (SELECT FROM not_duplicate AS n WHERE n.one_id = least(a.volunteer_id, b.volunteer_id)
                                                    AND n.other_id = greatest(a.volunteer_id, b.volunteer_id))
"""
SIGNS = f"""a.phone = b.phone AS same_phone, a.folded_name = b.folded_name AS same_name,
       a.birth_year = b.birth_year AS same_year, a.folded_unit = b.folded_unit AND a.folded_unit <> '' AS same_unit,
       {SAME_WARD} AS same_ward"""
# In the order of ids, so that a page reads no further than it shows.
ALL_PAIRS = sa.text(f"""
SELECT a.volunteer_id AS one_id, b.volunteer_id AS other_id, {SIGNS} {TWINS}
   AND b.volunteer_id > a.volunteer_id
   AND a.volunteer_id >= :one AND (a.volunteer_id, b.volunteer_id) > (:one, :other)
 ORDER BY a.volunteer_id, b.volunteer_id LIMIT :limit
""")
PAIRS_OF_SOME = sa.text(f"""
SELECT * FROM (SELECT DISTINCT least(a.volunteer_id, b.volunteer_id) AS one_id,
                      greatest(a.volunteer_id, b.volunteer_id) AS other_id, {SIGNS} {TWINS}
                  AND a.volunteer_id = ANY(:ids)) AS found
 WHERE (one_id, other_id) > (:one, :other) ORDER BY one_id, other_id LIMIT :limit
""")


def probable_duplicates(
    session: Session, day: dt.date, *, ward: UUID | None, after: tuple[UUID, UUID] | None, limit: int
) -> Page:
    """A page of pairs, in the order of their ids; with `ward`, those of which at least one is there."""
    one, other = after or (NOBODY, NOBODY)
    given: dict[str, Any] = {"day": day, "one": one, "other": other, "limit": limit + 1}
    if ward is None:
        rows = session.execute(ALL_PAIRS, given).all()
    else:
        there = session.scalars(sa.select(Volunteer.volunteer_id).where(is_in(day, ward))).all()
        rows = session.execute(PAIRS_OF_SOME, given | {"ids": list(there)}).all()
    kept = rows[:limit]
    following = f"{kept[-1].one_id}/{kept[-1].other_id}" if len(rows) > limit else None
    return Page(_shown(session, kept, day), following)


def _shown(session: Session, pairs: Sequence[Any], day: dt.date) -> list[dict[str, Any]]:
    people = _people(session, (one for pair in pairs for one in (pair.one_id, pair.other_id)), day)
    return [{"one": people[pair.one_id], "other": people[pair.other_id]} | judged(pair) for pair in pairs]


def duplicates_of(session: Session, volunteer_id: UUID, day: dt.date, limit: int = 20) -> list[dict[str, Any]]:
    """Who this volunteer may be already, the likeliest first."""
    given = {"day": day, "one": NOBODY, "other": NOBODY, "ids": [volunteer_id], "limit": 1000}
    found = {
        pair.one_id if pair.other_id == volunteer_id else pair.other_id: judged(pair)
        for pair in session.execute(PAIRS_OF_SOME, given)
    }
    people = _people(session, found, day)
    shown = [{**people[one]._mapping, **why} for one, why in found.items()]
    return sorted(shown, key=lambda one: (-one["score"], one["volunteer_id"]))[:limit]


def _people(session: Session, ids: Iterable[UUID], day: dt.date) -> dict[UUID, Any]:
    rows = session.execute(volunteers_on(day).where(Volunteer.volunteer_id.in_(list(ids))))
    return {row.volunteer_id: row for row in rows}
