"""The dashboard “Toàn địa bàn”: what happened today and in 30 days over all wards, and whether the machine is well.

Every figure of the field comes from the views of the schema `grafana`, so it is the same as in the reporting service;
the last row comes from Prometheus. The uid never changes: links to it stay good.
"""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.common import VisibilityMode

from deploy.grafana.beginnings import begin, day_variable, ward_variable
from deploy.grafana.panels import (
    AMBER,
    BLUE,
    DAY,
    GREEN,
    GREY,
    RED,
    SERVICES,
    WARDS,
    bars,
    lines,
    number,
    percent,
    prom,
    rows,
    several,
    shares,
    variable,
)

UID = "cds-toan-dia-ban"

ON_DAY = f"day = {DAY} AND {WARDS}"
IN_30_DAYS = f"day BETWEEN {DAY} - 29 AND {DAY} AND {WARDS}"
COMPLETED = "filter (WHERE outcome = 'completed')"
OUTCOME_COLUMNS = {
    "completed": ("Thành công", GREEN),
    "to_return": ("Hẹn lại", AMBER),
    "referred": ("Chuyển cơ quan khác", GREY),
    "failed": ("Chưa thành công", RED),
}

SERVICE_CHOICES = """
SELECT upper(left(service_vi, 1)) || substr(service_vi, 2) AS __text, service AS __value
  FROM grafana.assists_by_day GROUP BY service, service_vi ORDER BY sum(assists) DESC, service"""


def build() -> dashboard.Dashboard:
    """The dashboard, from its variables down."""
    board = begin(
        "Toàn địa bàn",
        UID,
        "District overview: assists, wards, services, sessions, feedback, and the state of the platform.",
    )
    board = (
        board.with_variable(day_variable())
        .with_variable(ward_variable())
        .with_variable(
            several(variable("service", "Nội dung hỗ trợ", "Services, the most frequent first.", SERVICE_CHOICES))
        )
    )
    for add in (_day, _wards, _month, _operations):
        board = add(board)
    return board


def _day(board: dashboard.Dashboard) -> dashboard.Dashboard:
    assists = f"FROM grafana.assists_by_day WHERE {ON_DAY} AND {SERVICES}"
    return (
        board.with_row(dashboard.Row("Trong ngày: ${day:text}"))
        .with_panel(
            number(
                "Lượt hỗ trợ",
                "F1: assists of the chosen day, recorded one by one and from paper.",
                f'SELECT coalesce(sum(assists), 0)::bigint AS "Lượt hỗ trợ" {assists}',
            )
        )
        .with_panel(
            number(
                "Lượt thành công",
                "F2: assists of the chosen day that were completed.",
                f'SELECT coalesce(sum(assists) {COMPLETED}, 0)::bigint AS "Lượt thành công" {assists}',
                color=GREEN,
            )
        )
        .with_panel(
            number(
                "Tỷ lệ thành công",
                "F3 = F2 / F1, one decimal, half up; a dash when there is no assist.",
                f"""SELECT round(100.0 * coalesce(sum(assists) {COMPLETED}, 0) / nullif(sum(assists), 0), 1)
       AS "Tỷ lệ thành công" {assists}""",
                color=GREEN,
            )
            .unit("percent")
            .decimals(1)
        )
        .with_panel(
            number(
                "Buổi hỗ trợ",
                "F7: sessions opened on the chosen day, of every kind. The service is not asked.",
                f'SELECT coalesce(sum(sessions), 0)::bigint AS "Buổi hỗ trợ" FROM grafana.sessions_by_day WHERE {ON_DAY}',
            )
        )
        .with_panel(
            number(
                "Ý kiến tiếp nhận",
                "F50, raised: feedback of residents on the chosen day. The service is not asked.",
                f'SELECT coalesce(sum(raised), 0)::bigint AS "Ý kiến tiếp nhận" FROM grafana.feedback_by_day WHERE {ON_DAY}',
                color=AMBER,
            )
        )
        .with_panel(
            number(
                "Số liệu đến lúc",
                "When the newest event that is in these figures was accepted. Not filtered.",
                """SELECT to_char(max(last_recorded_at) AT TIME ZONE 'Asia/Ho_Chi_Minh', 'HH24:MI') || ' '
       || grafana.day_vi((max(last_recorded_at) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) AS "Số liệu đến lúc"
  FROM grafana.freshness WHERE stream = 'sessions'""",
                color=GREY,
            )
        )
    )


