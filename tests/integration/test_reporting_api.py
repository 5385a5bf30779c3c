"""The figures over real HTTP: every grouping and level, paper beside single, JSON and CSV alike, bad questions named."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from shared.events.names import AGE_BANDS, OUTCOMES
from tests.support.by_hand import count
from tests.support.events import assist, correction, event, tally, void
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, HAI_THANH, VIEWER, Stack

TODAYS_DUONG_KINH = "app-11692-2025"
Row = dict[str, Any]


def at(day: str) -> dict[str, Any]:
    return {"time": f"{day}T10:00:00+07:00"}


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    """Figures of two wards in March 2023, and of a ward of today in 2026."""
    with Stack(postgres, "memory://") as made:
        made.serve()
        wrong = assist(attributes=at("2023-03-08"), service="vaccination_entry", quantity=9)
        gone = assist(attributes=at("2023-03-08"))
        mine = [
            *(assist(attributes=at("2023-03-08"), age_band="60_plus") for _ in range(2)),
            assist(attributes=at("2023-03-08"), area="tdp-01"),
            assist(attributes=at("2023-03-08"), outcome="failed", reason="no_smartphone"),
            assist(attributes=at("2023-03-09"), service="digital_skills"),
            assist(attributes=at("2023-03-09"), area="11692"),
            wrong,
            correction(wrong["subject"], "2023-03-10T00:00:00+07:00", happened_at="2023-03-08T10:00:00+07:00"),
            gone,
            void(gone["subject"]),
            tally(("digital_skills", "completed", 10), ("digital_skills", "failed", 3), day="2023-03-08"),
        ]
        theirs = [
            assist(ANH_DUNG, attributes=at("2023-03-08"), area="tdp-02"),
            tally(("vneid_activation", "completed", 4), client_id=ANH_DUNG, day="2023-03-08", area="11689"),
        ]
        todays = [assist(TODAYS_DUONG_KINH, attributes=at("2025-08-01"), area="tdp-03") for _ in range(3)]
        for client_id, sent in ((HAI_THANH, mine), (ANH_DUNG, theirs), (TODAYS_DUONG_KINH, todays)):
            answer = made.post(sent, client_id)
            assert answer.json()["counts"]["accepted"] == len(sent), answer.text
        count(made)
        made.token(VIEWER)
        yield made


@pytest.fixture(scope="module")
def web(stack: Stack) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stack.token(VIEWER)}"}
    with httpx.Client(base_url=stack.url("reporting"), headers=headers, timeout=20, trust_env=False) as client:
        yield client


MARCH = {"from": "2023-03-01", "to": "2023-03-31"}


def ask(web: httpx.Client, **query: Any) -> dict[str, Any]:
    answer = web.get("/v1/tallies", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def figures(found: dict[str, Any], *names: str) -> dict[Any, tuple[int, int]]:
    """(single, paper) by the value of a group; an area by its code, level and name."""

    def key(row: Row, name: str) -> str:
        return f"{row['area']['level']} {row['area']['code']}" if name == "area" else row[name]

    made = {tuple(key(row, name) for name in names): (row["single"], row["paper"]) for row in found["rows"]}
    assert len(made) == len(found["rows"])
    assert all(row["assists"] == row["single"] + row["paper"] for row in found["rows"])
    return {keys[0] if len(keys) == 1 else keys: counts for keys, counts in made.items()}


def test_without_groups_one_row_tells_everything(web: httpx.Client) -> None:
    found = ask(web, **MARCH)

    assert found["rows"] == [{"assists": 25, "single": 8, "paper": 17, "completed": 21, "success_rate": 84.0}]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("day", {"2023-03-08": (6, 17), "2023-03-09": (2, 0)}),
        ("service", {"vneid_activation": (7, 4), "digital_skills": (1, 13)}),
        ("outcome", {"completed": (7, 14), "failed": (1, 3)}),
        ("age_band", {"60_plus": (2, 0), "unknown": (6, 17)}),
    ],
)
def test_figures_by_one_group(web: httpx.Client, group: str, expected: dict[str, tuple[int, int]]) -> None:
    assert figures(ask(web, **MARCH, group_by=group), group) == expected


def test_figures_by_several_groups_come_in_the_order_of_the_groups(web: httpx.Client) -> None:
    found = ask(web, **MARCH, group_by="outcome, service,day")

    assert figures(found, "day", "service", "outcome") == {
        ("2023-03-08", "digital_skills", "completed"): (0, 10),
        ("2023-03-08", "digital_skills", "failed"): (0, 3),
        ("2023-03-08", "vneid_activation", "completed"): (5, 4),
        ("2023-03-08", "vneid_activation", "failed"): (1, 0),
        ("2023-03-09", "digital_skills", "completed"): (1, 0),
        ("2023-03-09", "vneid_activation", "completed"): (1, 0),
    }
    keys = [(row["day"], row["service"], row["outcome"]) for row in found["rows"]]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (
            None,
            {"residential_group tdp-03": (5, 13), "residential_group tdp-01": (1, 0), "ward 11692": (1, 0),
             "residential_group tdp-02": (1, 0), "ward 11689": (0, 4)},
        ),
        (
            "residential_group",
            {"residential_group tdp-03": (5, 13), "residential_group tdp-01": (1, 0), "ward 11692": (1, 0),
             "residential_group tdp-02": (1, 0), "ward 11689": (0, 4)},
        ),
        ("ward", {"ward 11692": (7, 13), "ward 11689": (1, 4)}),
        ("district", {"district 309": (8, 17)}),
        ("province", {"province 31": (8, 17)}),
    ],
)  # fmt: skip
def test_areas_roll_up_to_a_level_by_the_borders_of_the_day(
    web: httpx.Client, level: str | None, expected: dict[str, tuple[int, int]]
) -> None:
    query = {"level": level} if level else {}

    found = ask(web, **MARCH, **query, group_by="area")

    assert figures(found, "area") == expected
    assert sum(row["assists"] for row in found["rows"]) == found["totals"]["assists"]


def test_a_span_over_the_reform_keeps_each_days_borders(web: httpx.Client) -> None:
    span = {"from": "2023-03-01", "to": "2025-12-31", "group_by": "area"}

    wards = ask(web, **span, level="ward")
    names = {(row["area"]["code"], row["area"]["name"]): row["assists"] for row in wards["rows"]}
    assert names == {
        ("11692", "Phường Hải Thành"): 20,
        ("11692", "Phường Dương Kinh"): 3,
        ("11689", "Phường Anh Dũng"): 5,
    }
    # After 1 July 2025 there is no district: the figure stands under its own area, and the sum stays.
    districts = figures(ask(web, **span, level="district"), "area")
    assert districts == {"district 309": (8, 17), "residential_group tdp-03": (3, 0)}
    assert sum(row["assists"] for row in ask(web, **span, level="province")["rows"]) == 28


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"area": "11692"}, 20),
        ({"area": "11692/tdp-03"}, 18),
        ({"area": "11692/tdp-01"}, 1),
        ({"area": "11689"}, 5),
        ({"area": "309"}, 25),
        ({"area": "31"}, 25),
        ({"area": "11692", "on": "2023-03-01"}, 20),
        ({"area": "11692", "on": "2025-08-01"}, 0),
        ({"area": "11692", "service": "digital_skills"}, 14),
        ({"service": "digital_skills,vneid_activation"}, 25),
        ({"service": "nothing_like_it"}, 0),
        ({"outcome": "failed"}, 4),
        ({"outcome": "failed,completed", "age_band": "60_plus"}, 2),
        ({"service": ""}, 25),
        ({"to": "2023-03-08"}, 23),
        ({"from": "2023-03-09"}, 2),
        ({"from": "2023-03-10"}, 0),
        ({"from": "0001-01-01", "to": "9999-12-31"}, 28),
    ],
)
def test_filters_apply_to_rows_and_totals_alike(web: httpx.Client, query: dict[str, str], expected: int) -> None:
    asked = MARCH | query

    assert ask(web, **asked)["rows"][0]["assists"] == expected
    assert ask(web, **asked)["totals"]["assists"] == expected
    assert sum(row["assists"] for row in ask(web, **asked, group_by="day,area,outcome")["rows"]) == expected


def test_an_area_is_found_by_its_id(stack: Stack, web: httpx.Client) -> None:
    found = stack.ask("reporting", "SELECT area_id::text FROM area WHERE code = '11692' ORDER BY valid_from")
    of_2023, of_today = (row[0] for row in found)
    span = {"from": "2023-01-01", "to": "2025-12-31"}

    assert ask(web, **span, area=of_2023)["totals"]["assists"] == 20
    assert ask(web, **span, area=of_today)["totals"]["assists"] == 3
    assert ask(web, **span, area=of_2023.upper())["totals"]["assists"] == 20


def test_one_day_is_asked_for_by_either_end(web: httpx.Client) -> None:
    assert ask(web, **{"from": "2023-03-08"})["totals"] == ask(web, to="2023-03-08")["totals"]
    assert ask(web, to="2023-03-08")["totals"]["assists"] == 23


def test_totals_tell_single_paper_and_the_rate(web: httpx.Client) -> None:
    assert ask(web, **MARCH)["totals"] == {
        "assists": 25, "completed": 21, "single": 8, "paper": 17, "success_rate": 84.0,
    }  # fmt: skip


def test_with_no_figures_the_rate_is_null_and_counts_are_zero(web: httpx.Client) -> None:
    found = ask(web, to="2021-01-01")

    assert found["totals"] == {"assists": 0, "completed": 0, "single": 0, "paper": 0, "success_rate": None}
    assert found["rows"] == [{"assists": 0, "single": 0, "paper": 0, "completed": 0, "success_rate": None}]
    assert ask(web, to="2021-01-01", group_by="day,area")["rows"] == []


@pytest.mark.parametrize(
    ("day", "completed", "failed", "rate"),
    [
        ("2022-01-01", 1, 2, 33.3),
        ("2022-01-02", 2, 1, 66.7),
        ("2022-01-03", 1, 15, 6.3),  # 6.25
        ("2022-01-04", 13, 3, 81.3),  # 81.25; to even would be 81.2
        ("2022-01-05", 1, 1999, 0.1),  # 0.05
        ("2022-01-06", 1999, 1, 100.0),  # 99.95
        ("2022-01-07", 0, 5, 0.0),
    ],
)
def test_the_rate_is_rounded_half_up_to_one_decimal(
    stack: Stack, web: httpx.Client, day: str, completed: int, failed: int, rate: float
) -> None:
    lines = [("digital_skills", "completed", completed), ("digital_skills", "failed", failed)]
    sent = tally(*[line for line in lines if line[2]], day=day)
    assert stack.post(sent).status_code == 201
    count(stack)

    totals = ask(web, to=day)["totals"]

    assert (totals["assists"], totals["success_rate"]) == (completed + failed, rate)


def test_a_book_that_covers_all_adds_only_what_is_missing(stack: Stack, web: httpx.Client) -> None:
    day = "2022-02-01"
    sent = [
        assist(attributes=at(day)),
        assist(attributes=at(day)),
        tally(("vneid_activation", "completed", 5), day=day, covers="all"),
    ]
    assert stack.post(sent).status_code == 200
    count(stack)

    (row,) = ask(web, to=day)["rows"]
    assert (row["assists"], row["single"], row["paper"]) == (5, 2, 3)


def test_sessions_change_no_assists(stack: Stack, web: httpx.Client) -> None:
    before = ask(web, **MARCH)["totals"]
    assert stack.post(event("session.opened", {"area": "tdp-03", "kind": "support"})).status_code == 201
    count(stack)

    assert ask(web, **MARCH)["totals"] == before


def test_the_answer_says_how_fresh_it_is(stack: Stack, web: httpx.Client) -> None:
    freshness = ask(web, **MARCH)["freshness"]

    assert freshness["updated_at"]
    assert freshness["last_recordedtime"]
    streams = {(place["stream"], place["shard"]) for place in freshness["positions"]}
    assert ("registry", 0) in streams
    assert any(stream == "sessions" for stream, _ in streams)


MEASURES = ("assists", "single", "paper", "completed", "success_rate")
WORDS = {"outcome": OUTCOMES, "age_band": AGE_BANDS}

# -- CSV ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "groups", ["", "day", "area", "day,service,outcome,age_band", "day,area,service,outcome,age_band"]
)
@pytest.mark.parametrize(
    "more",
    [{}, {"area": "11692"}, {"level": "ward"}, {"outcome": "failed"}, {"to": "2021-01-01", "from": "2021-01-01"}],
)
def test_the_csv_tells_just_what_the_json_tells(
    stack: Stack, web: httpx.Client, groups: str, more: dict[str, str]
) -> None:
    services = dict(stack.ask("reporting", "SELECT service, name_en FROM service"))
    query = MARCH | more | {"group_by": groups, "lang": "en"}

    answer = web.get("/v1/tallies.csv", params=query)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    heading, *lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    names = [name for name in ("day", "area", "service", "outcome", "age_band") if name in groups]

    def texts(row: Row, name: str) -> tuple[str, ...]:
        if name == "area":
            return row["area"]["code"], row["area"]["name"]
        if name == "service":
            return row["service"], services[row["service"]]
        return (WORDS[name][row[name]].en if name in WORDS else row[name],)

    def line(row: Row) -> list[str]:
        measures = ["" if row[name] is None else str(row[name]) for name in MEASURES]
        return [text for name in names for text in texts(row, name)] + measures

    assert lines == [line(row) for row in ask(web, **query)["rows"]]
    assert heading[-5:] == ["Assists", "Recorded one by one", "From paper", "Completed", "Success rate (%)"]
    assert len(heading) == len(names) + ("area" in names) + ("service" in names) + 5


def test_the_csv_is_vietnamese_unless_asked_otherwise_and_named_by_its_days(web: httpx.Client) -> None:
    answer = web.get("/v1/tallies.csv", params=MARCH | {"group_by": "area"})

    assert answer.content.decode("utf-8-sig").startswith("Mã đơn vị,Đơn vị,Lượt hỗ trợ,")
    assert "2023-03-01_2023-03-31.csv" in answer.headers["Content-Disposition"]


# -- bad questions -----------------------------------------------------------------------------------------------------

BAD = [
    ({"from": "8/3/2023"}, "from"),
    ({"from": ""}, "from"),
    ({"to": "2023-02-30"}, "to"),
    ({"to": "2023-03-08T10:00:00+07:00"}, "to"),
    ({"from": "2023-03-08", "to": "2023-03-07"}, "to"),
    ({"on": "x"}, "on"),
    ({"area": "99999"}, "area"),
    ({"area": "tdp-03"}, "area"),
    ({"area": ""}, "area"),
    ({"area": "11692/tdp-99"}, "area"),
    ({"area": "00000000-0000-4000-8000-000000000000"}, "area"),
    ({"area": "x" * 65}, "area"),
    ({"area": "a\0b"}, "area"),
    ({"area": "'; DROP TABLE area; --"}, "area"),
    ({"area": "%%%%"}, "area"),
    ({"area": "１１６９２"}, "area"),
    ({"area": "11692", "on": "0001-01-01"}, "area"),
    ({"level": "hamlet"}, "level"),
    ({"level": "ward;--"}, "level"),
    ({"group_by": "colour"}, "group_by"),
    ({"group_by": "day,ward_id"}, "group_by"),
    ({"group_by": "day; DROP TABLE area"}, "group_by"),
    ({"service": "a\0"}, "service"),
    ({"outcome": ",".join(["x"] * 51)}, "outcome"),
    ({"lang": "fr"}, "lang"),
    ({"limit": "1000000"}, "limit"),
    ({"sort": "day"}, "sort"),
    ({"From": "2023-03-08"}, "From"),
    ({"ward": "11692"}, "ward"),
]


@pytest.mark.parametrize("path", ["/v1/tallies", "/v1/tallies.csv"])
@pytest.mark.parametrize(("query", "field"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_parameter_is_named(web: httpx.Client, path: str, query: dict[str, str], field: str) -> None:
    answer = web.get(path, params=query)

    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["code"], body["request_id"]) == ("invalid", answer.headers["X-Request-Id"])
    assert [error["field"] for error in body["errors"]] == [field]
    assert body["errors"][0]["message"]


@pytest.mark.parametrize(
    "query", ["service=%ff", "service=%ed%a0%80", "group_by=", "group_by=,,", "service=' OR 1=1 --", "outcome=%25%25"]
)
def test_a_strange_value_finds_nothing_and_breaks_nothing(web: httpx.Client, query: str) -> None:
    assert web.get(f"/v1/tallies?to=2023-03-08&{query}").status_code == 200


@pytest.mark.parametrize("path", ["/v1/tallies", "/v1/tallies.csv", "/v1/tallies?from=x", "/v1/tallies.csv?colour=red"])
@pytest.mark.parametrize("header", ["", "Bearer x", "Basic YTpi"])
def test_without_a_token_nothing_is_told_not_even_what_is_wrong(web: httpx.Client, path: str, header: str) -> None:
    answer = web.get(path, headers={"Authorization": header})

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "rows" not in answer.text


def test_other_methods_and_paths_are_problems(web: httpx.Client) -> None:
    for method, path, status in (
        ("POST", "/v1/tallies", 405),
        ("DELETE", "/v1/tallies.csv", 405),
        ("GET", "/v1/x", 404),
    ):
        answer = web.request(method, path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")


def test_the_document_names_every_parameter_of_both_answers(web: httpx.Client) -> None:
    document = web.get("/openapi.json").json()

    for path in ("/v1/tallies", "/v1/tallies.csv"):
        named = {parameter["name"] for parameter in document["paths"][path]["get"]["parameters"]}
        assert named == {
            "from", "to", "area", "on", "as_of", "level", "group_by", "service", "pillar", "outcome", "age_band",
            "source", "channel", "venue", "team", "campaign", "lang",
        }  # fmt: skip
