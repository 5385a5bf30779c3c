"""How every dashboard begins: its place in time, and the choice of a day and of wards.

Guarantee: the uid never changes, so links stay good; a dashboard that is left open shows the new day by itself.
"""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import VariableOption

from deploy.grafana.panels import DAY, several, variable

DAYS = """
SELECT 'Hôm nay (' || grafana.day_vi(grafana.chosen_day('today')) || ')' AS __text, 'today' AS __value
UNION ALL
SELECT * FROM (
  SELECT grafana.day_vi(day), day::text FROM grafana.assists_by_day
   WHERE day < grafana.chosen_day('today') GROUP BY day ORDER BY day DESC LIMIT 400
) AS earlier"""
WARD_CHOICES = f"""
SELECT name || ' (' || code || ')' AS __text, area_id::text AS __value FROM grafana.areas
 WHERE level = 'ward' AND {DAY} BETWEEN valid_from AND coalesce(valid_to, 'infinity') ORDER BY name, code"""


def begin(title: str, uid: str, description: str) -> dashboard.Dashboard:
    """A dashboard without variables and panels yet."""
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["congdongso"])
        .timezone("Asia/Ho_Chi_Minh")
        .week_start("monday")
        .refresh("1m")
        .time("now-6h", "now")
        .readonly()
    )


def day_variable() -> dashboard.QueryVariable:
    """The day of the figures, at first today."""
    return variable("day", "Ngày", "The day of the figures; “Hôm nay” stays today.", DAYS).current(
        VariableOption(selected=True, text="Hôm nay", value="today")
    )


def ward_variable() -> dashboard.QueryVariable:
    """Any number of wards, at first all."""
    return several(variable("ward", "Phường, xã", "Wards that exist on the chosen day.", WARD_CHOICES))
