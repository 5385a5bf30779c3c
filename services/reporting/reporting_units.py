"""Who has to report (F30), as SQL: the units of the campaigns with a daily report, on each of some days.

Guarantee: a unit is valid on the day, of the campaign's reporting level, and below an area of the campaign in the tree
of that day; the day is one of the campaign's and not off. Where an area of the campaign has ended, its groups, or those
that succeed them, still report, and with them the wards in which they are and its main successor; not the whole of what
it was merged into (docs/decisions/0027-campaigns-over-areas-that-end.md). Where no successor is known, nothing is
guessed.
Step 9 of the event path (docs/architecture.md).
"""

from services.reporting.borders import THEN, Borders

# Parameters: first, last, and campaign and area, or null for all. Ends with `expected`: a row a day and unit.
UNITS = """
WITH RECURSIVE asked AS (
    SELECT d.day::date AS day, c.reporting_level AS level, c.areas
      FROM campaign AS c
      JOIN generate_series(%(first)s::date, %(last)s::date, '1 day') AS d(day)
        ON d.day BETWEEN c.starts_on AND least(c.ends_on, c.closed_on - 1)
     WHERE c.daily_report AND (%(campaign)s::uuid IS NULL OR c.campaign_id = %(campaign)s)
       AND NOT EXISTS (SELECT FROM day_off AS o WHERE o.day = d.day)),
-- The areas of the campaigns, each with the day on which it is read: the day asked for, or its own last one.
named AS (
    SELECT DISTINCT k.day, k.level AS units, a.area_id, a.level, least(k.day, a.valid_to) AS as_of
      FROM asked AS k JOIN area AS a ON a.area_id = ANY(k.areas) AND a.valid_from <= k.day),
-- Their wards. One that has ended since is read on its last day.
ward AS (
    SELECT DISTINCT n.day, n.units, w.area_id, least(n.day, w.valid_to) AS as_of
      FROM named AS n
      JOIN area_ancestor AS x ON x.ancestor_id = n.area_id AND n.as_of BETWEEN x.valid_from AND x.valid_to
      JOIN area AS w ON w.area_id = x.area_id AND w.level = 'ward'
       AND w.valid_from <= n.as_of AND coalesce(w.valid_to, n.as_of) >= n.as_of),
heir AS (
    SELECT day, units, area_id FROM ward WHERE units = 'ward'
     UNION
    SELECT h.day, h.units, s.to_id FROM heir AS h JOIN area_succession AS s ON s.from_id = h.area_id
     WHERE s.is_main AND s.succeeds_on <= h.day),
grp AS (
    SELECT w.day, w.units, g.area_id
      FROM ward AS w
      JOIN area_ancestor AS x ON x.ancestor_id = w.area_id AND w.as_of BETWEEN x.valid_from AND x.valid_to
      JOIN area AS g ON g.area_id = x.area_id AND g.level = 'residential_group'
       AND g.valid_from <= w.as_of AND coalesce(g.valid_to, w.as_of) >= w.as_of
     UNION
    SELECT day, units, area_id FROM named WHERE level = 'residential_group'
     UNION
    SELECT g.day, g.units, s.to_id FROM grp AS g JOIN area_succession AS s ON s.from_id = g.area_id
     WHERE s.succeeds_on <= g.day),
unit AS (
    SELECT day, area_id FROM grp WHERE units = 'residential_group'
     UNION
    SELECT day, area_id FROM heir
     UNION
    SELECT g.day, x.ancestor_id FROM grp AS g
      JOIN area_ancestor AS x ON x.area_id = g.area_id AND x.level = 'ward'
       AND g.day BETWEEN x.valid_from AND x.valid_to
     WHERE g.units = 'ward'),
expected AS (
    SELECT u.day, a.area_id, a.code, a.name, a.level, a.local_label
      FROM unit AS u JOIN area AS a USING (area_id)
     WHERE a.valid_from <= u.day AND coalesce(a.valid_to, u.day) >= u.day
       AND (%(area)s::uuid IS NULL OR EXISTS (
            SELECT FROM (SELECT u.area_id, u.day) AS c {carry} {under})))
"""


def units(borders: Borders = THEN) -> str:
    """The units under the area asked for, which is read in the borders of each day, or in today's."""
    return UNITS.format(carry=borders.carry(), under=borders.under())
