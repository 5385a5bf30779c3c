"""More views of the schema `grafana`: residents credited once, hours, volunteers, feedback, voices, quality, closings.

Guarantee: names and labels are stable from here on. Areas are those of the day. What is of a person is told apart and
never named: no token, and of a volunteer a word that leads nowhere.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LABELS = {
    "volunteer_kind": (
        ("union_cadre", "cán bộ Đoàn"),
        ("union_member", "đoàn viên"),
        ("youth", "thanh niên"),
        ("association_member", "hội viên các đoàn thể"),
        ("civil_servant", "công chức"),
        ("police", "công an"),
        ("group_head", "tổ trưởng tổ dân phố (trưởng thôn)"),
        ("student", "học sinh, sinh viên"),
        ("other", "khác"),
    ),
    "feedback_kind": (
        ("question", "hỏi đáp"),
        ("need", "nhu cầu"),
        ("concern", "tâm tư"),
        ("aspiration", "nguyện vọng"),
        ("recommendation", "kiến nghị"),
        ("report", "phản ánh"),
        ("legal_complaint", "khiếu nại, tố cáo (chỉ hướng dẫn)"),
    ),
    "feedback_status": (
        ("raised", "tiếp nhận"),
        ("forwarded", "đã chuyển"),
        ("answered", "đã trả lời"),
        ("resolved", "đã giải quyết"),
        ("reopened", "mở lại"),
    ),
    "incident_kind": (
        ("online_scam", "lừa đảo trực tuyến"),
        ("account_takeover", "chiếm đoạt tài khoản"),
        ("data_leak", "lộ, lọt thông tin cá nhân"),
        ("malware", "mã độc"),
        ("harmful_content", "nội dung độc hại"),
    ),
    "proposal_result": (
        ("accepted", "tiếp thu"),
        ("partly", "tiếp thu một phần"),
        ("declined", "chưa tiếp thu"),
        ("noted", "ghi nhận"),
    ),
}
PLACE = """place.province, place.district, place.ward_id, place.ward_code, place.ward, place.group_code,
       place.residential_group"""
PLACED = """LEFT JOIN grafana.lineage AS place
         ON place.area_id = cell.area_id AND cell.day BETWEEN place.valid_from AND place.valid_to"""


def _label(kind: str, code: str, name: str) -> str:
    return f"LEFT JOIN grafana.labels AS {name} ON {name}.kind = '{kind}' AND {name}.code = {code}"


# F4 of services that count a person once, F6 of those that count a stall once.
CREDITED = f"""
CREATE VIEW grafana.credited_by_day AS
SELECT cell.day, {PLACE},
       cell.service, service.name_vi AS service_vi, service.unit,
       cell.age_band, coalesce(age_band.label_vi, cell.age_band) AS age_band_vi,
       cell.keyed, cell.without_key, cell.paper, cell.keyed + cell.without_key + cell.paper AS credited
  FROM (SELECT day, area_id, service, age_band, kind, credited AS keyed, unkeyed AS without_key, 0::bigint AS paper
          FROM public.credited_by_day
         UNION ALL
        SELECT p.day, p.resident_area_id, p.service, p.age_band,
               CASE s.unit WHEN 'stall' THEN 'stall' ELSE 'resident' END, 0, 0, p.assists
          FROM public.paper_by_day AS p JOIN public.service AS s USING (service)
         WHERE p.outcome = 'completed' AND p.assists > 0) AS cell
  JOIN public.service ON service.service = cell.service AND service.once
   AND cell.kind = CASE service.unit WHEN 'stall' THEN 'stall' ELSE 'resident' END
  {PLACED}
  {_label("age_band", "cell.age_band", "age_band")}
"""
HOURS = f"""
CREATE VIEW grafana.hours_by_day AS
SELECT cell.day, {PLACE},
       coalesce(v.kind, 'unknown') AS volunteer_kind, coalesce(kind.label_vi, v.kind, 'chưa rõ') AS volunteer_kind_vi,
       s.kind AS session_kind, cell.seconds, cell.is_assumed, cell.is_forgotten, cell.is_overlapping, cell.is_long_day
  FROM public.volunteer_hours AS cell
  JOIN public.session AS s USING (session_id)
  LEFT JOIN public.volunteer AS v USING (volunteer)
  {PLACED}
  {_label("volunteer_kind", "v.kind", "kind")}
