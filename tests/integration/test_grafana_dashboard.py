"""Every query of every panel of the dashboard, against a real PostgreSQL and a real Prometheus of a running system.

The deployment of `deploy/compose/` runs without containers; the simulator fills it as ward apps do. Variables are put
into the queries as Grafana does it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import psycopg
import pytest

from deploy.cds import settle
from deploy.cds.registry_commands import add_client
from deploy.cds.registry_sample import load_sample
from deploy.cds.simulate import Plan, read_clients_file, run
from deploy.cds.simulate.targets import Targets
from deploy.sample import story
from shared import clock
from tests.integration.deployed import DEPLOY, Deployed, wait_for
from tests.support.grafana import boards

pytestmark = pytest.mark.slow

BOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboards" / "cds-toan-dia-ban.json").read_text("utf-8"))
VARIABLES: dict[str, dict[str, Any]] = {one["name"]: one for one in BOARD["templating"]["list"]}
PANELS: list[dict[str, Any]] = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
SQL = {panel["title"]: panel["targets"][0]["rawSql"] for panel in PANELS if "rawSql" in panel["targets"][0]}
PROMQL = {f"{board.uid}: {title}": expr for board in boards().values() for title, expr in board.queries("expr").items()}
OTHERS = [uid for uid, board in boards().items() if uid != BOARD["uid"] and board.queries("rawSql")]
NUMBERS = [panel["title"] for panel in PANELS if panel["type"] == "stat"]
IN_2023 = "2023-03-"
Choice = dict[str, list[str] | None]  # by variable; None is "all"


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    with Deployed() as started:
        started.start_prometheus()
        fill(started)
        yield started


def fill(deployed: Deployed) -> None:
    """The sample's wards, a little of March 2023, and the last 30 days up to now."""
    targets = load_clients(deployed)
    assert settle.wait(deployed.settings, 60)
    march = replace(story.march_2023(), events=300, first=date(2023, 3, 20))
    for plan, rate in ((march, None), (story.last_days(events=500), None), (_slowly(), 20.0)):
        outcome = run(plan, targets, has_baseline=False, rate=rate)
        assert not outcome.surprises
    assert settle.wait(deployed.settings, 60)


def _slowly() -> Plan:
    """A few events of today more, so that Prometheus sees a counter grow and not only its last value."""
    return replace(story.last_days(days=0, events=60), seed="slowly")


def load_clients(deployed: Deployed) -> Targets:
    """The sample in the registry, and the simulator's file of its ward apps and a viewer."""
    settings = deployed.settings
    secrets = {one.client_id: one.client_secret or "" for one in load_sample(settings)}
    viewer = add_client(settings, "Người xem", client_id="viewer", scopes=["reports:read"])
    urls = {service: deployed.url(service) for service in ("registry", "sessions", "reporting")}
    content = story.clients_file(secrets, urls, (viewer.client_id, viewer.client_secret or ""))
    path = deployed.folder / "clients.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return read_clients_file(path)[0]


@pytest.fixture(scope="module")
def reader(deployed: Deployed) -> Iterator[psycopg.Connection]:
    with psycopg.connect(deployed.reader_url, autocommit=True) as connection:
        yield connection


# -- as Grafana puts variables into queries ------------------------------------------------------------------------------


def interpolate(query: str, choice: Choice) -> str:
    """Grafana's `${name:sqlstring}`: quoted values, by comma; a custom "all" value goes in as it is written."""

    def value_of(match: re.Match[str]) -> str:
        name, form = match.groups()
        assert form == "sqlstring", f"{name} is not quoted in: {query}"
        chosen = choice[name]
        if chosen is None:
            return str(VARIABLES[name]["allValue"])
        return ",".join("'" + one.replace("'", "''") + "'" for one in chosen)

    return re.sub(r"\$\{(\w+)(?::(\w+))?\}", value_of, query)


def ask(reader: psycopg.Connection, query: str, choice: Choice) -> tuple[list[str], list[tuple[Any, ...]]]:
    cursor = reader.execute(interpolate(query, choice).encode())
    return [column.name for column in cursor.description or ()], cursor.fetchall()


def choices_of(reader: psycopg.Connection, variable: str, day: str) -> list[str]:
    names, found = ask(reader, VARIABLES[variable]["query"], {"day": [day], "ward": None, "service": None})
    assert names == ["__text", "__value"]
    return [row[1] for row in found]


def days(reader: psycopg.Connection) -> list[str]:
    """Today, two days before it, and two days of March 2023."""
    found = choices_of(reader, "day", "today")
    return [*found[:3], *[day for day in found if day.startswith(IN_2023)][:2]]


def every_choice(reader: psycopg.Connection) -> Iterator[Choice]:
    """Each value of each variable, all of them, several at once, and a value that tries to be more."""
    for day in days(reader):
        wards, services = choices_of(reader, "ward", day), choices_of(reader, "service", day)
        for ward in (None, *([one] for one in wards), wards[:2]):
            yield {"day": [day], "ward": ward, "service": None}
        for service in (*([one] for one in services), services[:3]):
            yield {"day": [day], "ward": None, "service": service}
    yield {"day": ["today"], "ward": ["' OR true --"], "service": ["x'); SELECT 1; --"]}


