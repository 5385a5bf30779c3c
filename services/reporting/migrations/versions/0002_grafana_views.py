"""The schema `grafana`: documented views for dashboards, and nothing else that a dashboard may read.

Guarantee: a view's names and labels are stable; what stands behind it may change. Names of areas are those of the day.
Whoever is in the role `grafana_reader` may read the views. Where that role does not exist, nothing is granted and all
the same works; `deploy/postgres/databases.sql` makes the role and grants it later, as often as it is run.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Code, label on screen, place in a list: the glossary of the contracts.
OUTCOMES = (
    ("completed", "thành công"),
    ("to_return", "hẹn lại"),
    ("referred", "chuyển cơ quan khác"),
    ("failed", "chưa thành công"),
)
AGE_BANDS = (
    ("0_5", "dưới 6 tuổi"),
    ("6_13", "6–13 tuổi"),
    ("14_15", "14–15 tuổi"),
    ("16_30", "thanh niên 16–30"),
    ("31_59", "31–59"),
    ("60_plus", "người cao tuổi (từ đủ 60)"),
    ("unknown", "chưa rõ"),
)
THEMES = (
    ("identity", "định danh điện tử"),
    ("public_service", "dịch vụ công"),
    ("payment", "thanh toán"),
    ("online_safety", "an toàn mạng"),
    ("infrastructure", "hạ tầng, sóng, thiết bị"),
    ("staff_attitude", "thái độ phục vụ"),
    ("policy", "cơ chế, chính sách"),
    ("other", "khác"),
)
SESSION_KINDS = (
    ("support", "hỗ trợ"),
    ("awareness", "tuyên truyền"),
    ("training", "tập huấn"),
    ("launch", "ra quân"),
    ("data_entry", "nhập liệu"),
)

AREAS = """
CREATE VIEW grafana.areas AS
SELECT area_id, code, name, level, local_label, valid_from, valid_to, residents FROM public.area
"""

# An area's own row and those of the areas above it share their span of days (projections/places.py), so each level is
# an equality on the key, and a day picks one row.
LINEAGE = (
    """
CREATE VIEW grafana.lineage AS
SELECT own.area_id, own.valid_from, own.valid_to,
       province.code AS province_code, province.name AS province,
       district.code AS district_code, district.name AS district,
       ward.area_id AS ward_id, ward.code AS ward_code, ward.name AS ward,
       residential_group.code AS group_code, residential_group.name AS residential_group
  FROM public.area_ancestor AS own
"""
    + "".join(
        f"""
  LEFT JOIN public.area_ancestor AS {level}_above
         ON {level}_above.area_id = own.area_id AND {level}_above.valid_from = own.valid_from
        AND {level}_above.level = '{level}'
  LEFT JOIN public.area AS {level} ON {level}.area_id = {level}_above.ancestor_id"""
        for level in ("province", "district", "ward", "residential_group")
    )
    + """
 WHERE own.ancestor_id = own.area_id
"""
)

PLACE = """place.province, place.district, place.ward_id, place.ward_code, place.ward, place.group_code,
       place.residential_group"""

ASSISTS = f"""
CREATE VIEW grafana.assists_by_day AS
SELECT cell.day, {PLACE},
       cell.service, coalesce(service.name_vi, cell.service) AS service_vi,
       cell.outcome, coalesce(outcome.label_vi, cell.outcome) AS outcome_vi,
       cell.age_band, coalesce(age_band.label_vi, cell.age_band) AS age_band_vi,
       age_band.position AS age_band_position,
       cell.single, cell.paper, cell.single + cell.paper AS assists
  FROM (SELECT day, area_id, service, outcome, age_band, assists AS single, 0::bigint AS paper
          FROM public.assists_by_day
         UNION ALL
        SELECT day, area_id, service, outcome, age_band, 0, assists
          FROM public.paper_by_day WHERE assists > 0) AS cell
  LEFT JOIN grafana.lineage AS place
         ON place.area_id = cell.area_id AND cell.day BETWEEN place.valid_from AND place.valid_to
  LEFT JOIN public.service ON service.service = cell.service
  LEFT JOIN grafana.labels AS outcome ON outcome.kind = 'outcome' AND outcome.code = cell.outcome
  LEFT JOIN grafana.labels AS age_band ON age_band.kind = 'age_band' AND age_band.code = cell.age_band