"""
VOLUNTEERS = f"""
CREATE VIEW grafana.volunteers_by_day AS
SELECT cell.day, {PLACE}, md5(cell.volunteer::text) AS person,
       coalesce(v.kind, 'unknown') AS volunteer_kind, coalesce(kind.label_vi, v.kind, 'chưa rõ') AS volunteer_kind_vi
  FROM (SELECT day, area_id, volunteer FROM public.volunteer_hours WHERE seconds > 0
         UNION
        SELECT a.day, a.area_id, coalesce(r.root, h.helper::uuid)
          FROM public.assists_by_helpers AS a CROSS JOIN string_to_table(a.helpers, ',') AS h(helper)
          LEFT JOIN public.volunteer_alias AS r ON r.volunteer = h.helper::uuid
         WHERE a.assists > 0) AS cell
  LEFT JOIN public.volunteer AS v USING (volunteer)
  {PLACED}
  {_label("volunteer_kind", "v.kind", "kind")}
"""
# The working days of a theme: docs/decisions/0012-feedback-due-date.md.
FEEDBACK = f"""
CREATE VIEW grafana.feedback AS
SELECT cell.day, {PLACE},
       cell.kind, coalesce(kind.label_vi, cell.kind) AS kind_vi,
       cell.theme, coalesce(theme.label_vi, cell.theme) AS theme_vi,
       cell.status, coalesce(status.label_vi, cell.status) AS status_vi,
       cell.office, coalesce(office.name, cell.office) AS office_vi,
       cell.raised_at, cell.first_answered_at, cell.resolved_at, due.due_on,
       cell.status <> 'resolved' AS is_open,
       cell.status <> 'resolved' AND due.due_on < grafana.chosen_day('today') AS is_overdue,
       coalesce(cell.result IN ('duplicate', 'withdrawn'), false) AS is_left_out,
       round(extract(epoch FROM cell.first_answered_at - cell.raised_at) / 86400, 3) AS days_to_answer
  FROM public.feedback AS cell
  CROSS JOIN LATERAL (SELECT coalesce(cell.due_on, (
       SELECT cell.day + n FROM generate_series(1, 400) AS n
        WHERE extract(isodow FROM cell.day + n) < 6 AND NOT EXISTS (SELECT FROM public.day_off WHERE day = cell.day + n)
        ORDER BY n LIMIT 1
       OFFSET CASE cell.theme WHEN 'policy' THEN 15 WHEN 'identity' THEN 5 WHEN 'public_service' THEN 5
                              WHEN 'payment' THEN 5 WHEN 'online_safety' THEN 5 ELSE 10 END - 1)) AS due_on) AS due
  {PLACED}
  LEFT JOIN public.office ON office.office = cell.office
  {_label("feedback_kind", "cell.kind", "kind")}
  {_label("theme", "cell.theme", "theme")}
  {_label("feedback_status", "cell.status", "status")}
"""
INCIDENTS = f"""
CREATE VIEW grafana.incidents_by_day AS
SELECT cell.day, {PLACE}, cell.kind, coalesce(kind.label_vi, cell.kind) AS kind_vi, cell.incidents
  FROM (SELECT day, area_id, kind, count(*) AS incidents FROM public.incident GROUP BY 1, 2, 3) AS cell
  {PLACED}
  {_label("incident_kind", "cell.kind", "kind")}
"""
PROPOSALS = f"""
CREATE VIEW grafana.proposals_by_day AS
SELECT cell.day, {PLACE}, cell.addressed_to,
       cell.result, coalesce(result.label_vi, cell.result, 'chưa trả lời') AS result_vi, cell.proposals
  FROM (SELECT day, area_id, addressed_to, result, count(*) AS proposals
          FROM public.proposal GROUP BY 1, 2, 3, 4) AS cell
  {PLACED}
  {_label("proposal_result", "cell.result", "result")}
"""
QUALITY = f"""
CREATE VIEW grafana.quality_by_day AS
SELECT cell.day, {PLACE}, cell.client, cell.assists AS single, cell.without_token, cell.unverified, cell.clock_suspect,
       cell.apportioned
  FROM public.assists_quality AS cell
  {PLACED}
"""
REACH = f"""
CREATE VIEW grafana.reach_by_day AS
SELECT cell.day, {PLACE}, cell.kind, coalesce(kind.label_vi, cell.kind) AS kind_vi,
       CASE WHEN cell.kind IN ('awareness', 'training') THEN cell.attendees ELSE 0 END AS reach,
       cell.households_visited, cell.left_waiting
  FROM (SELECT day, area_id, kind, sum(attendees) AS attendees, sum(households_visited) AS households_visited,
               sum(left_waiting) AS left_waiting FROM public.session GROUP BY 1, 2, 3) AS cell
  {PLACED}
  {_label("session_kind", "cell.kind", "kind")}
