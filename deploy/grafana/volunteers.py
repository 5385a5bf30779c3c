"""The dashboard “Tổ công nghệ số và tình nguyện viên”: who takes part, for how many hours, and what sessions come to.

Every figure comes from the views of the schema `grafana`; nobody is named.
"""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.beginnings import begin, day_variable, ward_variable
from deploy.grafana.panels import AMBER, BLUE, DAY, GREEN, WARDS, bars, number, rows

UID = "cds-tinh-nguyen-vien"
ON_DAY = f"day = {DAY} AND {WARDS}"
IN_30_DAYS = f"day BETWEEN {DAY} - 29 AND {DAY} AND {WARDS}"
HOURS = "round(coalesce(sum(seconds), 0) / 3600.0, 1)"


def build() -> dashboard.Dashboard:
    """The dashboard, from its variables down."""
    board = (
        begin(
            "Tổ công nghệ số và tình nguyện viên", UID, "Volunteers, their hours, sessions and reach, by ward and kind."
        )
        .with_variable(day_variable())
        .with_variable(ward_variable())
    )
    return _month(_numbers(board))


def _numbers(board: dashboard.Dashboard) -> dashboard.Dashboard:
    told = (
        ("Tình nguyện viên trong ngày", "F8: distinct volunteers of the chosen day.",
         "count(DISTINCT person)", f"volunteers_by_day WHERE {ON_DAY}", BLUE),
        ("Tình nguyện viên trong 30 ngày", "F8: distinct volunteers of 30 days, each once.",
         "count(DISTINCT person)", f"volunteers_by_day WHERE {IN_30_DAYS}", BLUE),
        ("Giờ tình nguyện trong ngày", "F9: hours of the chosen day, one decimal.",
         HOURS, f"hours_by_day WHERE {ON_DAY}", GREEN),
        ("Giờ chưa ghi lúc về", "F9: hours of 30 days whose leaving nobody noted; they end with the session.",
         "round(coalesce(sum(seconds) filter (WHERE is_forgotten), 0) / 3600.0, 1)",
         f"hours_by_day WHERE {IN_30_DAYS}", AMBER),
        ("Lượt tiếp cận tuyên truyền", "F10: attendees of awareness and training in 30 days.",
         "coalesce(sum(reach), 0)::bigint", f"reach_by_day WHERE {IN_30_DAYS}", BLUE),
        ("Hộ đã đến", "F11: households visited in 30 days.",
         "coalesce(sum(households_visited), 0)::bigint", f"reach_by_day WHERE {IN_30_DAYS}", BLUE),
    )  # fmt: skip
    board = board.with_row(dashboard.Row("Tính đến: ${day:text}"))
    for title, said, measure, source, color in told:
        board = board.with_panel(
            number(title, said, f'SELECT {measure} AS "{title}" FROM grafana.{source}', color=color)
        )
    return board


def _month(board: dashboard.Dashboard) -> dashboard.Dashboard:
    return (
        board.with_panel(
            bars(
                "Giờ tình nguyện từng ngày",
                "F9 of each of the 30 days, also days without any.",
                f"""SELECT left(grafana.day_vi(d.day), -5) AS "Ngày", {HOURS} AS "Giờ tình nguyện"
  FROM (SELECT {DAY} - n AS day FROM generate_series(0, 29) AS n) AS d
  LEFT JOIN (SELECT * FROM grafana.hours_by_day WHERE {IN_30_DAYS}) AS h USING (day) GROUP BY d.day ORDER BY d.day""",
                across="Ngày",
                colors={"Giờ tình nguyện": GREEN},
                width=24,
            ).x_tick_label_spacing(-100)
        )
        .with_panel(
            rows(
                "Theo đối tượng trong 30 ngày",
                "F8 by kind of volunteer in 30 days; each person is of one kind.",
                f"""SELECT upper(left(volunteer_kind_vi, 1)) || substr(volunteer_kind_vi, 2) AS "Đối tượng",
       count(DISTINCT person) AS "Người" FROM grafana.volunteers_by_day WHERE {IN_30_DAYS}
 GROUP BY volunteer_kind_vi ORDER BY 2 DESC, 1""",
                width=8,
            )
        )
        .with_panel(
            rows(
                "Theo phường, xã trong 30 ngày",
                "F8, F9 and F7 by ward in 30 days; who helped in two wards counts in both.",
                f"""SELECT ward AS "Phường, xã", sum(people)::bigint AS "Tình nguyện viên", round(sum(seconds) / 3600.0, 1) AS "Giờ",
       sum(sessions)::bigint AS "Buổi hỗ trợ"
  FROM (SELECT ward_id, ward, count(DISTINCT person) AS people, 0 AS seconds, 0 AS sessions
          FROM grafana.volunteers_by_day WHERE {IN_30_DAYS} GROUP BY 1, 2
         UNION ALL
        SELECT ward_id, ward, 0, sum(seconds), 0 FROM grafana.hours_by_day WHERE {IN_30_DAYS} GROUP BY 1, 2
         UNION ALL
        SELECT ward_id, ward, 0, 0, sum(sessions) FROM grafana.sessions_by_day WHERE {IN_30_DAYS} GROUP BY 1, 2) AS one
 GROUP BY ward_id, ward ORDER BY 2 DESC, 1""",
                width=16,
            )
        )
        .with_panel(
            rows(
                "Tổ công nghệ số cộng đồng",
                "F60 on the chosen day: teams, members, residential groups with a team, members per 100 residents.",
                f"""SELECT ward AS "Phường, xã", teams AS "Tổ", members AS "Thành viên",
       groups_with_team || ' / ' || groups AS "Tổ dân phố có tổ", residents AS "Dân số",
       round(members * 100.0 / nullif(residents, 0), 1) AS "Thành viên / 100 dân"
  FROM grafana.teams({DAY}) WHERE {WARDS} ORDER BY 2 DESC, 1""",
                width=24,
            )
        )
    )
