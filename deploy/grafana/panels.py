"""What the dashboards are made of: the two data sources, the three variables, and the few kinds of panel.

Guarantee: every panel has a title in Vietnamese for who looks and a description in English for who maintains; every
query is safe against what stands in a variable, which a URL may set. It is used at build time alone.
"""

from typing import Any

from grafana_foundation_sdk.builders import barchart, common, dashboard, piechart, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DynamicConfigValue,
    FieldColorModeId,
    VariableOption,
    VariableRefresh,
)
from grafana_foundation_sdk.models.piechart import PieChartLabels, PieChartLegendValues

REPORTING = DataSourceRef("grafana-postgresql-datasource", "cds-reporting")
PROMETHEUS = DataSourceRef("prometheus", "cds-prometheus")
GREEN, BLUE, AMBER, RED, GREY = "#2e7d32", "#1565c0", "#f9a825", "#c62828", "#78909c"

# What a query says of the variables. An "all" is the word itself: no list of every ward is ever sent.
DAY = "grafana.chosen_day(${day:sqlstring})"
ALL = "'all'"
WARDS = "('all' IN (${ward:sqlstring}) OR ward_id::text IN (${ward:sqlstring}))"
SERVICES = "('all' IN (${service:sqlstring}) OR service IN (${service:sqlstring}))"


class Sql(Dataquery):
    """A query of the reporting database that gives a table; the SDK has no class for it."""

    def __init__(self, sql: str) -> None:
        self.sql = sql

    def build(self) -> "Sql":
        return self

    def to_json(self) -> dict[str, object]:
        return {
            "datasource": REPORTING,
            "editorMode": "code",
            "format": "table",
            "rawQuery": True,
            "rawSql": self.sql,
            "refId": "A",
        }


def prom(expression: str, legend: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expression).legend_format(legend).ref_id("A").datasource(PROMETHEUS).range()


def variable(name: str, label: str, description: str, sql: str) -> dashboard.QueryVariable:
    """A variable whose choices are asked for anew whenever the dashboard refreshes."""
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(REPORTING)
        .query(sql)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
    )


def several(chosen: dashboard.QueryVariable) -> dashboard.QueryVariable:
    """Any number of choices, at first all."""
    everything = VariableOption(selected=True, text="All", value="$__all")
    return chosen.multi(True).include_all(True).all_value(ALL).current(everything)


def number(title: str, description: str, sql: str, *, color: str = BLUE, width: int = 4) -> stat.Panel:
    """One large number, or text; a dash where there is none."""
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(REPORTING)
        .with_target(Sql(sql))
        .unit("locale")
        .no_value("–")
        .color_scheme(dashboard.FieldColor().mode(FieldColorModeId.FIXED).fixed_color(color))
        .color_mode(common_models.BigValueColorMode.VALUE)
        .graph_mode(common_models.BigValueGraphMode.NONE)
        .text_mode(common_models.BigValueTextMode.VALUE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/").values(False))
        .height(4)
        .span(width)
    )


def rows(title: str, description: str, sql: str, *, width: int, height: int = 9) -> table.Panel:
    """A table as the query gives it; its headings are the names of the columns."""
    return (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(REPORTING)
        .with_target(Sql(sql))
        .unit("locale")
        .no_value("–")
        .show_header(True)
        .height(height)
        .span(width)
    )


def bars(
    title: str,
    description: str,
    sql: str,
    *,
    across: str,
    colors: dict[str, str],
    width: int,
    height: int = 9,
    is_lying: bool = False,
    is_stacked: bool = True,
) -> barchart.Panel:
    """Bars by the column `across`; each other column is one color."""
    way = common_models.VizOrientation.HORIZONTAL if is_lying else common_models.VizOrientation.VERTICAL
    stacking = common_models.StackingMode.NORMAL if is_stacked else common_models.StackingMode.NONE
    panel = (
        barchart.Panel()
        .title(title)
        .description(description)
        .datasource(REPORTING)
        .with_target(Sql(sql))
        .unit("locale")
        .decimals(0)
        .min(0)
        .x_field(across)
        .orientation(way)
        .stacking(stacking)
        .fill_opacity(85)
        .bar_width(0.8)
        .show_value(common_models.VisibilityMode.AUTO)
        .legend(_legend(is_shown=len(colors) > 1))
        .tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI))
        .height(height)
        .span(width)
    )
    for column, color in colors.items():
        panel = panel.override_by_name(column, [_fixed(color)])
    return panel


def shares(
    title: str, description: str, sql: str, *, colors: dict[str, str], width: int, height: int = 9
) -> piechart.Panel:
    """One ring whose parts are the columns of the query's one row."""
    panel = (
        piechart.Panel()
        .title(title)
        .description(description)
        .datasource(REPORTING)
        .with_target(Sql(sql))
        .unit("locale")
        .pie_type("donut")
        .display_labels([PieChartLabels.PERCENT])
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .legend(
            piechart.PieChartLegendOptions()
            .show_legend(True)
            .display_mode(common_models.LegendDisplayMode.TABLE)
            .placement(common_models.LegendPlacement.BOTTOM)
            .values([PieChartLegendValues.VALUE])
        )
        .height(height)
        .span(width)
    )
    for column, color in colors.items():
        panel = panel.override_by_name(column, [_fixed(color)])
    return panel


def lines(
    title: str,
    description: str,
    query: prometheus.Dataquery,
    *,
    unit: str,
    names: dict[str, tuple[str, str]] | None = None,
    width: int = 8,
) -> timeseries.Panel:
    """Lines over the dashboard's time; `names` says what a series is called on screen, and its color."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(PROMETHEUS)
        .with_target(query)
        .unit(unit)
        .min(0)
        .fill_opacity(10)
        .show_points(common_models.VisibilityMode.NEVER)
        .legend(_legend(is_shown=True))
        .tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI))
        .height(8)
        .span(width)
    )
    for series, (name, color) in (names or {}).items():
        panel = panel.override_by_name(series, [DynamicConfigValue("displayName", name), _fixed(color)])
    return panel


def percent(*columns: str) -> list[tuple[str, list[DynamicConfigValue]]]:
    """Columns that are shares: one decimal and the sign."""
    return [(column, [DynamicConfigValue("unit", "percent"), DynamicConfigValue("decimals", 1)]) for column in columns]


def _fixed(color: str) -> DynamicConfigValue:
    value: dict[str, Any] = {"mode": "fixed", "fixedColor": color}
    return DynamicConfigValue("color", value)


def _legend(*, is_shown: bool) -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(is_shown)
        .display_mode(common_models.LegendDisplayMode.LIST)
        .placement(common_models.LegendPlacement.BOTTOM)
    )