def _wards(board: dashboard.Dashboard) -> dashboard.Dashboard:
    table = rows(
        "Theo phường, xã trong ngày",
        "Every ward that exists on the chosen day, also those without a record, and what was recorded above the wards; F1, F2, F3 and their sources.",
        f"""SELECT coalesce(w.name, a.ward, 'Ngoài phường, xã') AS "Phường, xã",
       coalesce(sum(a.assists), 0)::bigint AS "Lượt hỗ trợ",
       coalesce(sum(a.assists) {COMPLETED}, 0)::bigint AS "Thành công",
       round(100.0 * coalesce(sum(a.assists) {COMPLETED}, 0) / nullif(sum(a.assists), 0), 1) AS "Tỷ lệ",
       coalesce(sum(a.single), 0)::bigint AS "Ghi từng người",
       coalesce(sum(a.paper), 0)::bigint AS "Tổng hợp từ sổ"
  FROM (SELECT area_id AS ward_id, name FROM grafana.areas
         WHERE level = 'ward' AND {DAY} BETWEEN valid_from AND coalesce(valid_to, 'infinity')) AS w
  FULL JOIN (SELECT * FROM grafana.assists_by_day WHERE day = {DAY} AND {SERVICES}) AS a USING (ward_id)
 WHERE {WARDS} GROUP BY ward_id, 1 ORDER BY 2 DESC, 1""",
        width=14,
    )
    for column, shown in percent("Tỷ lệ"):
        table = table.override_by_name(column, shown)
    return board.with_panel(table).with_panel(
        bars(
            "Kích hoạt VNeID mức độ 2 thành công (lượt)",
            "Completed VNeID activations by ward: on the chosen day, and in the 30 days up to it. The service is not asked.",
            f"""SELECT coalesce(ward, 'Ngoài phường, xã') AS "Phường, xã",
       coalesce(sum(assists) filter (WHERE day = {DAY}), 0)::bigint AS "Trong ngày",
       sum(assists)::bigint AS "30 ngày"
  FROM grafana.assists_by_day
 WHERE {IN_30_DAYS} AND service = 'vneid_activation' AND outcome = 'completed'
 GROUP BY ward_id, ward ORDER BY 3 DESC, 1""",
            across="Phường, xã",
            colors={"Trong ngày": BLUE, "30 ngày": GREEN},
            width=10,
            is_lying=True,
            is_stacked=False,
        ).show_value(VisibilityMode.ALWAYS)
    )


def _month(board: dashboard.Dashboard) -> dashboard.Dashboard:
    outcomes = ",\n       ".join(
        f"coalesce(sum(assists) filter (WHERE outcome = '{code}'), 0)::bigint AS \"{label}\""
        for code, (label, _) in OUTCOME_COLUMNS.items()
    )
    return (
        board.with_row(dashboard.Row("30 ngày gần nhất, tính đến: ${day:text}"))
        .with_panel(
            bars(
                "Lượt hỗ trợ theo nội dung",
                "F1 of 30 days by service, the most frequent first; each bar is divided by outcome.",
                f"""SELECT upper(left(service_vi, 1)) || substr(service_vi, 2) AS "Nội dung hỗ trợ",
       {outcomes}
  FROM grafana.assists_by_day WHERE {IN_30_DAYS} AND {SERVICES}
 GROUP BY service, service_vi ORDER BY sum(assists) DESC, 1""",
                across="Nội dung hỗ trợ",
                colors=dict(OUTCOME_COLUMNS.values()),
                width=14,
                height=11,
                is_lying=True,
            )
        )
        .with_panel(
            bars(
                "Lượt hỗ trợ từng ngày",
                "F1 of each of the 30 days, also days without any; by source of the figure.",
                f"""SELECT left(grafana.day_vi(d.day), -5) AS "Ngày",
       coalesce(sum(single), 0)::bigint AS "Ghi từng người",
       coalesce(sum(paper), 0)::bigint AS "Tổng hợp từ sổ"
  FROM (SELECT {DAY} - n AS day FROM generate_series(0, 29) AS n) AS d
  LEFT JOIN (SELECT * FROM grafana.assists_by_day WHERE {IN_30_DAYS} AND {SERVICES}) AS a USING (day)
 GROUP BY d.day ORDER BY d.day""",
                across="Ngày",
                colors={"Ghi từng người": BLUE, "Tổng hợp từ sổ": AMBER},
                width=10,
                height=11,
            ).x_tick_label_spacing(-100)
        )
        .with_panel(
            bars(
                "Nhóm tuổi của người được hỗ trợ (lượt)",
                "F1 of 30 days by age band, youngest first.",
                f"""SELECT label_vi AS "Nhóm tuổi", coalesce(counted.assists, 0)::bigint AS "Lượt hỗ trợ"
  FROM grafana.labels
  LEFT JOIN (SELECT age_band, sum(assists) AS assists FROM grafana.assists_by_day
              WHERE {IN_30_DAYS} AND {SERVICES} GROUP BY age_band) AS counted ON counted.age_band = code
 WHERE kind = 'age_band' ORDER BY position""",
                across="Nhóm tuổi",
                colors={"Lượt hỗ trợ": BLUE},
                width=10,
            )
        )
        .with_panel(
            shares(
                "Nguồn số liệu",
                "F1 of 30 days by source: recorded one by one, or from paper books.",
                f"""SELECT coalesce(sum(single), 0)::bigint AS "Ghi từng người",
       coalesce(sum(paper), 0)::bigint AS "Tổng hợp từ sổ"
  FROM grafana.assists_by_day WHERE {IN_30_DAYS} AND {SERVICES}""",
                colors={"Ghi từng người": BLUE, "Tổng hợp từ sổ": AMBER},
                width=6,
            )
        )
        .with_panel(
            rows(
                "Ý kiến người dân theo lĩnh vực",
                "F50, raised, of 30 days by theme, the most frequent first.",
                f"""SELECT upper(left(theme_vi, 1)) || substr(theme_vi, 2) AS "Lĩnh vực", sum(raised)::bigint AS "Ý kiến"
  FROM grafana.feedback_by_day WHERE {IN_30_DAYS} GROUP BY theme, theme_vi ORDER BY 2 DESC, 1""",
                width=8,
            )
        )
    )


