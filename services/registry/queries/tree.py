"""The tree of areas on a day, as SQL: what is below an area then, and what is related to it through time.

Guarantee: an area is below the one that it is placed in on the day, and below no other; only what is valid on the day
is in the tree, but for the areas asked for themselves.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

# What is directly under `t` on a day: placed there last, or declared there and placed nowhere since.
UNDER = """
SELECT a.area_id FROM area AS a
 WHERE a.parent_id = t.area_id AND a.valid_from <= :day AND coalesce(a.valid_to, 'infinity') >= :day
   AND NOT EXISTS (SELECT FROM placement AS q WHERE q.subject_id = a.area_id AND q.placed_on <= :day)
 UNION ALL
SELECT a.area_id FROM placement AS p JOIN area AS a ON a.area_id = p.subject_id
 WHERE p.area_id = t.area_id AND p.subject = 'group' AND p.placed_on <= :day
   AND a.valid_from <= :day AND coalesce(a.valid_to, 'infinity') >= :day
   AND NOT EXISTS (SELECT FROM placement AS q
                    WHERE q.subject_id = p.subject_id AND q.placed_on > p.placed_on AND q.placed_on <= :day)
"""
BELOW_ON = f"""
WITH RECURSIVE tree AS (
    SELECT area_id FROM area WHERE area_id = ANY(CAST(:tops AS uuid[]))
     UNION
    SELECT under.area_id FROM tree AS t CROSS JOIN LATERAL ({UNDER}) AS under)
SELECT area_id FROM tree
"""

# What an area comes from, is part of or has as parts: the areas in whose name something concerns it.
RELATED = f"""
WITH RECURSIVE back AS (
    SELECT area_id FROM ({BELOW_ON}) AS below
     UNION
    SELECT s.from_id FROM area_succession AS s JOIN back AS b ON s.to_id = b.area_id),
up AS (
    SELECT area_id FROM back
     UNION
    SELECT e.parent_id FROM up AS u CROSS JOIN LATERAL (
        SELECT a.parent_id FROM area AS a LEFT JOIN area AS w ON w.area_id = a.parent_id
         WHERE a.area_id = u.area_id AND a.level <> 'residential_group' AND (w.valid_to < :day OR NOT EXISTS (
             SELECT FROM placement AS q WHERE q.subject_id = a.area_id AND q.placed_on <= :day))
         UNION ALL
        SELECT p.area_id FROM placement AS p JOIN area AS w ON w.area_id = p.area_id
         WHERE p.subject_id = u.area_id AND p.subject = 'group' AND p.placed_on <= :day
           AND (w.valid_to < :day OR NOT EXISTS (
               SELECT FROM placement AS q
                WHERE q.subject_id = p.subject_id AND q.placed_on > p.placed_on AND q.placed_on <= :day))
        ) AS e(parent_id)
     WHERE e.parent_id IS NOT NULL)
SELECT area_id FROM up
"""

# What succeeds areas, however often.
ONWARDS = """
WITH RECURSIVE onwards AS (
    SELECT unnest(CAST(:froms AS uuid[])) AS area_id
     UNION
    SELECT s.to_id FROM area_succession AS s JOIN onwards AS o ON s.from_id = o.area_id)
SELECT area_id FROM onwards
"""


# What is above areas on a day; a group that is placed nowhere yet is in the ward that declared it.
ABOVE_ON = """
WITH RECURSIVE up AS (
    SELECT area_id, area_id AS above FROM unnest(CAST(:areas AS uuid[])) AS given(area_id)
     UNION
    SELECT u.area_id, e.parent_id FROM up AS u CROSS JOIN LATERAL (
        SELECT coalesce((SELECT p.area_id FROM placement AS p
                          WHERE p.subject_id = a.area_id AND p.placed_on <= :day
                          ORDER BY p.placed_on DESC LIMIT 1), a.parent_id) AS parent_id
          FROM area AS a WHERE a.area_id = u.above) AS e
     WHERE e.parent_id IS NOT NULL)
SELECT area_id, above FROM up WHERE above <> area_id
"""


def below_on(area_id: UUID, day: dt.date) -> sa.Select[Any]:
    """The ids of an area and of what is below it on a day."""
    return all_below_on([area_id], day)


def all_below_on(area_ids: Iterable[UUID], day: dt.date) -> sa.Select[Any]:
    """The ids of some areas and of what is below any of them on a day."""
    return _ids(BELOW_ON, tops=list(area_ids), day=day)


def related_on(area_id: UUID, day: dt.date) -> sa.Select[Any]:
    """The ids of an area, of what is below it on a day, of what these succeed, and of all that is above these."""
    return _ids(RELATED, tops=[area_id], day=day)


def with_successors(area_ids: list[UUID]) -> sa.Select[Any]:
    """The ids of areas and of whatever succeeds them."""
    return _ids(ONWARDS, froms=area_ids)


def _ids(sql: str, **values: Any) -> sa.Select[Any]:
    bound: list[sa.BindParameter[Any]] = [sa.bindparam(name, value, unique=True) for name, value in values.items()]
    tree = sa.text(sql).bindparams(*bound).columns(area_id=sa.UUID)
    return sa.select(tree.subquery().c.area_id)


def above_on(session: Session, area_ids: Iterable[UUID], day: dt.date) -> dict[UUID, set[UUID]]:
    """What is above each of some areas on a day."""
    above: dict[UUID, set[UUID]] = {}
    for row in session.execute(sa.text(ABOVE_ON), {"areas": list(area_ids), "day": day}):
        above.setdefault(row.area_id, set()).add(row.above)
    return above
