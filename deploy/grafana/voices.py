"""The dashboard “Ý kiến người dân”: what is open and overdue, by theme and office; incidents online; proposals.

Every figure comes from the views of the schema `grafana`, which hold no text of anybody.
"""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.beginnings import begin, day_variable, ward_variable
from deploy.grafana.panels import AMBER, BLUE, DAY, GREEN, RED, WARDS, bars, number, rows

UID = "cds-y-kien-nguoi-dan"
IN_30_DAYS = f"day BETWEEN {DAY} - 29 AND {DAY} AND {WARDS}"
MEDIAN = "round(percentile_cont(0.5) WITHIN GROUP (ORDER BY days_to_answer)::numeric, 1)"


def build() -> dashboard.Dashboard:
    """The dashboard, from its variables down."""
    board = (
        begin("Ý kiến người dân", UID, "Feedback of residents: open, overdue, days to answer; incidents; proposals.")
        .with_variable(day_variable())
        .with_variable(ward_variable())
    )
    return _parts(_numbers(board))


def _numbers(board: dashboard.Dashboard) -> dashboard.Dashboard:
    told = (
        ("Tiếp nhận trong 30 ngày", "F50, raised in the 30 days up to the chosen one.",
         "count(*)", f"feedback WHERE {IN_30_DAYS}", BLUE),
        ("Đang mở", "F50, open now, whenever raised.", "count(*)", f"feedback WHERE is_open AND {WARDS}", AMBER),
        ("Quá hạn", "F50, open now and due before today.", "count(*)", f"feedback WHERE is_overdue AND {WARDS}", RED),
        ("Số ngày trả lời (trung vị)", "F51: median days to the first answer, of those raised in 30 days.",
         MEDIAN, f"feedback WHERE NOT is_left_out AND {IN_30_DAYS}", GREEN),
        ("Vụ việc trên mạng", "F53: incidents reported in 30 days.",
         "coalesce(sum(incidents), 0)::bigint", f"incidents_by_day WHERE {IN_30_DAYS}", RED),
        ("Tham mưu, góp ý", "F53: proposals submitted in 30 days.",
         "coalesce(sum(proposals), 0)::bigint", f"proposals_by_day WHERE {IN_30_DAYS}", BLUE),
    )  # fmt: skip
    board = board.with_row(dashboard.Row("Tính đến: ${day:text}"))
    for title, said, measure, source, color in told:
        board = board.with_panel(
            number(title, said, f'SELECT {measure} AS "{title}" FROM grafana.{source}', color=color)
        )
    return board


def _parts(board: dashboard.Dashboard) -> dashboard.Dashboard:
    return (
        board.with_panel(
            bars(
                "Đang mở theo lĩnh vực",
                "F50 by theme: in time, and overdue.",
                f"""SELECT upper(left(theme_vi, 1)) || substr(theme_vi, 2) AS "Lĩnh vực",
       count(*) filter (WHERE NOT is_overdue) AS "Trong hạn", count(*) filter (WHERE is_overdue) AS "Quá hạn"
  FROM grafana.feedback WHERE is_open AND {WARDS} GROUP BY theme_vi ORDER BY count(*) DESC, 1""",
                across="Lĩnh vực",
                colors={"Trong hạn": BLUE, "Quá hạn": RED},
                width=12,
                is_lying=True,
            )
        )
        .with_panel(
            rows(
                "Quá hạn lâu nhất",
                "Open and due before today, the longest first, without any text; at most 50.",
                f"""SELECT coalesce(ward, '–') AS "Phường, xã", theme_vi AS "Lĩnh vực", coalesce(office_vi, '–') AS "Đang ở",
       grafana.day_vi(due_on) AS "Hạn", grafana.chosen_day('today') - due_on AS "Số ngày quá hạn"
  FROM grafana.feedback WHERE is_overdue AND {WARDS} ORDER BY due_on, 1, 2 LIMIT 50""",
                width=12,
            )
        )
        .with_panel(
            rows(
                "Vụ việc mất an toàn trên mạng trong 30 ngày",
                "F53 by kind, the most frequent first.",
                f"""SELECT upper(left(kind_vi, 1)) || substr(kind_vi, 2) AS "Loại", sum(incidents)::bigint AS "Vụ việc"
  FROM grafana.incidents_by_day WHERE {IN_30_DAYS} GROUP BY kind_vi ORDER BY 2 DESC, 1""",
                width=12,
            )
        )
        .with_panel(
            rows(
                "Kết quả góp ý trong 30 ngày",
                "F53: proposals by the answer that holds.",
                f"""SELECT upper(left(result_vi, 1)) || substr(result_vi, 2) AS "Kết quả", sum(proposals)::bigint AS "Góp ý"
  FROM grafana.proposals_by_day WHERE {IN_30_DAYS} GROUP BY result_vi ORDER BY 2 DESC, 1""",
                width=12,
            )
        )
    )
