"""The dashboard “Một phường, xã”: the day of one ward, its residential groups, and what waits there.

Every figure comes from the views of the schema `grafana`.
"""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.beginnings import WARD_CHOICES, begin, day_variable
from deploy.grafana.panels import AMBER, BLUE, DAY, GREEN, RED, WARDS, bars, number, percent, rows, variable

UID = "cds-mot-phuong-xa"
ON_DAY = f"day = {DAY} AND {WARDS}"
COMPLETED = "filter (WHERE outcome = 'completed')"
GROUP = "coalesce(residential_group, 'Chung cả phường, xã')"


def build() -> dashboard.Dashboard:
    """The dashboard, from its variables down."""
    board = (
        begin("Một phường, xã", UID, "One ward: its day, its residential groups, who has not reported, its feedback.")
        .with_variable(day_variable())
        .with_variable(variable("ward", "Phường, xã", "The ward; those that exist on the chosen day.", WARD_CHOICES))
    )
    return _groups(_numbers(board))


def _numbers(board: dashboard.Dashboard) -> dashboard.Dashboard:
    told = (
        ("Lượt thành công", "F2: completed assists of the chosen day.",
         f"coalesce(sum(assists) {COMPLETED}, 0)::bigint", f"assists_by_day WHERE {ON_DAY}", GREEN),
        ("Người được hỗ trợ thành công (tính một lần)", "F4: residents of the ward credited once, on the chosen day.",
         "coalesce(sum(credited), 0)::bigint", f"credited_by_day WHERE unit <> 'stall' AND {ON_DAY}", GREEN),
        ("Buổi hỗ trợ", "F7: sessions opened on the chosen day.",
         "coalesce(sum(sessions), 0)::bigint", f"sessions_by_day WHERE {ON_DAY}", BLUE),
        ("Tình nguyện viên tham gia", "F8: distinct volunteers of the chosen day.",
         "count(DISTINCT person)", f"volunteers_by_day WHERE {ON_DAY}", BLUE),
        ("Giờ tình nguyện", "F9: hours of the chosen day, one decimal.",
         "round(coalesce(sum(seconds), 0) / 3600.0, 1)", f"hours_by_day WHERE {ON_DAY}", BLUE),
        ("Ý kiến quá hạn", "F50, overdue now, whenever raised.",
         "count(*)", f"feedback WHERE is_overdue AND {WARDS}", RED),
    )  # fmt: skip
    board = board.with_row(dashboard.Row("Trong ngày: ${day:text}"))
    for title, said, measure, source, color in told:
        board = board.with_panel(
            number(title, said, f'SELECT {measure} AS "{title}" FROM grafana.{source}', color=color)
        )
    return board


def _groups(board: dashboard.Dashboard) -> dashboard.Dashboard:
    table = rows(
        "Theo tổ dân phố trong ngày",
        "F1, F2, F3 of the chosen day by residential group, and what was recorded for the whole ward.",
        f"""SELECT {GROUP} AS "Tổ dân phố", sum(assists)::bigint AS "Lượt hỗ trợ",
       coalesce(sum(assists) {COMPLETED}, 0)::bigint AS "Thành công",
       round(100.0 * coalesce(sum(assists) {COMPLETED}, 0) / nullif(sum(assists), 0), 1) AS "Tỷ lệ"
  FROM grafana.assists_by_day WHERE {ON_DAY} GROUP BY 1 ORDER BY 2 DESC, 1""",
        width=12,
    )
    for column, shown in percent("Tỷ lệ"):
        table = table.override_by_name(column, shown)
    return (
        board.with_panel(table)
        .with_panel(
            rows(
                "Chưa báo cáo trong ngày",
                "F33: units of the ward that have to report on the chosen day and have not; final from 20:00 on.",
                f"""SELECT name AS "Đơn vị", code AS "Mã" FROM grafana.completeness({DAY}, {DAY})
 WHERE NOT is_reported AND {WARDS} ORDER BY code""",
                width=12,
            )
        )
        .with_panel(
            bars(
                "Người được tính trong 30 ngày, từng ngày",
                "F4 of each of the 30 days up to the chosen one, by source of the figure.",
                f"""SELECT left(grafana.day_vi(d.day), -5) AS "Ngày",
       coalesce(sum(keyed + without_key), 0)::bigint AS "Ghi từng người",
       coalesce(sum(paper), 0)::bigint AS "Tổng hợp từ sổ"
  FROM (SELECT {DAY} - n AS day FROM generate_series(0, 29) AS n) AS d
  LEFT JOIN (SELECT * FROM grafana.credited_by_day
              WHERE unit <> 'stall' AND day BETWEEN {DAY} - 29 AND {DAY} AND {WARDS}) AS c USING (day)
 GROUP BY d.day ORDER BY d.day""",
                across="Ngày",
                colors={"Ghi từng người": BLUE, "Tổng hợp từ sổ": AMBER},
                width=24,
            ).x_tick_label_spacing(-100)
        )
    )