"""
CLOSINGS = """
CREATE VIEW grafana.closings AS
SELECT c.day, c.closed_at, c.is_late, cardinality(c.not_reached) AS streams_not_reached,
       (SELECT count(*) FROM public.statement AS s WHERE s.day = c.day) AS statements,
       (SELECT count(*) FROM public.amendment AS a WHERE a.closing_day = c.day) AS amendments_issued,
       (SELECT count(*) FROM public.amendment AS a WHERE a.day = c.day) AS amendments_of_it
  FROM public.closing AS c
"""
STATEMENTS = """
CREATE VIEW grafana.statements AS
SELECT s.day, s.number, s.unit_id, area.code AS unit_code, coalesce(area.name, 'Toàn địa bàn') AS unit, s.sha256,
       (SELECT count(*) FROM public.amendment AS a WHERE (a.unit_id, a.day) = (s.unit_id, s.day)) AS amendments
  FROM public.statement AS s LEFT JOIN public.area ON area.area_id = s.unit_id
"""
RECONCILIATIONS = """
CREATE VIEW grafana.reconciliations AS
SELECT day, first_day, finished_at, wards, numbers, moving, differences, first_difference FROM public.reconciliation
"""
VIEWS = {
    "credited_by_day": CREDITED, "hours_by_day": HOURS, "volunteers_by_day": VOLUNTEERS, "feedback": FEEDBACK,
    "incidents_by_day": INCIDENTS, "proposals_by_day": PROPOSALS, "quality_by_day": QUALITY, "reach_by_day": REACH,
    "closings": CLOSINGS, "statements": STATEMENTS, "reconciliations": RECONCILIATIONS,
}  # fmt: skip

PLACE_COMMENTS = {
    "day": "local day (Asia/Ho_Chi_Minh)",
    "province": "name on that day",
    "district": "name on that day; null from 2025-07-01, when districts ended",
    "ward_id": "the ward (xã, phường, đặc khu) of that day; null for what is above the wards",
    "ward_code": "official code on that day; one code may mean two wards, before and from 2025-07-01",
    "ward": "name on that day",
    "group_code": "code within the ward; null for what is of the whole ward",
    "residential_group": "name of the residential group (tổ dân phố, thôn …)",
}
AGE = {"age_band": "code of the resident's age band", "age_band_vi": "its label on screen"}
SERVICE = {"service": "code of the service", "service_vi": "its Vietnamese name"}
KIND = {"kind": "code", "kind_vi": "its label on screen"}
VOLUNTEER = {
    "volunteer_kind": "union_cadre, union_member …; unknown where the registry has not told",
    "volunteer_kind_vi": "its label on screen",
}
COMMENTS: dict[str, tuple[str, dict[str, str]]] = {
    "credited_by_day": (
        "Residents, and stalls, credited once for a service, by where they live (F4; F6 where the unit is stall)",
        PLACE_COMMENTS
        | SERVICE
        | {"unit": "what is counted once: resident, record, stall"}
        | AGE
        | {
            "keyed": "each once, ever, by token or by the stall's code",
            "without_key": "completed assists without one, one each",
            "paper": "completed, from paper books",
            "credited": "keyed + without_key + paper; adds up over days, areas, age bands",
        },
    ),
    "hours_by_day": (
        "Hours of volunteers (F9), one row a person, session and day; add up seconds",
        PLACE_COMMENTS
        | VOLUNTEER
        | {
            "session_kind": "support, awareness, training, launch, data_entry",
            "seconds": "divide the sum by 3600, one decimal",
            "is_assumed": "nobody noted the coming",
            "is_forgotten": "nobody noted the leaving",
            "is_overlapping": "another session claims a part of it too",
            "is_long_day": "over 16 hours on this day in all",
        },
    ),
    "volunteers_by_day": (
        "Who took part on a day (F8): count distinct persons over any rows; not additive",
        PLACE_COMMENTS | {"person": "tells persons apart, and nothing else"} | VOLUNTEER,
    ),
    "feedback": (
        "Feedback of residents, one row each, as it stands now (F50 to F52), without any text",
        PLACE_COMMENTS
        | KIND
        | {
            "theme": "code of the theme",
            "theme_vi": "its label on screen",
            "status": "raised, forwarded, answered, resolved, reopened",
            "status_vi": "its label on screen",
            "office": "code of the office where it is; null: with none",
            "office_vi": "name of the office",
            "raised_at": "when it was raised",
            "first_answered_at": "or resolved, where that came first; null: not yet",
            "resolved_at": "null while it is open",
            "due_on": "the day named last, else the last of its theme's working days",
            "is_open": "not resolved",
            "is_overdue": "open, and due before today",
            "is_left_out": "a duplicate or withdrawn: not in the days to answer",
            "days_to_answer": "days of 24 hours until the first answer; null: not yet",
        },
    ),
    "incidents_by_day": (
        "Incidents online that residents met with (F53)",
        PLACE_COMMENTS | KIND | {"incidents": "how many were reported"},
    ),
    "proposals_by_day": (
        "What volunteers proposed (F53)",
        PLACE_COMMENTS
        | {
            "addressed_to": "party_committee, peoples_committee, youth_union, office",
            "result": "accepted, partly, declined, noted; null: not answered",
            "result_vi": "its label on screen",
            "proposals": "how many were submitted",
        },
    ),
    "quality_by_day": (
        "How good the single records are (F70), by the app that sent them; divide by single",
        PLACE_COMMENTS
        | {
            "client": "id of the app",
            "single": "assists recorded one by one",
            "without_token": "of them: the resident cannot be told from others",
            "unverified": "of them: a session or a volunteer is not known",
            "clock_suspect": "of them: the clock of the machine was wrong",
            "apportioned": "of them: carried to the main successor of an area that was split",
        },
    ),
    "reach_by_day": (
        "What sessions came to beside assists (F10, F11), by day of opening",
        PLACE_COMMENTS
        | KIND
        | {
            "reach": "attendees of awareness and training",
            "households_visited": "households",
            "left_waiting": "people who waited and were asked to come again",
        },
    ),
    "closings": (
        "Days that are closed (F40)",
        {
            "day": "local day",
            "closed_at": "when the closing was made; its cut is that of 22:00",
            "is_late": "made more than 15 minutes after 22:00",
            "streams_not_reached": "how many producers could not be asked; 0 is well",
            "statements": "how many units have a statement of this day, the whole among them",
            "amendments_issued": "amendments to earlier days that this closing made (F41)",
            "amendments_of_it": "amendments to this day, by any later closing",
        },
    ),
    "statements": (
        "The numbered statement of a unit and a day",
        {
            "day": "local day",
            "number": "counts the statements of the unit",
            "unit_id": "the ward; the nil UUID is the whole",
            "unit_code": "official code; null for the whole",
            "unit": "name",
            "sha256": "hash of its contents, as it is printed",
            "amendments": "how many there are of it",
        },
    ),
    "reconciliations": (
        "What came of comparing figures with where they come from, after each closing",
        {
            "day": "the closed day, the last that was compared",
            "first_day": "the first day compared",
            "finished_at": "when it ended",
            "wards": "how many were compared",
            "numbers": "how many numbers were compared",
            "moving": "numbers that never held still",
            "differences": "numbers that are not the same; 0 is well",
            "first_difference": "in words, with the segment; null: none",
        },
    ),
}


def upgrade() -> None:
    rows = _rows((kind, code, label, place) for kind, labels in LABELS.items()
                 for place, (code, label) in enumerate(labels, 1))  # fmt: skip
    known = op.get_bind().execute(sa.text("SELECT pg_get_viewdef('grafana.labels'::regclass)")).scalar_one()
    op.execute(sa.text(f"CREATE OR REPLACE VIEW grafana.labels AS {known.rstrip(';')} UNION ALL VALUES {rows}"))
    for statement in VIEWS.values():
        op.execute(statement)
    for view, (meaning, columns) in COMMENTS.items():
        op.execute(f"COMMENT ON VIEW grafana.{view} IS {_literal(meaning)}")
        for column, said in columns.items():
            op.execute(f"COMMENT ON COLUMN grafana.{view}.{column} IS {_literal(said)}")
    kinds = ", ".join(["outcome", "age_band", "theme", "session_kind", *LABELS])
    op.execute(f"COMMENT ON COLUMN grafana.labels.kind IS {_literal(kinds)}")


def downgrade() -> None:
    for view in reversed(VIEWS):
        op.execute(f"DROP VIEW grafana.{view}")
    earlier = sa.text("SELECT kind, code, label_vi, position FROM grafana.labels WHERE kind <> ALL(:kinds)")
    rows = _rows(op.get_bind().execute(earlier, {"kinds": list(LABELS)}).fetchall())
    op.execute(
        sa.text(
            f"""CREATE OR REPLACE VIEW grafana.labels AS
                SELECT * FROM (VALUES {rows}) AS label(kind, code, label_vi, position)"""
        )
    )
    op.execute("COMMENT ON COLUMN grafana.labels.kind IS 'outcome, age_band, theme, session_kind'")


def _rows(labels) -> str:  # type: ignore[no-untyped-def]
    return ", ".join(
        f"({_literal(kind)}, {_literal(code)}, {_literal(label)}, {place})" for kind, code, label, place in labels
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
