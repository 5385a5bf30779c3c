"""Functions of the schema `grafana` for what is a question of a day: progress to the last person, and who has reported.

Guarantee: they answer as the reporting service does (a test compares), and read with the rights of their owner, who
fixes where their tables are; who may call them sees nothing else. Names are stable from here on.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

RIGHTS = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp"

# F30 to F33. Who has to report: docs/decisions/0027-campaigns-over-areas-that-end.md.
COMPLETENESS = f"""
CREATE FUNCTION grafana.completeness(first_day date, last_day date) RETURNS TABLE (
    day date, area_id uuid, code text, name text, level text, ward_id uuid, ward_code text, ward text,
    is_reported boolean, is_on_time boolean, is_closed boolean) {RIGHTS} AS $$
WITH RECURSIVE asked AS (
    SELECT d.day::date AS day, c.reporting_level AS level, c.areas
      FROM campaign AS c
      JOIN generate_series(first_day, last_day, '1 day') AS d(day)
        ON d.day BETWEEN c.starts_on AND least(c.ends_on, c.closed_on - 1)
     WHERE c.daily_report
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
     WHERE a.valid_from <= u.day AND coalesce(a.valid_to, u.day) >= u.day),
reported AS (
    SELECT DISTINCT r.day, x.ancestor_id AS area_id
      FROM (SELECT day, area_id FROM tally WHERE day BETWEEN first_day AND last_day
             UNION SELECT day, area_id FROM session WHERE day BETWEEN first_day AND last_day
             UNION SELECT day, area_id FROM assists_by_day
                    WHERE day BETWEEN first_day AND last_day AND assists > 0) AS r
      JOIN area_ancestor AS x ON x.area_id = r.area_id AND r.day BETWEEN x.valid_from AND x.valid_to)
SELECT e.day, e.area_id, e.code, e.name, e.level, w.area_id, w.code, w.name,
       r.area_id IS NOT NULL,
       CASE WHEN c.day IS NULL THEN r.area_id IS NOT NULL ELSE t.area_id IS NOT NULL END,
       c.day IS NOT NULL
  FROM expected AS e
  LEFT JOIN reported AS r ON (r.day, r.area_id) = (e.day, e.area_id)
  LEFT JOIN day_closed AS c ON c.day = e.day
  LEFT JOIN report_on_time AS t ON (t.day, t.area_id) = (e.day, e.area_id)
  LEFT JOIN area_ancestor AS l ON l.area_id = e.area_id AND l.level = 'ward' AND e.day BETWEEN l.valid_from AND l.valid_to
  LEFT JOIN area AS w ON w.area_id = l.ancestor_id
$$
"""

# F20 to F25 of the areas with a target and no other target below them, so that rows add up.
PROGRESS = f"""
CREATE FUNCTION grafana.progress(on_day date) RETURNS TABLE (
    campaign_id uuid, campaign text, service text, service_vi text, area_id uuid, code text, name text, level text,
    ward_id uuid, ward_code text, ward text, goal bigint, eligible bigint, excluded bigint, base bigint, base_on date,
    done bigint, week bigint, expected bigint, as_of date, source text) {RIGHTS} AS $$
WITH running AS (
    SELECT * FROM campaign WHERE on_day BETWEEN starts_on AND least(ends_on, closed_on - 1)),
held AS (
    SELECT DISTINCT ON (t.campaign_id, t.service, t.area_id) t.*, c.name AS campaign, c.starts_on, c.ends_on
      FROM target AS t JOIN running AS c USING (campaign_id)
     WHERE t.service = ANY(c.services) AND t.as_of <= on_day
     ORDER BY t.campaign_id, t.service, t.area_id, t.version DESC),
part AS (
    SELECT h.* FROM held AS h WHERE NOT EXISTS (
        SELECT FROM held AS b JOIN area_ancestor AS x ON x.area_id = b.area_id AND x.ancestor_id = h.area_id
         WHERE (b.campaign_id, b.service) = (h.campaign_id, h.service) AND b.area_id <> h.area_id
           AND on_day BETWEEN x.valid_from AND x.valid_to)),
based AS (
    SELECT p.*, coalesce(o.done, p.already_done) AS base, coalesce(o.as_of, p.as_of) AS base_on
      FROM part AS p LEFT JOIN LATERAL (
           SELECT as_of, done FROM official_count AS n
            WHERE (n.area_id, n.service) = (p.area_id, p.service) AND n.as_of BETWEEN p.as_of AND on_day
            ORDER BY as_of DESC LIMIT 1) AS o ON true),
