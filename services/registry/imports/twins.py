"""Who of the newly registered is probably in the registry already.

Guarantee: it is a hint in the report, by the same signs as the list of probable duplicates; nothing is merged or
refused by it. One statement for a thousand people, however common their names are.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.imports.places import Places
from services.registry.imports.report import Outcome, Twins
from services.registry.queries.duplicates_judged import judged

MOST = 20  # records that one row is compared with: a list of one name would make millions of pairs
# Statistics lag behind a long import, and a plan for any number of ids expects a few: either reads the whole table for
# each person. Both settings end with the transaction, of which this is the last statement.
BY_INDEX = (sa.text("SET LOCAL plan_cache_mode = force_custom_plan"), sa.text("SET LOCAL enable_seqscan = off"))

# Pairs by phone, and by name where the birth years do not differ.
PAIRS = sa.text("""
WITH mine AS (SELECT volunteer_id, phone, folded_name, birth_year FROM volunteer WHERE volunteer_id = ANY(:ids)),
pair AS (
    SELECT m.volunteer_id AS one, b.volunteer_id AS other FROM mine AS m CROSS JOIN LATERAL (
        SELECT v.volunteer_id FROM volunteer AS v WHERE v.phone = m.phone LIMIT :most) AS b
     UNION
    SELECT m.volunteer_id, b.volunteer_id FROM mine AS m CROSS JOIN LATERAL (
        SELECT v.volunteer_id FROM volunteer AS v WHERE v.folded_name = m.folded_name
           AND (v.birth_year = m.birth_year OR v.birth_year IS NULL OR m.birth_year IS NULL) LIMIT :most) AS b)
SELECT one, other, b.full_name AS other_name, b.merged_into IS NULL AND b.erased_on IS NULL AS is_there,
       a.phone = b.phone AS same_phone, a.folded_name = b.folded_name AS same_name,
       a.birth_year = b.birth_year AS same_year, a.folded_unit = b.folded_unit AND a.folded_unit <> '' AS same_unit,
       (SELECT p.area_id FROM placement AS p WHERE p.subject_id = one
         ORDER BY p.placed_on > :day, abs(p.placed_on - :day) LIMIT 1) AS area,
       (SELECT p.area_id FROM placement AS p WHERE p.subject_id = other
         ORDER BY p.placed_on > :day, abs(p.placed_on - :day) LIMIT 1) AS other_area
  FROM pair JOIN volunteer AS a ON a.volunteer_id = one JOIN volunteer AS b ON b.volunteer_id = other
 WHERE one <> other
 ORDER BY one, other
""")


@dataclass(slots=True)
class Signs:
    """What two records have in common."""

    same_phone: bool | None
    same_name: bool
    same_year: bool | None
    same_unit: bool
    same_ward: bool | None


def twins_of(session: Session, day: dt.date, created: Sequence[Outcome]) -> list[Twins]:
    """Of each who was just registered and is probably there already, the likeliest other record."""
    by_id = {one.subject: one for one in created if one.subject}
    if not by_id:
        return []
    session.flush()
    for setting in BY_INDEX:
        session.execute(setting)
    # Each pair once; who was merged or erased is left out here: their index would be taken for a way to find all.
    found = session.execute(PAIRS, {"day": day, "ids": list(by_id), "most": MOST})
    rows = [row for row in found if row.is_there and (row.other not in by_id or row.one < row.other)]
    wards = Places(session, day, None).ward_of({area for row in rows for area in (row.area, row.other_area) if area})
    ids = {one: ward.area_id for one, ward in wards.items()}
    pairs = [one for row in rows if (one := _twins(by_id[row.one], row, ids))]
    likeliest = {one.subject: one for one in sorted(pairs, key=lambda one: one.score)}
    return sorted(likeliest.values(), key=lambda one: one.number)


def _twins(outcome: Outcome, row: Any, wards: Mapping[UUID, UUID]) -> Twins | None:
    same_ward = wards.get(row.area) == wards.get(row.other_area)
    if not (row.same_phone or same_ward or row.same_unit):
        return None  # a name alone is common
    judgement = judged(Signs(row.same_phone, row.same_name, row.same_year, row.same_unit, same_ward))
    return Twins(outcome.number, outcome.name, row.one, row.other, row.other_name, **judgement)