def _operations(board: dashboard.Dashboard) -> dashboard.Dashboard:
    return (
        board.with_row(dashboard.Row("Vận hành hệ thống (6 giờ qua)"))
        .with_panel(
            lines(
                "Sự kiện nhận được mỗi giây",
                "Events that the intake answered, by fate.",
                prom("sum by (status) (rate(cds_intake_events_total[$__rate_interval]))", "{{status}}"),
                unit="suffix: /s",
                names={
                    "accepted": ("đã nhận", GREEN),
                    "duplicate": ("trùng", GREY),
                    "pending_reference": ("chờ đối chiếu", AMBER),
                    "conflict": ("trùng mã, khác nội dung", "#6a1b9a"),
                    "rejected": ("không nhận", RED),
                },
            )
        )
        .with_panel(
            lines(
                "Sự kiện chờ chuyển lâu nhất",
                "Age of the oldest event that the broker has not confirmed. Alert RelayBehind at 5 minutes.",
                prom("max by (stream) (cds_relay_oldest_event_seconds)", "{{stream}}"),
                unit="s",
            )
        )
        .with_panel(
            lines(
                "Đoạn chưa chuyển xong",
                "Segments that are cut and not confirmed by the broker.",
                prom("max by (stream) (cds_relay_unpublished_segments)", "{{stream}}"),
                unit="locale",
            )
        )
        .with_panel(
            lines(
                "Đoạn chưa xử lý",
                "Segments that a consumer is behind the producer. Alert ConsumerLag after 10 minutes.",
                prom("max by (consumer, stream) (cds_consumer_lag_segments)", "{{consumer}} ← {{stream}}"),
                unit="locale",
            )
        )
        .with_panel(
            lines(
                "Sự kiện chờ xử lý (cách ly)",
                "Events put aside for a person. Alert EventsInQuarantine; `cds quarantine list` shows them.",
                prom("max by (consumer) (cds_quarantined_events)", "{{consumer}}"),
                unit="locale",
            )
        )
        .with_panel(
            rows(
                "Số liệu đã xử lý đến đâu",
                "How far the figures reach, by stream: when something was last applied, and the newest event in it.",
                """SELECT CASE stream WHEN 'sessions' THEN 'Buổi hỗ trợ, lượt hỗ trợ' WHEN 'registry' THEN 'Danh mục'
            ELSE stream END AS "Nguồn",
       sum(segment)::bigint AS "Số đoạn",
       to_char(max(applied_at) AT TIME ZONE 'Asia/Ho_Chi_Minh', 'HH24:MI:SS') || ' '
         || grafana.day_vi((max(applied_at) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) AS "Xử lý lúc",
       to_char(max(last_recorded_at) AT TIME ZONE 'Asia/Ho_Chi_Minh', 'HH24:MI:SS') || ' '
         || grafana.day_vi((max(last_recorded_at) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) AS "Nhận lúc"
  FROM grafana.freshness GROUP BY stream ORDER BY stream DESC""",
                width=8,
                height=8,
            )
        )
    )
