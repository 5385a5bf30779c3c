"""The units that report for a campaign on a day (figure F30): wards or residential groups, and whether the day counts.

Guarantee: a unit is valid on the day and below an area of the campaign in the tree of that day. Where an area of the
campaign has ended, its groups, or those that succeed them, still report, and with them the wards in which they are
and its main successor; not the whole of what it was merged into
(docs/decisions/0027-campaigns-over-areas-that-end.md). Where no successor is known, nothing is guessed.
"""

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Campaign
from services.registry.queries.catalogue import off_days
from services.registry.queries.pages import Page, page_of

UNITS = """
WITH RECURSIVE
-- The areas of the campaign, each with the day on which it is read: the day asked for, or its own last one.
named AS (
    SELECT area_id, level, least(:day, valid_to) AS as_of FROM area
     WHERE area_id = ANY(CAST(:areas AS uuid[])) AND valid_from <= :day),
part AS (
    SELECT area_id, level, as_of FROM named WHERE level <> 'residential_group'
     UNION
    SELECT e.area_id, e.level, p.as_of FROM part AS p CROSS JOIN LATERAL (
        SELECT a.* FROM area AS a WHERE a.parent_id = p.area_id
           AND NOT EXISTS (SELECT FROM placement AS q WHERE q.subject_id = a.area_id AND q.placed_on <= p.as_of)
         UNION ALL
        SELECT a.* FROM placement AS o JOIN area AS a ON a.area_id = o.subject_id
         WHERE o.area_id = p.area_id AND o.subject = 'group' AND o.placed_on <= p.as_of
           AND NOT EXISTS (SELECT FROM placement AS q WHERE q.subject_id = o.subject_id
                              AND q.placed_on > o.placed_on AND q.placed_on <= p.as_of)) AS e
     WHERE p.level <> 'ward' AND e.level <> 'residential_group'
       AND e.valid_from <= p.as_of AND coalesce(e.valid_to, p.as_of) >= p.as_of),
-- Their wards. One that has ended since is read on its last day.
ward AS (
    SELECT DISTINCT a.area_id, least(:day, a.valid_to) AS as_of FROM part AS p JOIN area AS a USING (area_id)
     WHERE p.level = 'ward'),
heir AS (
    SELECT area_id FROM ward
     UNION
    SELECT s.to_id FROM heir AS h JOIN area_succession AS s ON s.from_id = h.area_id
     WHERE s.is_main AND s.succeeds_on <= :day),
grp AS (
    SELECT p.subject_id AS area_id FROM ward AS w
      JOIN placement AS p ON p.area_id = w.area_id AND p.subject = 'group' AND p.placed_on <= w.as_of
      JOIN area AS g ON g.area_id = p.subject_id AND coalesce(g.valid_to, w.as_of) >= w.as_of
     WHERE NOT EXISTS (SELECT FROM placement AS q
                        WHERE q.subject_id = p.subject_id AND q.placed_on > p.placed_on AND q.placed_on <= w.as_of)
     UNION
    SELECT area_id FROM named WHERE level = 'residential_group'
     UNION
    SELECT s.to_id FROM grp JOIN area_succession AS s ON s.from_id = grp.area_id WHERE s.succeeds_on <= :day),
here AS (
    SELECT g.area_id, (SELECT p.area_id FROM placement AS p WHERE p.subject_id = g.area_id AND p.placed_on <= :day
                        ORDER BY p.placed_on DESC LIMIT 1) AS ward_id FROM grp AS g),
unit AS (
    SELECT area_id, ward_id AS parent_id FROM here WHERE :level = 'residential_group'
     UNION
    SELECT a.area_id, coalesce((SELECT p.area_id FROM placement AS p
                                 WHERE p.subject_id = a.area_id AND p.placed_on <= :day
                                 ORDER BY p.placed_on DESC LIMIT 1), a.parent_id)
      FROM area AS a WHERE :level = 'ward' AND a.level = 'ward'
       AND (a.area_id IN (SELECT area_id FROM heir) OR a.area_id IN (SELECT ward_id FROM here)))
SELECT a.area_id, a.code, a.name, a.level, a.local_label, u.parent_id, a.households, a.residents,
       coalesce(w.code, '') AS parent_code, w.name AS parent_name
  FROM unit AS u JOIN area AS a USING (area_id) LEFT JOIN area AS w ON w.area_id = u.parent_id
 WHERE a.valid_from <= :day AND coalesce(a.valid_to, :day) >= :day
"""


def reporting_units(session: Session, campaign: Campaign, on: dt.date, *, after: UUID | None, limit: int) -> Page:
    """A page of the units of a day, by ward and code."""
    key = "parent_code, code, area_id"
    sql = f"WITH today AS ({UNITS}) SELECT * FROM today"
    if after is not None:
        sql += f" WHERE ({key}) > (SELECT {key} FROM today WHERE area_id = :after)"
    values = _values(campaign, on) | {"limit": limit + 1} | ({"after": after} if after else {})
    rows = session.execute(sa.text(f"{sql} ORDER BY {key} LIMIT :limit"), values).all()
    return page_of(rows, limit, "area_id")


def unit_count(session: Session, campaign: Campaign, on: dt.date) -> int:
    """How many units there are on a day."""
    count: int = session.execute(sa.text(f"SELECT count(*) FROM ({UNITS}) AS u"), _values(campaign, on)).scalar_one()
    return count


def _values(campaign: Campaign, on: dt.date) -> dict[str, Any]:
    return {"areas": campaign.areas, "day": on, "level": campaign.reporting_level}


def why_no_report(session: Session, campaign: Campaign, on: dt.date) -> str | None:
    """Why nobody has to report on a day; None when the day counts."""
    if not campaign.daily_report:
        return "no_daily_report"
    if on < campaign.starts_on:
        return "before_start"
    if on > campaign.ends_on:
        return "after_end"
    if campaign.closed_on is not None and on >= campaign.closed_on:
        return "closed"
    return "day_off" if on in off_days(session, on, on) else None
