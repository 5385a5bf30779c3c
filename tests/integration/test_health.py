"""Health, readiness and metrics tell the truth: what is wrong is named, and what is not needed is not asked."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.cds import wiring
from shared import database
from shared.settings import SERVICES
from tests.support.events import assist
from tests.support.ports import free_port
from tests.support.postgres import TestPostgres
from tests.support.stack import HAI_THANH, Stack, WebServer, wait_for

CHECKS = {
    "registry": {"database", "migrations", "event_log"},
    "sessions": {"database", "migrations", "reference data", "resident tokens"},
    "reporting": {"database", "migrations"},
}


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    """Its broker is away, for ever."""
    with Stack(postgres, f"amqp://guest:guest@127.0.0.1:{free_port()}/") as made:
        made.serve()
        yield made


def ask(stack: Stack, service: str, path: str) -> httpx.Response:
    return httpx.get(stack.url(service) + path, timeout=20, trust_env=False)


def ready(url: str) -> tuple[int, dict[str, str]]:
    answer = httpx.get(f"{url}/readyz", timeout=20, trust_env=False)
    body: dict[str, Any] = answer.json()
    assert body["status"] == ("ready" if answer.status_code == 200 else "not ready")
    return answer.status_code, body["checks"]


@pytest.fixture(scope="module")
def addresses(stack: Stack) -> dict[str, str]:
    """Databases that a test may spoil, if it mends them."""
    return stack.templates.fresh()


@pytest.fixture
def own_server(postgres: TestPostgres, stack: Stack) -> Iterator[Any]:
    """A service on a database that the test may spoil."""
    opened: list[WebServer] = []

    def serve(service: str, url: str) -> str:
        port = free_port()
        settings = replace(stack.settings, database_urls={service: url})
        opened.append(WebServer(wiring.create_app(service, settings), port, threads=2))
        return f"http://127.0.0.1:{port}"

    yield serve
    for server in opened:
        server.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_has_what_it_needs_is_ready_and_says_what_it_checked(stack: Stack, service: str) -> None:
    status, checks = ready(stack.url(service))

    assert status == 200
    assert checks == dict.fromkeys(CHECKS[service], "ok")
    assert ask(stack, service, "/healthz").json() == {"status": "ok"}


def test_the_intake_is_ready_and_accepts_while_the_broker_is_away(stack: Stack) -> None:
    sent = assist()

    assert ready(stack.url("sessions"))[0] == 200
    assert stack.post(sent).status_code == 201
    assert stack.ask("sessions", "SELECT count(*) FROM event_log WHERE event_id = %s", sent["id"]) == [(1,)]


@pytest.mark.parametrize("service", SERVICES)
def test_without_its_database_a_service_lives_and_is_not_ready(
    postgres: TestPostgres, own_server: Any, service: str
) -> None:
    url = own_server(service, postgres.url("there_is_no_such_database"))

    status, checks = ready(url)

    assert status == 503
    assert checks["database"] != "ok"
    assert "there_is_no_such_database" not in json.dumps(checks)
    assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    assert httpx.get(f"{url}/metrics", trust_env=False).status_code == 200


@pytest.mark.parametrize("service", SERVICES)
def test_a_database_that_goes_away_is_felt_and_so_is_its_return(
    postgres: TestPostgres, addresses: dict[str, str], own_server: Any, service: str
) -> None:
    address = addresses[service]
    name = address.split("/")[-1].split("?")[0]
    url = own_server(service, address)
    assert ready(url)[0] == 200

    with database.connect(postgres.url("postgres"), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        status, checks = ready(url)
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    assert (status, checks["database"] == "ok") == (503, False)
    assert wait_for(lambda: ready(url)[0] == 200, 5, "ready again")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        (
            "UPDATE alembic_version SET version_num = 'x' || version_num",
            "UPDATE alembic_version SET version_num = substr(version_num, 2)",
        ),
        ("ALTER TABLE alembic_version RENAME TO put_away", "ALTER TABLE put_away RENAME TO alembic_version"),
    ],
    ids=["another version", "never migrated"],
)
def test_a_database_that_is_not_at_head_is_named_with_the_remedy(
    addresses: dict[str, str], own_server: Any, service: str, spoil: str, mend: str
) -> None:
    url = own_server(service, addresses[service])

    with altered(addresses[service], spoil, mend):
        status, checks = ready(url)

    assert status == 503
    assert "cds " in checks["migrations"]
    assert checks["database"] == "ok"
    assert ready(url)[0] == 200


@contextlib.contextmanager
def altered(address: str, spoil: str, mend: str) -> Iterator[None]:
    """A database that is not as it should be, for a while."""
    with database.connect(address, autocommit=True) as connection:
        connection.execute(spoil)
        try:
            yield
        finally:
            connection.execute(mend)


def only_reads(address: str) -> contextlib.AbstractContextManager[None]:
    """A database that takes no writes from whoever connects now."""
    name = address.split("/")[-1].split("?")[0]
    setting = f"ALTER DATABASE {name} SET default_transaction_read_only ="
    return altered(address, f"{setting} on", f"{setting} off")


@pytest.mark.parametrize(
    ("service", "check"), [("registry", "event_log"), ("sessions", "database"), ("reporting", "database")]
)
def test_a_database_that_only_reads_is_not_ready(
    addresses: dict[str, str], own_server: Any, service: str, check: str
) -> None:
    with only_reads(addresses[service]):
        status, checks = ready(own_server(service, addresses[service]))

    assert status == 503
    assert checks[check] != "ok"


def test_a_database_that_only_reads_makes_the_intake_ask_for_another_try(
    addresses: dict[str, str], stack: Stack, own_server: Any
) -> None:
    with only_reads(addresses["sessions"]):
        answer = post(stack, own_server("sessions", addresses["sessions"]))

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def post(stack: Stack, url: str) -> httpx.Response:
    headers = {"Content-Type": "application/cloudevents+json", "Authorization": f"Bearer {stack.token()}"}
    return httpx.post(f"{url}/v1/events", json=assist(), headers=headers, timeout=20, trust_env=False)


def test_an_intake_without_reference_data_is_not_ready_and_asks_for_another_try(
    postgres: TestPostgres, stack: Stack, own_server: Any
) -> None:
    address = postgres.fresh_database(_migrated)
    url = own_server("sessions", address)

    status, checks = ready(url)
    answer = post(stack, url)

    assert (status, {name for name, said in checks.items() if said != "ok"}) == (503, {"reference data"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert int(answer.headers["Retry-After"]) > 0


def _migrated(url: str) -> None:
    database.migrate("sessions", url)


def labels(text: str) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    """Every series of an exposition, without the buckets' bounds."""
    return {
        (sample.name, tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le")))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name.startswith("cds_")
    }


def fuzz(stack: Stack, service: str) -> None:
    headers = {"Authorization": f"Bearer {stack.token()}", "Content-Type": "application/cloudevents+json"}
    with httpx.Client(base_url=stack.url(service), headers=headers, trust_env=False, timeout=20) as web:
        for _ in range(5):
            noise = uuid.uuid4().hex
            for path in (f"/{noise}", f"/v1/events/{uuid.uuid4()}", f"/v1/{noise}?x={noise}", f"/v1/schemas/{noise}"):
                web.get(path)
            web.request(f"X{noise[:8].upper()}", "/v1/events")
            web.post("/v1/events", content=noise)
            web.post("/v1/events", json=assist(attributes={"type": f"vn.congdongso.{noise}.v1"}))
            web.post("/v1/events", json=assist(attributes={"type": noise}))
            web.post("/v1/events", json=assist(area=f"tdp-{noise[:6]}"))
            web.post("/v1/events", json=assist(service=f"s{noise[:20]}"))
            web.get("/v1/tallies", params={"service": noise, noise: "1"})
            web.get("/v1/events", headers={"Authorization": f"Bearer {noise}", "User-Agent": noise})


@pytest.mark.parametrize("service", SERVICES)
def test_metrics_can_be_parsed_and_their_labels_do_not_grow_with_what_is_sent(stack: Stack, service: str) -> None:
    fuzz(stack, service)
    before = labels(ask(stack, service, "/metrics").text)

    fuzz(stack, service)
    after = labels(ask(stack, service, "/metrics").text)

    assert after - before <= {series for series in after if ("route", "/metrics") in series[1]}
    # This process has served the other services too.
    assert len([series for series in after if dict(series[1]).get("service", service) == service]) < 2000
    values = {value for _, pairs in after for _, value in pairs}
    assert not any(HAI_THANH in value or "tdp-" in value for value in values)
    assert all(len(value) < 80 for value in values)
    methods = {value for _, pairs in after for name, value in pairs if name == "method"}
    assert methods <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}
    assert not any(name.startswith("cds_http_requests") and ("status", "500") in pairs for name, pairs in after)


def test_the_intake_counts_each_event_by_its_fate_and_type(stack: Stack) -> None:
    def count(status: str, kind: str) -> float:
        found = [
            sample.value
            for family in text_string_to_metric_families(ask(stack, "sessions", "/metrics").text)
            for sample in family.samples
            if sample.name == "cds_intake_events_total" and sample.labels == {"status": status, "type": kind}
        ]
        return found[0] if found else 0.0

    keys = [("accepted", "assist.recorded"), ("duplicate", "assist.recorded"), ("not_cloudevents", "unreadable")]
    before = [count(*key) for key in keys]
    sent = assist()

    assert stack.post([sent, assist(), sent, 5]).status_code == 200

    assert [now - then for now, then in zip([count(*key) for key in keys], before, strict=True)] == [2, 1, 1]