cell AS (
    SELECT b.campaign_id, b.service, b.area_id, b.base_on, c.day, c.credited + c.unkeyed AS people
      FROM based AS b JOIN service AS s ON s.service = b.service AND s.once
      JOIN area_ancestor AS x ON x.ancestor_id = b.area_id
      JOIN credited_by_day AS c ON c.area_id = x.area_id AND c.service = b.service
       AND c.day BETWEEN x.valid_from AND x.valid_to
       AND c.kind = CASE s.unit WHEN 'stall' THEN 'stall' ELSE 'resident' END
     WHERE c.day > least(b.base_on, on_day - 7) AND c.day <= on_day
     UNION ALL
    SELECT b.campaign_id, b.service, b.area_id, b.base_on, c.day, c.assists
      FROM based AS b JOIN service AS s ON s.service = b.service AND s.once
      JOIN area_ancestor AS x ON x.ancestor_id = b.area_id
      JOIN paper_by_day AS c ON c.resident_area_id = x.area_id AND c.service = b.service
       AND c.day BETWEEN x.valid_from AND x.valid_to AND c.outcome = 'completed'
     WHERE c.day > least(b.base_on, on_day - 7) AND c.day <= on_day),
counted AS (
    SELECT campaign_id, service, area_id, coalesce(sum(people) FILTER (WHERE day > base_on), 0)::bigint AS since,
           coalesce(sum(people) FILTER (WHERE day > on_day - 7), 0)::bigint AS week
      FROM cell GROUP BY 1, 2, 3)
SELECT b.campaign_id, b.campaign, b.service, s.name_vi, b.area_id, a.code, a.name, a.level, w.area_id, w.code, w.name,
       b.goal, b.eligible, b.excluded, b.base, b.base_on, b.base + coalesce(n.since, 0), coalesce(n.week, 0),
       CASE WHEN cardinality(b.curve_days) > 0 THEN (
            -- Straight lines between the points, from what was done before to the goal on the last day.
            WITH point AS (
                SELECT greatest(b.starts_on - 1, b.as_of) AS day, b.already_done AS people
                 UNION ALL
                SELECT c.day, c.people FROM unnest(b.curve_days, b.curve_people) AS c(day, people)
                 WHERE c.day > greatest(b.starts_on - 1, b.as_of)
                 UNION ALL
                SELECT b.ends_on, b.goal
                 WHERE NOT EXISTS (SELECT FROM unnest(b.curve_days) AS c(day) WHERE c.day >= b.ends_on)
                   AND greatest(b.starts_on - 1, b.as_of) < b.ends_on),
            lower AS (SELECT * FROM point WHERE day <= on_day ORDER BY day DESC LIMIT 1),
            upper AS (SELECT * FROM point WHERE day > on_day ORDER BY day LIMIT 1)
            SELECT CASE WHEN l.day IS NULL THEN u.people WHEN u.day IS NULL THEN l.people
                        ELSE l.people + ceil((u.people - l.people)::numeric * (on_day - l.day) / (u.day - l.day)) END
              FROM (SELECT 1) AS one LEFT JOIN lower AS l ON true LEFT JOIN upper AS u ON true)
       ELSE (
            -- The same number on each counting day.
            SELECT b.already_done + CASE WHEN d.whole = 0 THEN 0
                                         ELSE ceil((b.goal - b.already_done)::numeric * d.past / d.whole) END
              FROM (SELECT count(*) AS whole, count(*) FILTER (WHERE g.day <= on_day) AS past
                      FROM generate_series(b.starts_on, b.ends_on, '1 day') AS g(day)
                     WHERE NOT EXISTS (SELECT FROM day_off AS o WHERE o.day = g.day::date)) AS d)
       END::bigint,
       b.as_of, b.source
  FROM based AS b
  JOIN area AS a USING (area_id)
  LEFT JOIN service AS s ON s.service = b.service
  LEFT JOIN counted AS n ON (n.campaign_id, n.service, n.area_id) = (b.campaign_id, b.service, b.area_id)
  LEFT JOIN area_ancestor AS l ON l.area_id = b.area_id AND l.level = 'ward' AND on_day BETWEEN l.valid_from AND l.valid_to
  LEFT JOIN area AS w ON w.area_id = l.ancestor_id
$$
"""

COMMENTS = {
    "completeness(date, date)": """Who has to report on some days, one row a unit and day (F30), whether it has (F31),
and by the closing (F32; while a day is not closed, what is reported is on time). Add up rows for F33; who has not
reported is told from 20:00 on. ward_*: of that day.""",
    "progress(date)": """Progress to the last person on a day (F20 to F25), of the campaigns that run: one row for each
campaign, service and area that has a target and no other target below it, so goal, done, expected add up over rows.
left = max(0, goal - done) of a sum, share = done / goal, coverage = done / eligible; over 100 % is shown, with as_of and
source. base: what was done by base_on, by the target or by an official count. week: of the seven days up to the day.""",
}


def upgrade() -> None:
    for statement in (COMPLETENESS, PROGRESS):
        op.execute(statement)
    for function, said in COMMENTS.items():
        op.execute(f"COMMENT ON FUNCTION grafana.{function} IS '{' '.join(said.split())}'")


def downgrade() -> None:
    for function in COMMENTS:
        op.execute(f"DROP FUNCTION grafana.{function}")
