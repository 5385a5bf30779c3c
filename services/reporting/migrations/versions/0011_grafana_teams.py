"""A function of the schema `grafana` for the teams of a day.

Guarantee: it answers as the reporting service does (a test compares), and reads with the rights of its owner, who fixes
where its tables are; who may call it sees nothing else. Its name is stable from here on.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# F60. A team whose area has ended works in what that became; a merged record's rows do not count.
TEAMS = """
CREATE FUNCTION grafana.teams(on_day date) RETURNS TABLE (
    ward_id uuid, ward_code text, ward text, teams bigint, members bigint, groups bigint, groups_with_team bigint,
    residents bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
WITH RECURSIVE place AS (
    SELECT a.area_id, a.level, a.residents, coalesce(w.ancestor_id, a.area_id) AS unit
      FROM area AS a
      LEFT JOIN area_ancestor AS w ON w.area_id = a.area_id AND w.level = 'ward'
       AND on_day BETWEEN w.valid_from AND w.valid_to
     WHERE a.valid_from <= on_day AND coalesce(a.valid_to, on_day) >= on_day),
heir AS (
    SELECT t.team, coalesce(p.area_id, t.area_id) AS area_id
      FROM team AS t
      LEFT JOIN LATERAL (SELECT area_id FROM team_place WHERE team = t.team AND since <= on_day
                          ORDER BY since DESC LIMIT 1) AS p ON true
     WHERE t.formed_on <= on_day AND (t.dissolved_on IS NULL OR t.dissolved_on > on_day)
     UNION
    SELECT h.team, s.to_id
      FROM heir AS h
      JOIN area AS a ON a.area_id = h.area_id AND a.valid_to < on_day
      JOIN area_succession AS s ON s.from_id = h.area_id AND s.is_main AND s.succeeds_on <= on_day),
at_work AS (SELECT h.team, p.area_id, p.level, p.unit FROM heir AS h JOIN place AS p USING (area_id)),
member AS (
    SELECT DISTINCT ON (m.team, m.volunteer) m.team, m.volunteer, m.position
      FROM team_member AS m WHERE m.since <= on_day ORDER BY m.team, m.volunteer, m.since DESC),
of_teams AS (
    SELECT w.unit, count(DISTINCT w.team) AS teams, count(DISTINCT m.volunteer) AS members,
           count(DISTINCT w.area_id) FILTER (WHERE w.level = 'residential_group') AS groups_with_team
      FROM at_work AS w
      LEFT JOIN member AS m ON m.team = w.team AND m.position IS NOT NULL
       AND NOT EXISTS (SELECT FROM volunteer_alias AS v WHERE v.volunteer = m.volunteer)
     GROUP BY w.unit),
of_areas AS (
    SELECT unit, count(*) FILTER (WHERE level = 'residential_group') AS groups,
           coalesce(max(residents) FILTER (WHERE level = 'ward'),
                    CASE WHEN count(*) FILTER (WHERE level = 'residential_group' AND residents IS NULL) = 0
                         THEN sum(residents) FILTER (WHERE level = 'residential_group') END) AS residents
      FROM place GROUP BY unit)
SELECT a.area_id, a.code, a.name, coalesce(t.teams, 0), coalesce(t.members, 0), o.groups,
       coalesce(t.groups_with_team, 0), o.residents
  FROM of_areas AS o
  JOIN area AS a ON a.area_id = o.unit
  LEFT JOIN of_teams AS t USING (unit)
 WHERE a.level = 'ward' OR t.teams > 0
$$
"""
SAID = """Community Digital Technology Teams on a day (F60), one row a ward of that day (or an area above the wards that has
teams itself): teams, members (distinct persons within the row), residential groups, those with a team, residents; null
where they are not known. Share of groups = groups_with_team / groups; members per 100 = members * 100 / residents."""


def upgrade() -> None:
    op.execute(TEAMS)
    op.execute(f"COMMENT ON FUNCTION grafana.teams(date) IS '{' '.join(SAID.split())}'")


def downgrade() -> None:
    op.execute("DROP FUNCTION grafana.teams")
