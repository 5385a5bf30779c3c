"""The dashboard “Báo cáo và chốt số liệu”: who has reported, what is closed and amended, and how good the figures are.

Every figure comes from the views of the schema `grafana`.
"""

from grafana_foundation_sdk.builders import dashboard

from deploy.grafana.beginnings import begin, day_variable, ward_variable
from deploy.grafana.panels import AMBER, BLUE, DAY, GREEN, RED, WARDS, number, percent, rows

UID = "cds-bao-cao-chot-so-lieu"
REPORTS = f"FROM grafana.completeness({DAY}, {DAY}) WHERE {WARDS}"
IN_30_DAYS = f"day BETWEEN {DAY} - 29 AND {DAY} AND {WARDS}"


def build() -> dashboard.Dashboard:
    """The dashboard, from its variables down."""
    board = (
        begin("Báo cáo và chốt số liệu", UID, "Completeness by ward, closings, amendments, reconciling and quality.")
        .with_variable(day_variable())
        .with_variable(ward_variable())
    )
    return _closings(_reports(board))


def _reports(board: dashboard.Dashboard) -> dashboard.Dashboard:
    told = (
        ("Phải báo cáo", "F30: units that have to report on the chosen day.", f"SELECT count(*) {{}} {REPORTS}", BLUE),
        ("Đã báo cáo", "F31: units that have reported; a zero report counts.",
         f"SELECT count(*) filter (WHERE is_reported) {{}} {REPORTS}", GREEN),
        ("Đúng hạn", "F32: units that had reported by the closing.",
         f"SELECT count(*) filter (WHERE is_on_time) {{}} {REPORTS}", GREEN),
        ("Chưa báo cáo", "F33: units that have not reported; final from 20:00 on.",
         f"SELECT count(*) filter (WHERE NOT is_reported) {{}} {REPORTS}", RED),
        ("Ngày đã chốt gần nhất", "F40: the newest day with a closing.",
         "SELECT grafana.day_vi(max(day)) {} FROM grafana.closings", BLUE),
        ("Số không khớp khi đối soát", "Numbers that were not the same at the last reconciling; 0 is well.",
         "SELECT (SELECT differences FROM grafana.reconciliations ORDER BY day DESC LIMIT 1) {}", AMBER),
    )  # fmt: skip
    board = board.with_row(dashboard.Row("Trong ngày: ${day:text}"))
    for title, said, sql, color in told:
        board = board.with_panel(number(title, said, sql.replace("{}", f'AS "{title}"'), color=color))
    table = rows(
        "Tỷ lệ báo cáo theo phường, xã",
        "F30 to F33 by ward on the chosen day, the lowest share first.",
        f"""SELECT coalesce(ward, 'Ngoài phường, xã') AS "Phường, xã", count(*) AS "Phải báo cáo",
       count(*) filter (WHERE is_reported) AS "Đã báo cáo",
       round(100.0 * count(*) filter (WHERE is_reported) / count(*), 1) AS "Tỷ lệ báo cáo",
       round(100.0 * count(*) filter (WHERE is_on_time) / count(*), 1) AS "Tỷ lệ đúng hạn"
  {REPORTS} GROUP BY ward_id, 1 ORDER BY 4, 1""",
        width=12,
    )
    for column, shown in percent("Tỷ lệ báo cáo", "Tỷ lệ đúng hạn"):
        table = table.override_by_name(column, shown)
    return board.with_panel(table).with_panel(
        rows(
            "Đơn vị chưa báo cáo",
            "F33: who has not reported on the chosen day, by ward and code.",
            f"""SELECT coalesce(ward, '–') AS "Phường, xã", name AS "Đơn vị", code AS "Mã"
  {REPORTS} AND NOT is_reported ORDER BY ward_code, code""",
            width=12,
        )
    )


def _closings(board: dashboard.Dashboard) -> dashboard.Dashboard:
    quality = rows(
        "Chất lượng số liệu theo ứng dụng trong 30 ngày",
        "F70: shares of the single records of each app, one decimal.",
        f"""SELECT client AS "Ứng dụng", sum(single)::bigint AS "Lượt ghi",
       round(100.0 * sum(without_token) / nullif(sum(single), 0), 1) AS "Chưa có mã",
       round(100.0 * sum(unverified) / nullif(sum(single), 0), 1) AS "Chưa xác minh",
       round(100.0 * sum(clock_suspect) / nullif(sum(single), 0), 1) AS "Nghi sai giờ máy",
       round(100.0 * sum(apportioned) / nullif(sum(single), 0), 1) AS "Quy về đơn vị kế thừa"
  FROM grafana.quality_by_day WHERE {IN_30_DAYS} GROUP BY client ORDER BY 2 DESC, 1""",
        width=12,
    )
    for column, shown in percent("Chưa có mã", "Chưa xác minh", "Nghi sai giờ máy", "Quy về đơn vị kế thừa"):
        quality = quality.override_by_name(column, shown)
    return (
        board.with_row(dashboard.Row("Chốt số liệu, điều chỉnh, chất lượng"))
        .with_panel(
            rows(
                "Các ngày đã chốt",
                "F40 and F41: the 31 newest closings, when they were made, and the amendments to each day.",
                """SELECT grafana.day_vi(day) AS "Ngày",
       to_char(closed_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'HH24:MI DD/MM/YYYY') AS "Chốt lúc",
       CASE WHEN is_late THEN 'muộn' ELSE 'đúng giờ' END AS "Tình trạng", statements AS "Bản chốt",
       amendments_of_it AS "Bản điều chỉnh", streams_not_reached AS "Nguồn chưa tới"
  FROM (SELECT * FROM grafana.closings ORDER BY day DESC LIMIT 31) AS newest ORDER BY day DESC""",
                width=12,
            )
        )
        .with_panel(quality)
        .with_panel(
            rows(
                "Đối soát sau mỗi lần chốt",
                "Numbers compared with where they were reported, and the first that was not the same.",
                """SELECT grafana.day_vi(day) AS "Ngày", numbers AS "Số đã so", differences AS "Không khớp", moving AS "Chưa so được",
       coalesce(first_difference, '–') AS "Chỗ lệch đầu tiên"
  FROM (SELECT * FROM grafana.reconciliations ORDER BY day DESC LIMIT 31) AS newest ORDER BY day DESC""",
                width=24,
            )
        )
    )