def everything(day: str) -> Choice:
    return {"day": [day], "ward": None, "service": None}


def number(reader: psycopg.Connection, panel: str, choice: Choice) -> Any:
    return ask(reader, SQL[panel], choice)[1][0][0]


# -- the figures ---------------------------------------------------------------------------------------------------------


def test_the_variables_offer_what_there_is(reader: psycopg.Connection) -> None:
    offered = {name: ask(reader, one["query"], everything("today"))[1] for name, one in VARIABLES.items()}

    assert offered["day"][0][0] == f"Hôm nay ({vietnamese(clock.today())})"
    assert offered["day"][0][1] == "today"
    assert len(offered["day"]) > 20
    assert [row[0] for row in offered["ward"] if "Dương Kinh" in row[0]] == ["Phường Dương Kinh (11692)"]
    assert any(row[1] == "vneid_activation" for row in offered["service"])
    in_2023 = [day for _, day in offered["day"] if day.startswith(IN_2023)]
    wards_then = ask(reader, VARIABLES["ward"]["query"], everything(in_2023[0]))[1]
    assert "Phường Hải Thành (11692)" in [row[0] for row in wards_then]


def test_every_query_answers_for_every_choice(reader: psycopg.Connection) -> None:
    asked = 0
    for choice in every_choice(reader):
        for panel, query in SQL.items():
            _, found = ask(reader, query, choice)
            asked += 1
            if panel in NUMBERS:
                assert len(found) == 1, (panel, choice)
    assert asked > 500


@pytest.mark.parametrize("uid", OTHERS)
def test_the_reader_may_ask_every_query_of_the_other_dashboards_and_it_is_quick(
    reader: psycopg.Connection, uid: str
) -> None:
    board = boards()[uid]
    ward = choices_of(reader, "ward", "today")[0]
    slow = {}
    for panel, query in board.queries("rawSql").items():
        begun = time.perf_counter()
        reader.execute(board.interpolate(query, {"day": ["today"], "ward": [ward], "campaign": None}).encode())
        slow[panel] = time.perf_counter() - begun
    assert max(slow.values()) < 1.0, slow


def test_the_reader_may_read_every_view(reader: psycopg.Connection) -> None:
    views = reader.execute("SELECT viewname FROM pg_views WHERE schemaname = 'grafana'").fetchall()

    assert len(views) >= 18
    for (view,) in views:
        reader.execute(f"SELECT * FROM grafana.{view} LIMIT 1".encode())


@pytest.mark.parametrize("panel", SQL)
def test_a_panel_shows_something_for_a_day_with_figures(reader: psycopg.Connection, panel: str) -> None:
    for day in ("today", next(day for day in days(reader) if day.startswith(IN_2023))):
        _, found = ask(reader, SQL[panel], everything(day))
        assert found, (panel, day)
        if panel not in ("Ý kiến tiếp nhận", "Buổi hỗ trợ"):
            assert (
                any(value for row in found for value in row if not isinstance(value, str)) or panel == "Số liệu đến lúc"
            )


def test_a_panel_names_its_columns_in_vietnamese_and_gives_numbers_as_numbers(reader: psycopg.Connection) -> None:
    for panel, query in SQL.items():
        names, found = ask(reader, query, everything("today"))
        assert all(name[0].isupper() or name == "30 ngày" for name in names), (panel, names)
        if panel not in ("Số liệu đến lúc", "Số liệu đã xử lý đến đâu"):
            kinds = {type(value) for row in found for value in row[1:] if value is not None}
            assert str not in kinds, (panel, kinds)


def test_the_panels_agree_with_each_other_and_with_the_reporting_service(
    reader: psycopg.Connection, deployed: Deployed
) -> None:
    today = everything("today")
    assists = number(reader, "Lượt hỗ trợ", today)
    completed = number(reader, "Lượt thành công", today)
    by_ward = ask(reader, SQL["Theo phường, xã trong ngày"], today)[1]
    by_day = ask(reader, SQL["Lượt hỗ trợ từng ngày"], today)[1]
    month = sum(row[1] + row[2] for row in by_day)

    assert assists > 0
    assert (sum(row[1] for row in by_ward), sum(row[2] for row in by_ward)) == (assists, completed)
    assert [row[1] for row in by_ward] == [row[4] + row[5] for row in by_ward]
    assert len(by_day) == 30
    assert by_day[-1][1] + by_day[-1][2] == assists
    assert sum(sum(row[1:]) for row in ask(reader, SQL["Lượt hỗ trợ theo nội dung"], today)[1]) == month
    assert sum(row[1] for row in ask(reader, SQL["Nhóm tuổi của người được hỗ trợ (lượt)"], today)[1]) == month
    assert sum(ask(reader, SQL["Nguồn số liệu"], today)[1][0]) == month

    totals = totals_of_today(deployed)
    assert (totals["assists"], totals["completed"]) == (assists, completed)
    assert totals["success_rate"] == float(number(reader, "Tỷ lệ thành công", today))


