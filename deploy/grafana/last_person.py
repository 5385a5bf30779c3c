"""The dashboard “Chiến dịch VNeID: đến người cuối cùng”: goal, done and left, by campaign, ward and group.

Every figure comes from `grafana.progress`, whose rows add up; a share over 100 % is shown as it is.
"""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.common import VisibilityMode

from deploy.grafana.beginnings import begin, day_variable, ward_variable
from deploy.grafana.panels import AMBER, BLUE, DAY, GREEN, RED, WARDS, bars, number, percent, rows, several, variable

UID = "cds-den-nguoi-cuoi-cung"
CAMPAIGNS = f"""
SELECT campaign AS __text, campaign_id::text AS __value FROM grafana.progress({DAY})
 GROUP BY campaign, campaign_id ORDER BY campaign"""
CAMPAIGN = "('all' IN (${campaign:sqlstring}) OR campaign_id::text IN (${campaign:sqlstring}))"
SOURCE = f"FROM grafana.progress({DAY}) WHERE service LIKE 'vneid%' AND {CAMPAIGN} AND {WARDS}"
LEFT = "greatest(0, sum(goal) - sum(done))::bigint"
SHARE = "round(100.0 * sum(done) / nullif(sum(goal), 0), 1)"


def build() -> dashboard.Dashboard:
    """The dashboard, from its variables down."""
    board = (
        begin(
            "Chiến dịch VNeID: đến người cuối cùng",
            UID,
            "Progress of VNeID campaigns to the last person: goal, done, left, expected by the day, by ward and group.",
        )
        .with_variable(day_variable())
        .with_variable(ward_variable())
        .with_variable(several(variable("campaign", "Chiến dịch", "Campaigns that run on the day.", CAMPAIGNS)))
    )
    return _areas(_numbers(board))


def _numbers(board: dashboard.Dashboard) -> dashboard.Dashboard:
    told = (
        ("Chỉ tiêu", "F20: the goal that holds on the day.", "sum(goal)::bigint", BLUE),
        ("Đã đạt", "F21: done by the end of the day.", "sum(done)::bigint", GREEN),
        ("Còn lại", "F22: still to be served; 0 when it is reached.", LEFT, AMBER),
        ("Kế hoạch đến hôm nay", "F24: expected by the end of the day, the sum of the parts.",
         "sum(expected)::bigint", BLUE),
        ("Chênh lệch", "F25: done less expected; below 0 is behind.", "(sum(done) - sum(expected))::bigint", RED),
    )  # fmt: skip
    board = board.with_row(dashboard.Row("Đến hết ngày: ${day:text}"))
    for title, said, measure, color in told:
        board = board.with_panel(number(title, said, f'SELECT {measure} AS "{title}" {SOURCE}', color=color))
    share = number(
        "Tỷ lệ so với chỉ tiêu",
        "F23: done / goal, one decimal; over 100 % is shown as it is.",
        f'SELECT {SHARE} AS "Tỷ lệ so với chỉ tiêu" {SOURCE}',
        color=GREEN,
    )
    return board.with_panel(share.unit("percent").decimals(1))


def _areas(board: dashboard.Dashboard) -> dashboard.Dashboard:
    table = rows(
        "Theo tổ dân phố, phường, xã",
        "F20 to F25 of each area with a target, the most left first, with the day and the source of the denominator.",
        f"""SELECT coalesce(ward, '–') AS "Phường, xã", CASE level WHEN 'residential_group' THEN name ELSE '–' END AS "Tổ dân phố",
       sum(goal)::bigint AS "Chỉ tiêu", sum(done)::bigint AS "Đã đạt", {LEFT} AS "Còn lại", {SHARE} AS "Tỷ lệ",
       sum(expected)::bigint AS "Kế hoạch", (sum(done) - sum(expected))::bigint AS "Chênh lệch",
       round(sum(week) / 7.0, 1) AS "Nhịp độ/ngày", grafana.day_vi(max(as_of)) AS "Số liệu ngày", max(source) AS "Nguồn"
  {SOURCE} GROUP BY area_id, ward, level, name ORDER BY 5 DESC, 1, 2""",
        width=14,
        height=14,
    )
    for column, shown in percent("Tỷ lệ"):
        table = table.override_by_name(column, shown)
    return board.with_panel(table).with_panel(
        bars(
            "Còn lại theo phường, xã",
            "F22 and F21 by ward, the most left first.",
            f"""SELECT coalesce(ward, 'Ngoài phường, xã') AS "Phường, xã", {LEFT} AS "Còn lại", sum(done)::bigint AS "Đã đạt"
  {SOURCE} GROUP BY ward_id, 1 ORDER BY 2 DESC, 1""",
            across="Phường, xã",
            colors={"Còn lại": AMBER, "Đã đạt": GREEN},
            width=10,
            height=14,
            is_lying=True,
        ).show_value(VisibilityMode.ALWAYS)
    )
