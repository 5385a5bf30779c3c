"""What became of events, over HTTP and on the command line: what waits, what was refused, told to whom it concerns."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cds.main import app
from tests.support.by_hand import resolve_all
from tests.support.events import AT, DAY, assist, session, void
from tests.support.postgres import TestPostgres
from tests.support.reading import IT, age, arrive, foreign, get, pages, read, served
from tests.support.stack import ANH_DUNG, HAI_THANH, Stack, environment_of


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with served(postgres) as made:
        yield made


# -- what became of events ---------------------------------------------------------------------------------------------


def test_a_pending_event_says_what_it_waits_for_since_when_and_in_the_end_why_it_cannot_be(stack: Stack) -> None:
    opened = session()
    waits = void(opened["subject"]) | {"time": AT}
    unknown = assist(service="not_in_the_catalogue")
    accepted = assist()
    arrive(stack, waits, unknown, accepted)

    told, service, done = (read(stack, f"events/{one['id']}") for one in (waits, unknown, accepted))
    arrive(stack, opened)
    closed = read(stack, f"events/{waits['id']}")

    assert (told["status"], told["waits_for"], told["refused"]) == ("pending_reference", "subject", None)
    assert told["pending_since"] == told["recordedtime"]
    assert told["waits_for_text"] == "chờ sự kiện mở đầu của đối tượng này"
    assert service["waits_for_text"] == "chờ nội dung hỗ trợ có trong danh mục: not_in_the_catalogue"
    assert (done["status"], done["waits_for"], done["pending_since"]) == ("accepted", None, None)
    assert closed["refused"] == "wrong_subject"
    assert closed["refused_text"] == "mã subject là của một đối tượng khác loại"


def test_what_waits_is_listed_by_ward_and_age_and_one_by_one(stack: Stack) -> None:
    mine = [void(str(uuid.uuid4())) for _ in range(5)]
    theirs = foreign(assist(service="no_such_service"))
    arrive(stack, *mine)
    arrive(stack, theirs, client=ANH_DUNG)
    age(stack, mine[0], "8 days")
    age(stack, mine[1], "2 hours")

    own = read(stack, "pending")
    listed = [item["event_id"] for item in pages(stack, "pending", limit=2)]
    everything = read(stack, "pending", IT)

    assert [w["ward"]["code"] for w in own["wards"]] == ["11692"]
    ages = own["wards"][0]["ages"]
    assert (ages["over_7d"], ages["under_1d"], ages["under_7d"]) == (1, 1, 0)
    assert sum(ages.values()) == own["wards"][0]["events"] == len(listed)
    assert listed[:2] == [mine[0]["id"], mine[1]["id"]]
    assert len(set(listed)) == len(listed)
    assert {one["id"] for one in mine} <= set(listed)
    assert {item["client_id"] for item in own["items"]} == {HAI_THANH}
    assert own["items"][0]["type"] == "vn.congdongso.assist.voided.v1"
    assert own["items"][0]["age_seconds"] >= 8 * 86_400
    assert {w["ward"]["code"] for w in everything["wards"]} == {"11692", "11689"}
    assert {item["client_id"] for item in read(stack, f"pending?client={ANH_DUNG}", IT)["items"]} == {ANH_DUNG}


def test_an_event_that_this_release_cannot_read_is_listed_all_the_same(stack: Stack) -> None:
    strange = void(str(uuid.uuid4()))
    arrive(stack, strange)
    stack.do("sessions", "UPDATE pending SET submission = 'x' WHERE event_id = %s", strange["id"])
    resolve_all(stack)

    found = {item["event_id"]: item for item in pages(stack, "pending")}

    assert found[strange["id"]]["type"] is None


def test_refused_events_are_listed_newest_first_and_added_up_by_app_ward_reason_and_day(stack: Stack) -> None:
    for _ in range(3):
        assert stack.post(assist(area="tdp-99")).status_code == 422
    assert stack.post(foreign(assist()) | {"time": "1999-01-01T00:00:00+07:00"}, ANH_DUNG).status_code == 422
    kept = assist()
    arrive(stack, kept)
    assert stack.post(kept | {"data": kept["data"] | {"age_band": "60_plus"}}).status_code == 409

    own = list(pages(stack, "refused", limit=2))
    sums = read(stack, "refused/summary", IT)
    rows = {(row["client_id"], row["ward"]["code"], row["code"]): row for row in sums["items"]}

    assert own[0]["code"] == "id_conflict"
    assert own[0]["first_digest"] != own[0]["digest"]
    assert [one["received_at"] for one in own] == sorted((one["received_at"] for one in own), reverse=True)
    assert {one["client_id"] for one in own} == {HAI_THANH}
    assert (own[1]["code"], own[1]["field"]) == ("unknown_area", "data.area")
    assert own[1]["code_text"] == "không tìm thấy đơn vị hoặc tổ dân phố"
    assert own[1]["ward"]["name"]
    assert rows[HAI_THANH, "11692", "unknown_area"]["events"] == 3
    assert rows[ANH_DUNG, "11689", "time_out_of_range"]["events"] == 1
    assert sums["is_complete"]
    assert read(stack, "refused/summary", IT, limit=1)["is_complete"] is False
    assert {one["code"] for one in pages(stack, "refused", code="unknown_area")} == {"unknown_area"}
    assert {row["client_id"] for row in read(stack, "refused/summary")["items"]} == {HAI_THANH}


@pytest.mark.parametrize("path", ["pending", "refused", "refused/summary"])
def test_an_app_does_not_read_the_fates_of_another_app(stack: Stack, path: str) -> None:
    own, other = (get(stack, f"{path}?client={client}") for client in (HAI_THANH, ANH_DUNG))

    assert own.status_code == 200
    assert (other.status_code, other.json()["code"]) == (403, "forbidden")


def test_what_the_sandbox_had_refused_is_for_itself_only(stack: Stack) -> None:
    client = stack.sandbox("11692", on=DAY)
    assert stack.post(assist(client, area="tdp-77"), client).status_code == 422

    assert len(read(stack, "refused", client)["items"]) == 1
    assert client not in {row["client_id"] for row in read(stack, "refused/summary", IT)["items"]}


# -- the metrics, the operator's commands ------------------------------------------------------------------------------


def test_the_age_of_the_oldest_waiting_event_is_a_metric_with_few_labels(stack: Stack) -> None:
    waits = void(str(uuid.uuid4()))
    arrive(stack, waits)
    age(stack, waits, "10 days")
    resolve_all(stack)

    shown = httpx.get(f"{stack.url('sessions')}/metrics", trust_env=False).text
    lines = [line for line in shown.splitlines() if line.startswith("cds_intake_pending_oldest_seconds{")]

    assert {line.split('"')[1] for line in lines} == {"subject", "step", "service"}
    assert any(float(line.rsplit(" ", 1)[1]) >= 10 * 86_400 for line in lines)


def run(stack: Stack, *arguments: str) -> str:
    with environment_of(stack):
        done = CliRunner(env={"COLUMNS": "220"}).invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_operator_sees_what_waits_and_what_was_refused_by_ward_and_reason(stack: Stack) -> None:
    waits, client = void(str(uuid.uuid4())), stack.sandbox("11692", on=DAY)
    arrive(stack, waits)
    age(stack, waits, "20 days")
    assert stack.post(foreign(assist(service="Tên Người Dân")), ANH_DUNG).status_code == 422
    assert stack.post(assist(client, area="tdp-88"), client).status_code == 422

    pending, refused, mine = run(stack, "pending"), run(stack, "refused"), run(stack, "refused", "--client", client)
    told = json.loads(run(stack, "pending", "--json", "--client", HAI_THANH))
    sums = json.loads(run(stack, "refused", "--json"))

    assert "Hải Thành (11692)" in pending
    assert waits["id"] in pending
    assert "20 ngày" in pending
    assert "chờ sự kiện mở đầu của đối tượng này" in pending
    assert ANH_DUNG in refused
    assert "invalid_data" in refused
    assert client not in refused
    assert client in mine
    assert "Người Dân" not in refused
    assert told["items"][0]["event_id"] == waits["id"]
    assert told["wards"][0]["ward"].endswith("(11692)")
    assert {row["client_id"] for row in sums["summary"]} >= {ANH_DUNG}
    assert "Không có sự kiện nào" in run(stack, "pending", "--client", "app-nobody")