"""

SESSIONS = f"""
CREATE VIEW grafana.sessions_by_day AS
SELECT cell.day, {PLACE},
       cell.kind, coalesce(kind.label_vi, cell.kind) AS kind_vi, cell.sessions
  FROM public.sessions_by_day AS cell
  LEFT JOIN grafana.lineage AS place
         ON place.area_id = cell.area_id AND cell.day BETWEEN place.valid_from AND place.valid_to
  LEFT JOIN grafana.labels AS kind ON kind.kind = 'session_kind' AND kind.code = cell.kind
"""

FEEDBACK = f"""
CREATE VIEW grafana.feedback_by_day AS
SELECT cell.day, {PLACE},
       cell.theme, coalesce(theme.label_vi, cell.theme) AS theme_vi, cell.raised
  FROM public.feedback_by_day AS cell
  LEFT JOIN grafana.lineage AS place
         ON place.area_id = cell.area_id AND cell.day BETWEEN place.valid_from AND place.valid_to
  LEFT JOIN grafana.labels AS theme ON theme.kind = 'theme' AND theme.code = cell.theme
"""

FRESHNESS = """
CREATE VIEW grafana.freshness AS
SELECT stream, shard, segment, applied_at, last_recorded_at FROM public.position
"""

# The day is chosen by a word that stays true tomorrow; a dashboard that is left open shows the new day by itself.
CHOSEN_DAY = """
CREATE FUNCTION grafana.chosen_day(choice text) RETURNS date LANGUAGE sql STABLE
RETURN CASE WHEN choice = 'today' THEN (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date ELSE choice::date END
"""

# A zero before days under 10 and months 1 and 2, as official texts write a day.
DAY_VI = """
CREATE FUNCTION grafana.day_vi(day date) RETURNS text LANGUAGE sql IMMUTABLE STRICT
RETURN to_char(day, 'DD') || '/' || CASE WHEN extract(month FROM day) < 3 THEN to_char(day, 'MM')
                                         ELSE to_char(day, 'FMMM') END || '/' || to_char(day, 'YYYY')
"""

PLACE_COMMENTS = {
    "day": "local day (Asia/Ho_Chi_Minh) on which it happened",
    "province": "name on that day",
    "district": "name on that day; null from 2025-07-01, when districts ended",
    "ward_id": "the ward (xã, phường, đặc khu) of that day; null for what was recorded above the wards",
    "ward_code": "official code on that day; one code may mean two wards, before and from 2025-07-01",
    "ward": "name on that day",
    "group_code": "code within the ward; null for what was recorded for the whole ward",
    "residential_group": "name of the residential group (tổ dân phố, thôn …)",
}
COMMENTS: dict[str, tuple[str, dict[str, str]]] = {
    "labels": (
        "What codes are called on screen",
        {
            "kind": "outcome, age_band, theme, session_kind",
            "code": "as in the events",
            "label_vi": "Vietnamese, from the glossary of the contracts",
            "position": "place in a list, from 1",
        },
    ),
    "areas": (
        "Areas of every level, each in one period of its code",
        {
            "area_id": "permanent id",
            "code": "official code; within its ward for a residential group",
            "name": "name in this period",
            "level": "province, district, ward, residential_group",
            "local_label": "what a residential group is called here: tổ dân phố, thôn, khu phố …",
            "valid_from": "first day",
            "valid_to": "last day; null while it exists",
            "residents": "number of residents, where it is known",
        },
    ),
    "lineage": (
        "For each area and span of days, the areas that it lies in",
        {
            "area_id": "the area",
            "valid_from": "first day of the span",
            "valid_to": "last day of the span",
            "province_code": "official code",
            "province": "name",
            "district_code": "official code; null from 2025-07-01",
            "district": "name; null from 2025-07-01",
            "ward_id": "id of the ward; null above the wards",
            "ward_code": "official code; null above the wards",
            "ward": "name; null above the wards",
            "group_code": "code of the residential group; null above",
            "residential_group": "name of the residential group; null above",
        },
    ),
    "assists_by_day": (
        "Assists (F1, F2, F3): add up single, paper or assists over any rows",
        PLACE_COMMENTS
        | {
            "service": "code of the service",
            "service_vi": "its Vietnamese name",
            "outcome": "completed, to_return, referred, failed",
            "outcome_vi": "its label on screen",
            "age_band": "code of the resident's age band",
            "age_band_vi": "its label on screen",
            "age_band_position": "place in a list, youngest first",
            "single": "recorded one by one (sum of quantities)",
            "paper": "from paper books, less what was recorded one by one",
            "assists": "single + paper",
        },
    ),
    "sessions_by_day": (
        "Support sessions by day of opening (F7)",
        PLACE_COMMENTS
        | {
            "kind": "support, awareness, training, launch, data_entry",
            "kind_vi": "its label on screen",
            "sessions": "how many were opened",
        },
    ),
    "feedback_by_day": (
        "Feedback of residents by day of raising (F50, raised)",
        PLACE_COMMENTS
        | {"theme": "code of the theme", "theme_vi": "its label on screen", "raised": "how many were raised"},
    ),
    "freshness": (
        "How far the figures reach, by stream and shard",
        {
            "stream": "producing service",
            "shard": "part of the stream",
            "segment": "number of the last segment applied",
            "applied_at": "when it was applied",
            "last_recorded_at": "when the newest event applied was accepted",
        },
    ),
}

# Later views of this schema are readable without another grant. A role belongs to the whole server and needs rights
# that this migration has not, so it is used where it exists and never made.
GRANTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'grafana_reader') THEN
        GRANT USAGE ON SCHEMA grafana TO grafana_reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA grafana TO grafana_reader;
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA grafana TO grafana_reader;
        ALTER DEFAULT PRIVILEGES IN SCHEMA grafana GRANT SELECT ON TABLES TO grafana_reader;
        ALTER DEFAULT PRIVILEGES IN SCHEMA grafana GRANT EXECUTE ON FUNCTIONS TO grafana_reader;
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute("CREATE SCHEMA grafana")
    op.execute("COMMENT ON SCHEMA grafana IS 'What dashboards read: stable views over the read models'")
    op.execute(_labels())
    for statement in (AREAS, LINEAGE, ASSISTS, SESSIONS, FEEDBACK, FRESHNESS, CHOSEN_DAY, DAY_VI):
        op.execute(statement)
    op.execute("COMMENT ON FUNCTION grafana.chosen_day IS 'The day that a choice means: ''today'', or YYYY-MM-DD'")
    op.execute("COMMENT ON FUNCTION grafana.day_vi IS 'A day as it is written in Vietnamese: 15/3/2026'")
    for view, (meaning, columns) in COMMENTS.items():
        op.execute(f"COMMENT ON VIEW grafana.{view} IS {_literal(meaning)}")
        for column, said in columns.items():
            op.execute(f"COMMENT ON COLUMN grafana.{view}.{column} IS {_literal(said)}")
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("DROP SCHEMA grafana CASCADE")


def _labels() -> str:
    kinds = {"outcome": OUTCOMES, "age_band": AGE_BANDS, "theme": THEMES, "session_kind": SESSION_KINDS}
    rows = [
        f"({_literal(kind)}, {_literal(code)}, {_literal(label)}, {position})"
        for kind, labels in kinds.items()
        for position, (code, label) in enumerate(labels, 1)
    ]
    return (
        "CREATE VIEW grafana.labels (kind, code, label_vi, position) AS\n"
        f"SELECT * FROM (VALUES {', '.join(rows)}) AS label(kind, code, label_vi, position)"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