def totals_of_today(deployed: Deployed) -> dict[str, Any]:
    reader = read_clients_file(deployed.folder / "clients.json")[0].reader()
    answer = httpx.post(
        deployed.url("registry", "/oauth/token"), data={"grant_type": "client_credentials"},
        auth=(reader.client_id, reader.client_secret),
    )  # fmt: skip
    token = answer.raise_for_status().json()["access_token"]
    day = clock.today().isoformat()
    found = httpx.get(
        deployed.url("reporting", "/v1/tallies"), params={"from": day, "to": day},
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    totals: dict[str, Any] = found.raise_for_status().json()["totals"]
    return totals


def test_wards_and_services_add_up_to_all(reader: psycopg.Connection) -> None:
    for day in days(reader):
        whole = number(reader, "Lượt hỗ trợ", everything(day))
        for variable in ("ward", "service"):
            parts = choices_of(reader, variable, day)
            each = [number(reader, "Lượt hỗ trợ", everything(day) | {variable: [one]}) for one in parts]
            together = number(reader, "Lượt hỗ trợ", everything(day) | {variable: parts})
            assert sum(each) == together == whole, (day, variable)


def test_a_day_without_figures_has_zeros_and_no_share(reader: psycopg.Connection) -> None:
    quiet = everything("2021-01-01")

    assert number(reader, "Lượt hỗ trợ", quiet) == 0
    assert number(reader, "Tỷ lệ thành công", quiet) is None
    wards = ask(reader, SQL["Theo phường, xã trong ngày"], quiet)[1]
    assert len(wards) == len(choices_of(reader, "ward", "2021-01-01")) > 0
    assert all(row[1] == 0 and row[3] is None for row in wards)


def test_queries_are_quick(reader: psycopg.Connection) -> None:
    slow = {}
    for panel, query in SQL.items():
        begun = time.perf_counter()
        ask(reader, query, everything("today"))
        slow[panel] = time.perf_counter() - begun
    assert max(slow.values()) < 1.0, slow


def vietnamese(day: date) -> str:
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"{day.day:02d}/{month}/{day.year}"


# -- who reads -----------------------------------------------------------------------------------------------------------


def test_the_reader_sees_the_schema_grafana_and_nothing_else(reader: psycopg.Connection) -> None:
    seen = reader.execute("SELECT DISTINCT table_schema FROM information_schema.tables").fetchall()

    assert {row[0] for row in seen} - {"pg_catalog", "information_schema"} == {"grafana"}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("SELECT * FROM public.assists_by_day")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE grafana.mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE TEMP TABLE mine (a int)",
        "UPDATE grafana.areas SET name = 'x'",
        "DELETE FROM grafana.freshness",
        "DROP VIEW grafana.areas",
        "CREATE SCHEMA mine",
    ],
)
def test_the_reader_cannot_write_even_when_it_asks_for_it(deployed: Deployed, statement: str) -> None:
    with psycopg.connect(deployed.reader_url, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE SCHEMA mine")
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


@pytest.mark.parametrize("database", ["registry", "sessions"])
def test_the_reader_cannot_open_the_other_databases(deployed: Deployed, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(deployed.reader_url.replace("/reporting", f"/{database}"))


def test_roles_and_grants_can_be_made_again_at_any_time(deployed: Deployed, reader: psycopg.Connection) -> None:
    deployed.make_databases()

    assert number(reader, "Lượt hỗ trợ", everything("today")) > 0


# -- the machine ---------------------------------------------------------------------------------------------------------


def prometheus(deployed: Deployed, path: str, **parameters: str) -> Any:
    answer = httpx.get(f"{deployed.prometheus_url}/api/v1/{path}", params=parameters)
    return answer.raise_for_status().json()["data"]


def test_prometheus_reaches_every_process(deployed: Deployed) -> None:
    def are_up() -> bool:
        targets = prometheus(deployed, "targets")["activeTargets"]
        return len(targets) == 8 and all(one["health"] == "up" for one in targets)

    wait_for("targets", are_up, 20)


@pytest.mark.parametrize("panel", PROMQL)
def test_an_operations_panel_has_a_line(deployed: Deployed, panel: str) -> None:
    now = time.time()
    query = PROMQL[panel].replace("$__rate_interval", "30s")
    assert "$" not in query

    found = prometheus(deployed, "query_range", query=query, start=str(now - 300), end=str(now), step="5")["result"]

    assert found, panel
    assert all(series["values"] for series in found)
    if panel.endswith("Sự kiện nhận được mỗi giây"):
        accepted = next(one for one in found if one["metric"] == {"status": "accepted"})
        assert max(float(value) for _, value in accepted["values"] if value != "NaN") > 0


def test_no_alert_fires_while_all_is_well(deployed: Deployed) -> None:
    assert prometheus(deployed, "query", query='ALERTS{alertstate="firing"}')["result"] == []
    rules = [rule for group in prometheus(deployed, "rules")["groups"] for rule in group["rules"]]
    assert rules
    assert [rule["name"] for rule in rules if rule["health"] == "err"] == []
