"""Figures over HTTP: every grouping adds up, areas roll up as on the day, wrong questions are answered with what is wrong."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from deploy.cds import wiring
from services.sessions import resolver
from services.sessions.directory import Directory
from shared import database, segments
from shared.consumer import Applier
from tests.support.events import DAY, assist, correction, event, tally, void
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, HAI_THANH, VIEWER, Stack

NEXT_DAY = "2023-03-09"
HAI_THANH_CODE, ANH_DUNG_CODE, DISTRICT, PROVINCE = "11692", "11689", "309", "31"


def carry(stack: Stack) -> None:
    """Cut what is in the log, and apply it to reporting."""
    source, target = stack.engine("sessions"), stack.engine("reporting")
    resolver.resolve(source, Directory(source))
    with database.transaction(source) as connection:
        while segments.cut(connection, range(4)):
            pass
        epoch, _ = segments.open_stream(connection, "sessions", 4)
        found = [s for shard in range(4) for s in segments.read(connection, "sessions", epoch, shard, 0, 1000)]
    applier = Applier(wiring.CONSUMERS["reporting"], target)
    for segment in found:
        applier.apply(segment)
    source.dispose()
    target.dispose()


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    """Two wards, two days, single and paper: 12 single and 13 from paper, of which 3 were not successful."""
    with Stack(postgres, "memory://") as made:
        made.serve()
        wrong = assist(service="health_record")
        of_hai_thanh = [
            *[assist(age_band="60_plus") for _ in range(4)],
            *[assist(outcome="failed", reason="not_approved") for _ in range(2)],
            assist(service="sampling_entry", quantity=3),
            assist(area="tdp-01", attributes={"time": f"{NEXT_DAY}T08:00:00+07:00"}),
            wrong,
            correction(wrong["subject"], area="tdp-01"),
            (spoilt := assist()),
            void(spoilt["subject"]),
            tally(("vneid_activation", "completed", 10), ("vneid_activation", "referred", 1)),
        ]
        of_anh_dung = [
            assist(ANH_DUNG, area=ANH_DUNG_CODE, attributes={"time": f"{DAY}T23:59:59+07:00"}),
            tally(("digital_skills", "completed", 2), client_id=ANH_DUNG, area="tdp-01", day=NEXT_DAY),
        ]
        for events, client in ((of_hai_thanh, HAI_THANH), (of_anh_dung, ANH_DUNG)):
            answer = made.post(events, client)
            assert answer.json()["counts"]["accepted"] == len(events), answer.text
        carry(made)
        yield made


def ask(stack: Stack, **query: Any) -> dict[str, Any]:
    return stack.tallies(**({"from_": DAY, "to": NEXT_DAY} | query))


def figures(found: dict[str, Any], *names: str) -> dict[Any, tuple[int, int]]:
    """(single, paper) by the values of these groups; an area stands as its code."""

    def key(row: dict[str, Any]) -> Any:
        values = [row[name]["code"] if name == "area" else row[name] for name in names]
        return values[0] if len(values) == 1 else tuple(values)

    return {key(row): (row["single"], row["paper"]) for row in found["rows"]}


def test_the_whole_is_one_row_of_single_and_paper(stack: Stack) -> None:
    found = ask(stack)

    assert found["rows"] == [{"assists": 25, "single": 12, "paper": 13}]
    assert found["totals"] == {
        "assists": 25, "completed": 22, "single": 12, "paper": 13, "success_rate": 88.0,
    }  # fmt: skip


@pytest.mark.parametrize("group", ["day", "area", "service", "outcome", "age_band", "day,area,service,outcome,age_band"])
def test_every_grouping_adds_up_to_the_same(stack: Stack, group: str) -> None:
    found = ask(stack, group_by=group)

    assert sum(row["single"] for row in found["rows"]) == 12
    assert sum(row["paper"] for row in found["rows"]) == 13
    assert all(row["assists"] == row["single"] + row["paper"] for row in found["rows"])


def test_a_day_is_the_local_day(stack: Stack) -> None:
    """An assist at one second to midnight belongs to its day, though in UTC and for a tally the day is its own."""
    found = ask(stack, group_by="day")

    assert figures(found, "day") == {DAY: (11, 11), NEXT_DAY: (1, 2)}


def test_without_a_last_day_the_first_is_asked_for(stack: Stack) -> None:
    assert stack.tallies(from_=NEXT_DAY)["totals"]["assists"] == 3
    assert stack.tallies()["totals"] == {
        "assists": 0, "completed": 0, "single": 0, "paper": 0, "success_rate": None,
    }  # fmt: skip


def test_services_and_outcomes_are_told_apart_and_a_correction_has_moved_its_assist(stack: Stack) -> None:
    found = ask(stack, group_by="service,outcome")

    assert figures(found, "service", "outcome") == {
        ("digital_skills", "completed"): (0, 2),
        ("sampling_entry", "completed"): (3, 0),
        ("vneid_activation", "completed"): (7, 10),
        ("vneid_activation", "failed"): (2, 0),
        ("vneid_activation", "referred"): (0, 1),
    }


@pytest.mark.parametrize(
    ("query", "single", "paper"),
    [
        ({"service": "digital_skills,sampling_entry"}, 3, 2),
        ({"outcome": "failed"}, 2, 0),
        ({"age_band": "60_plus"}, 4, 0),
        ({"service": "no_such_service"}, 0, 0),
        ({"area": HAI_THANH_CODE}, 11, 11),
        ({"area": f"{HAI_THANH_CODE}/tdp-03"}, 9, 11),
        ({"area": ANH_DUNG_CODE}, 1, 2),
        ({"area": DISTRICT, "on": DAY}, 12, 13),
        ({"area": PROVINCE, "on": DAY}, 12, 13),
        ({"area": HAI_THANH_CODE, "outcome": "completed", "service": "vneid_activation"}, 6, 10),
    ],
)
def test_a_filter_takes_just_its_part(stack: Stack, query: dict[str, str], single: int, paper: int) -> None:
    totals = ask(stack, **query)["totals"]

    assert (totals["single"], totals["paper"]) == (single, paper)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("province", {PROVINCE: (12, 13)}),
        ("district", {DISTRICT: (12, 13)}),
        ("ward", {HAI_THANH_CODE: (11, 11), ANH_DUNG_CODE: (1, 2)}),
    ],
)
def test_areas_roll_up_to_the_level_asked_for(stack: Stack, level: str, expected: dict[str, tuple[int, int]]) -> None:
    assert figures(ask(stack, group_by="area", level=level), "area") == expected


def test_what_was_recorded_above_a_level_stands_under_its_own_area(stack: Stack) -> None:
    rows = ask(stack, group_by="area", level="residential_group")["rows"]

    found = sorted((row["area"]["level"], row["area"]["code"], row["assists"]) for row in rows)
    assert found == [
        ("residential_group", "tdp-01", 2),
        ("residential_group", "tdp-01", 2),
        ("residential_group", "tdp-03", 20),
        ("ward", ANH_DUNG_CODE, 1),
    ]


def test_an_area_can_be_asked_for_by_its_id(stack: Stack) -> None:
    row = ask(stack, area=HAI_THANH_CODE, group_by="area", level="ward")["rows"][0]

    assert ask(stack, area=row["area"]["area_id"])["totals"]["assists"] == 22


def test_freshness_tells_how_far_the_figures_reach(stack: Stack) -> None:
    freshness = ask(stack)["freshness"]

    stored = stack.ask("reporting", "SELECT stream, shard, segment FROM position ORDER BY stream, shard")
    assert [(one["stream"], one["shard"], one["segment"]) for one in freshness["positions"]] == stored
    newest = stack.ask("sessions", "SELECT max(last_recorded_at) FROM segment")[0][0]
    assert freshness["last_recordedtime"] == newest.isoformat()


def get(stack: Stack, path: str, query: str, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or stack.token(VIEWER)}"}
    return httpx.get(f"{stack.url('reporting')}{path}?{query}", headers=headers, trust_env=False, timeout=20)


def test_the_csv_has_the_same_figures_with_headings_in_two_languages(stack: Stack) -> None:
    query = f"from={DAY}&to={NEXT_DAY}&group_by=area,service&level=ward"
    answer = get(stack, "/v1/tallies.csv", query)

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    heading, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heading == ["Mã đơn vị", "Đơn vị", "Nội dung hỗ trợ", "Lượt hỗ trợ", "Ghi từng người", "Tổng hợp từ sổ"]
    same = [
        [row["area"]["code"], row["area"]["name"], row["service"], *(str(row[n]) for n in ("assists", "single", "paper"))]
        for row in ask(stack, group_by="area,service", level="ward")["rows"]
    ]
    assert rows == same
    english = get(stack, "/v1/tallies.csv", query + "&lang=en").text
    assert english.splitlines()[0].removeprefix("\ufeff").startswith("Area code,Area,Service,")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=abc", "from"),
        ("from=2023-02-30", "from"),
        ("from=2023-03-08T00:00:00", "from"),
        ("from=2023-03-09&to=2023-03-08", "to"),
        ("area=99999", "area"),
        ("area=tdp-03", "area"),
        ("area=%00", "area"),
        ("area=", "area"),
        (f"area={'1' * 65}", "area"),
        ("area=11692/tdp-99&from=2023-03-08", "area"),
        ("area=6a2f41a3-c54c-4c5c-8c5d-2f2a2f2a2f2a", "area"),
        ("area=' OR 1=1 --", "area"),
        ("level=village", "level"),
        ("group_by=day,name", "group_by"),
        ("group_by=;DROP TABLE area", "group_by"),
        ("service=%00", "service"),
        (f"service={','.join('a' for _ in range(51))}", "service"),
        ("lang=fr", "lang"),
        ("limit=1000000", "limit"),
        ("on=yesterday", "on"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/tallies", "/v1/tallies.csv"])
def test_a_wrong_question_is_told_by_its_field(stack: Stack, path: str, query: str, field: str) -> None:
    answer = get(stack, path, query)

    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "query", ["from=0001-01-01&to=9999-12-31", "area=١١٦٩٢", "service=%ED%A0%80", "service='; --", "group_by=", "outcome=,,,"]
)
def test_an_odd_question_is_an_answer_and_never_an_error(stack: Stack, query: str) -> None:
    assert get(stack, "/v1/tallies", query).status_code in (200, 422)


def test_figures_need_a_token_that_may_read_them(stack: Stack) -> None:
    url = f"{stack.url('reporting')}/v1/tallies"

    assert httpx.get(url, trust_env=False).status_code == 401
    assert get(stack, "/v1/tallies", "", token="x.y.z").status_code == 401
    assert get(stack, "/v1/tallies", "", token=stack.token(HAI_THANH)).status_code == 200


def test_old_wards_keep_their_figures_and_those_of_today_are_asked_for_by_their_own_code(stack: Stack) -> None:
    """The ward 11692 of 2023 is no more: asked on a day of today it leads to its successor, which has none of 2023."""
    assert ask(stack, area=HAI_THANH_CODE, on=DAY)["totals"]["assists"] == 22
    assert ask(stack, area=HAI_THANH_CODE, on="2026-01-01")["totals"]["assists"] == 0


def test_a_paper_count_of_everything_adds_only_what_is_missing(postgres: TestPostgres) -> None:
    with Stack(postgres, "memory://") as stack:
        stack.serve()
        stack.post([assist() for _ in range(3)] + [tally(("vneid_activation", "completed", 5), covers="all")])
        carry(stack)
        assert figures(ask(stack, group_by="area"), "area") == {"tdp-03": (3, 2)}

        stack.post([assist() for _ in range(4)])
        carry(stack)

        assert figures(ask(stack, group_by="area"), "area") == {"tdp-03": (7, 0)}
        newer = tally(("vneid_activation", "completed", 9), covers="all", version=2)
        older = stack.ask("reporting", "SELECT tally_id FROM tally")[0][0]
        stack.post(event("tally.recorded", newer["data"], subject=str(older)))
        carry(stack)
        assert figures(ask(stack, group_by="area"), "area") == {"tdp-03": (7, 2)}
