"""Every family of figures over real HTTP: both borders, campaigns, files, who may ask, and why a number is what it is."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from services.reporting.api import FAMILIES
from services.reporting.api_evidence import EVIDENCE
from services.reporting.exports import COLUMNS
from services.reporting.families import Family
from shared import clock
from tests.support.postgres import TestPostgres
from tests.support.reported import ALL, CAMPAIGN_DAYS, DAY, PEOPLE, Reported, reported

NOT_ADDITIVE = {"residents", "volunteers"}
BY_AREA = [family for family in FAMILIES if "area" in family.groups and family.has_level and not family.is_of_day]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def place(postgres: TestPostgres) -> Iterator[Reported]:
    with reported(postgres) as made:
        yield made


def days_of(family: Family) -> dict[str, str]:
    return {"to": DAY} if family.is_of_day else ALL


# -- borders -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["residential_group", "ward", "district", "province"])
@pytest.mark.parametrize("family", BY_AREA, ids=lambda family: family.name)
def test_sums_over_the_reform_are_equal_in_both_borders(place: Reported, family: Family, level: str) -> None:
    then = place.ask(family.name, group_by="area", level=level, **ALL)
    now = place.ask(family.name, group_by="area", level=level, as_of="now", **ALL)

    assert now["totals"] | {"is_apportioned": None} == then["totals"] | {"is_apportioned": None}
    assert then["rows"]
    assert now["rows"]
    assert all("is_apportioned" in row for row in now["rows"])
    assert not any("is_apportioned" in row for row in then["rows"])
    if family.name not in NOT_ADDITIVE:
        exact = [one.name for one in family.measures if type(one.example) is int and not one.only_by]
        for name in exact:
            assert sum(row[name] for row in now["rows"]) == sum(row[name] for row in then["rows"]), name


def shown(rows: list[Row]) -> dict[tuple[str, str], tuple[int, bool | None]]:
    return {(row["area"]["code"], row["area"]["name"]): (row["assists"], row.get("is_apportioned")) for row in rows}


def test_what_was_recorded_in_wards_that_are_gone_stands_in_todays(place: Reported) -> None:
    then = place.ask("tallies", group_by="area", level="ward", **ALL)["rows"]
    now = place.ask("tallies", group_by="area", level="ward", as_of="now", **ALL)["rows"]

    assert shown(then) == {
        ("11692", "Phường Dương Kinh"): (3, None),
        ("11692", "Phường Hải Thành"): (20, None),
        ("11689", "Phường Anh Dũng"): (5, None),
    }
    # One assist was told of Hải Thành as a whole, and four of Anh Dũng: both were divided.
    assert shown(now) == {
        ("11692", "Phường Dương Kinh"): (23, True),
        ("11689", "Phường Hưng Đạo"): (5, True),
    }


def test_only_what_was_told_of_a_divided_area_is_flagged(place: Reported) -> None:
    rows = place.ask("tallies", group_by="area", as_of="now", **ALL)["rows"]

    flagged = {(row["area"]["level"], row["area"]["code"], row["assists"]) for row in rows if row["is_apportioned"]}
    assert flagged == {("ward", "11692", 1), ("ward", "11689", 4)}
    assert sum(row["assists"] for row in rows) == 28


def test_a_code_is_read_today_when_the_borders_are_todays(place: Reported) -> None:
    days = {"from": "2023-03-01", "to": "2023-03-31"}

    assert place.ask("tallies", area="11692", **days)["totals"]["assists"] == 20  # Hải Thành
    assert place.ask("tallies", area="11692", as_of="now", **days)["totals"]["assists"] == 20  # went to Dương Kinh
    assert place.ask("tallies", area="11692", as_of="now", **ALL)["totals"]["assists"] == 23
    assert place.ask("tallies", area="11692", **ALL)["totals"]["assists"] == 3  # the ward of the last day
    assert place.ask("tallies", area="11692", as_of="now", on="2023-03-08", **ALL)["totals"]["assists"] == 0


def test_progress_of_wards_that_are_gone_is_told_by_todays(place: Reported) -> None:
    campaign = campaign_of_2023(place)
    then = place.ask("progress", to="2023-03-10", campaign=campaign, level="ward")
    now = place.ask("progress", to="2023-03-10", campaign=campaign, level="ward", as_of="now")

    assert then["totals"][0]["goal"] > 0
    for found in (then, now):
        wards = [row for row in found["rows"] if row["area"]]
        for name in ("goal", "done", "eligible", "excluded", "expected"):
            assert sum(row[name] for row in wards) == found["totals"][0][name] == then["totals"][0][name]
    assert {row["area"]["name"] for row in now["rows"] if row["area"]} == {
        "Phường Hưng Đạo", "Phường Dương Kinh", "Phường Đồ Sơn",
    }  # fmt: skip
    assert len([row for row in then["rows"] if row["area"]]) == 6


# -- campaigns ---------------------------------------------------------------------------------------------------------


def campaign_of_2023(place: Reported) -> str:
    return place.ids("SELECT campaign_id FROM campaign WHERE starts_on = '2023-03-01'")[0]


def test_a_campaign_is_a_filter_over_its_days_areas_and_services(place: Reported) -> None:
    campaign = campaign_of_2023(place)
    (services,) = place.stack.ask("reporting", "SELECT services FROM campaign WHERE campaign_id = %s", campaign)[0]
    assert services == ["vneid_activation"]

    alone = place.ask("tallies", campaign=campaign)
    by_hand = place.ask("tallies", service="vneid_activation", **dict(zip(("from", "to"), CAMPAIGN_DAYS, strict=True)))

    assert alone["totals"] == by_hand["totals"]
    assert alone["totals"]["assists"] == 12
    assert place.ask("tallies", campaign=campaign, as_of="now", **ALL)["totals"]["assists"] == 12
    assert place.ask("tallies", campaign=campaign, service="digital_skills")["totals"]["assists"] == 0
    assert (
        place.ask("tallies", campaign=campaign, **{"from": "2023-03-09", "to": "2026-01-01"})["totals"]["single"] == 2
    )
    assert place.ask("sessions", campaign=campaign)["totals"]["sessions"] == 1
    assert place.ask("sessions", campaign=campaign, **{"from": "2023-03-09"})["totals"]["sessions"] == 0


def test_a_campaign_leaves_out_what_is_outside_its_areas(place: Reported) -> None:
    made = place.stack.ask("reporting", "SELECT area_id FROM area WHERE code = '11689' AND valid_to IS NOT NULL")
    place.stack.do(
        "reporting",
        """INSERT INTO campaign (campaign_id, name, kind, areas, services, starts_on, ends_on, daily_report,
                                 reporting_level, closed_on)
           VALUES (%s, 'Riêng Anh Dũng', 'campaign', %s, '{vneid_activation}', '2023-03-01', '2023-03-31', false,
                   'ward', '2023-03-09')""",
        OF_ONE_WARD, [made[0][0]],
    )  # fmt: skip
    try:
        for borders in ("then", "now"):
            assert place.ask("tallies", campaign=OF_ONE_WARD, as_of=borders)["totals"]["assists"] == 5
            assert place.ask("sessions", campaign=OF_ONE_WARD, as_of=borders)["totals"]["sessions"] == 0
            assert place.ask("feedback", campaign=OF_ONE_WARD, as_of=borders)["totals"]["raised"] == 0
            assert place.ask("evidence", campaign=OF_ONE_WARD, as_of=borders)["totals"]["assists"] == 5
        place.stack.do("reporting", "UPDATE campaign SET closed_on = %s WHERE campaign_id = %s", DAY, OF_ONE_WARD)
        assert (
            place.ask("tallies", campaign=OF_ONE_WARD, **ALL)["totals"]["assists"] == 0
        )  # it has no such day any more
    finally:
        place.stack.do("reporting", "DELETE FROM campaign WHERE campaign_id = %s", OF_ONE_WARD)


OF_ONE_WARD = "11111111-0000-4000-8000-000000000001"


def test_a_campaign_that_is_not_known_is_named(place: Reported) -> None:
    answer = place.get("tallies", campaign="00000000-0000-4000-8000-000000000000")

    assert answer.status_code == 422
    assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [("campaign", "unknown_campaign")]


# -- who may ask, and what -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["hours", "hours.csv", "hours.xlsx"])
@pytest.mark.parametrize("how", [{"group_by": "volunteer"}, {"volunteer": "00000000-0000-4000-8000-000000000000"}])
def test_by_volunteer_is_told_only_to_whom_it_is_allowed(place: Reported, path: str, how: dict[str, str]) -> None:
    refused, allowed = place.get(path, **how, **ALL), place.get(path, PEOPLE, **how, **ALL)

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "reports:volunteers" in refused.json()["detail"]
    assert allowed.status_code == 200


def test_hours_by_volunteer_are_by_id(place: Reported) -> None:
    (row,) = place.ask("hours", PEOPLE, group_by="volunteer", **ALL)["rows"]

    assert (row["hours"], row["seconds"]) == (1.5, 5400)
    assert set(row) == {"volunteer", *(one.name for one in next(f for f in FAMILIES if f.name == "hours").measures)}


@pytest.mark.parametrize("family", [*FAMILIES, EVIDENCE], ids=lambda family: family.name)
def test_what_a_family_does_not_have_is_refused_by_name(place: Reported, family: Family) -> None:
    unknown = {"colour": "red", "group_by": "helper"}
    fields = {
        error["field"]
        for name, value in unknown.items()
        for error in place.get(family.name, **{name: value}).json()["errors"]
    }
    assert fields == set(unknown)
    assert place.get(family.name, as_of="yesterday").json()["errors"][0]["field"] == "as_of"
    if family.is_of_day:
        assert place.get(family.name, **{"from": DAY}).json()["errors"][0]["field"] == "from"


def test_a_parameter_that_is_given_twice_is_refused(place: Reported) -> None:
    for path in ("tallies", "tallies.csv", "evidence"):
        twice: dict[str, Any] = {"from": [DAY, "2023-03-09"]}
        answer = place.get(path, **twice)

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "from")


# -- files ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("borders", ["then", "now"])
@pytest.mark.parametrize("family", [*FAMILIES, EVIDENCE], ids=lambda family: family.name)
def test_both_files_have_the_rows_of_the_answer(place: Reported, family: Family, borders: str) -> None:
    query = days_of(family) | {"as_of": borders, "lang": "en"}
    groups = [group for group in family.groups if group not in family.always_by]
    query |= {"group_by": ",".join(groups)} if groups else {}
    told = place.ask(family.name, PEOPLE, **query)["rows"]

    lines = list(csv.reader(io.StringIO(place.get(f"{family.name}.csv", PEOPLE, **query).content.decode("utf-8-sig"))))
    answer = place.get(f"{family.name}.xlsx", PEOPLE, **query)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()

    columns = family.shown(family.grouped(groups)) + ([COLUMNS["is_apportioned"]] if borders == "now" else [])
    assert lines[0] == sheet[0] == [column.en for column in columns]
    assert len(lines) == len(sheet) == len(told) + 1
    for measure in family.measures:
        column = measure.exported
        if column in columns and column.kind == "integer":
            at = lines[0].index(column.en)
            assert [line[at] for line in lines[1:]] == [
                "" if row[measure.name] is None else str(row[measure.name]) for row in told
            ]
            assert [line[at] for line in sheet[1:]] == [
                "" if row[measure.name] is None else row[measure.name] for row in told
            ]


def test_a_file_is_vietnamese_named_by_its_days_and_as_long_as_it_says(place: Reported) -> None:
    answer = place.get("hours.csv", group_by="area", **ALL)

    assert answer.content.decode("utf-8-sig").startswith("Mã đơn vị,Đơn vị,Giờ tình nguyện,")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gio-tinh-nguyen_2023-01-01_2025-12-31.csv"'
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert place.get("hours.xlsx", **ALL).headers["Content-Type"].endswith("spreadsheetml.sheet")


@pytest.mark.parametrize("path", ["feedback", "overdue-feedback"])
@pytest.mark.parametrize(("name", "value"), [("theme", "identity"), ("kind", "question"), ("office", "police_ward")])
def test_feedback_is_filtered_by_what_it_is_grouped_by(place: Reported, path: str, name: str, value: str) -> None:
    days = {"to": "2023-12-31"} | ({"from": DAY} if path == "feedback" else {})

    assert place.ask(path, **{name: value}, **days)["totals"]["overdue"] == 1
    assert place.ask(path, **{name: f"{value},other"}, **days)["totals"]["overdue"] == 1
    assert place.ask(path, **{name: "another"}, **days)["totals"]["overdue"] == 0


# -- lists of a day ------------------------------------------------------------------------------------------------------


def test_who_has_not_reported_is_told_from_20_00_on(place: Reported, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = campaign_of_2023(place)
    asked = {"to": DAY, "campaign": campaign}

    def at_hour(hour: int, minute: int = 0) -> dict[str, Any]:
        moment = dt.datetime(2023, 3, 8, hour, minute, tzinfo=clock.LOCAL_ZONE)
        monkeypatch.setattr(clock, "now", lambda: moment)
        return place.ask("missing-reports", **asked)

    evening, before = at_hour(20), at_hour(19, 59)
    monkeypatch.undo()
    whole = place.ask("completeness", campaign=campaign, **{"from": DAY, "to": DAY})["totals"]

    assert (before["rows"], before["totals"]) == ([], {"missing": None, "is_told": False})
    assert evening["totals"] == {"missing": whole["expected"] - whole["actual"], "is_told": True}
    assert len(evening["rows"]) == evening["totals"]["missing"] > 0
    assert place.ask("missing-reports", to="2100-01-01")["totals"] == {"missing": None, "is_told": False}


# -- why this number -----------------------------------------------------------------------------------------------------


def pages(place: Reported, limit: int, **asked: Any) -> list[Row]:
    found: list[Row] = []
    after: dict[str, str] = {}
    while True:
        page = place.ask("evidence", limit=limit, **after, **asked)
        assert (page["totals"] is None) == bool(after)
        assert len(page["rows"]) <= limit
        found += page["rows"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_pages_tell_every_change_once(place: Reported, limit: int) -> None:
    rows = pages(place, limit, **ALL)

    keys = [(row["day"], row["source"], row["event_id"], row["change"]) for row in rows]
    assert len(set(keys)) == len(keys) == place.ask("evidence", **ALL)["totals"]["changes"]
    (stored,) = place.stack.ask("reporting", "SELECT count(*) FROM evidence")[0]
    assert len(rows) == stored


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"area": "11692", "on": DAY},
        {"area": "11692", "as_of": "now"},
        {"service": "vneid_activation"},
        {"outcome": "failed"},
        {"service": "vneid_activation", "outcome": "completed", "area": "11689", "on": DAY},
    ],
)
def test_single_assists_add_up_to_the_figure(place: Reported, asked: dict[str, str]) -> None:
    types = "assist.recorded,assist.corrected,assist.voided"

    figure = place.ask("tallies", **asked, **ALL)["totals"]["single"]
    found = place.ask("evidence", type=types, **asked, **ALL)

    assert figure > 0
    assert found["totals"]["assists"] == figure
    assert sum(row["assists"] for row in found["rows"]) == figure
    assert found["freshness"] == place.ask("tallies", **ALL)["freshness"]


def test_evidence_of_where_residents_live_is_asked_for_by_place(place: Reported) -> None:
    """One resident of Anh Dũng was helped in Hải Thành."""
    types = {"type": "assist.recorded", "service": "vneid_activation", "on": DAY}

    where = {
        area: [place.ask("evidence", area=area, place=of, **types, **ALL)["totals"]["assists"]
               for of in ("area", "resident_area")]
        for area in ("11689", "11692")
    }  # fmt: skip
    credited = {area: place.ask("credited", area=area, on=DAY, **ALL)["totals"] for area in where}

    assert where["11689"] == [1, 2]
    assert where["11692"][0] == where["11692"][1] + 1
    assert credited["11689"]["keyed"] + credited["11689"]["unkeyed"] == 2


def test_a_correction_takes_away_and_adds(place: Reported) -> None:
    rows = place.ask("evidence", type="assist.corrected", **ALL)["rows"]

    assert [(row["day"], row["change"], row["assists"]) for row in rows] == [
        ("2023-03-08", "taken_away", -1), ("2023-03-09", "added", 1),
    ]  # fmt: skip
    positions = {
        (one["stream"], one["shard"]): one["segment"] for one in place.ask("evidence")["freshness"]["positions"]
    }
    assert all(row["segment"] <= positions[row["stream"], row["shard"]] for row in rows)


def test_evidence_has_no_word_and_no_person(place: Reported) -> None:
    text = place.get("evidence", **ALL).text + place.get("evidence.csv", **ALL).text

    for personal in (
        "031099001234",
        "k1.",
        "Thêm máy",
        "Đề nghị",
        "CHO-HT",
        *place.ids("SELECT volunteer FROM volunteer"),
    ):
        assert personal not in text


@pytest.mark.parametrize("after", ["x", "AAAA", "W10", "WyIyMDIzLTAzLTA4IiwiXHUwMDAwIiwiMCIsMV0", "é"])
def test_a_position_that_no_page_told_is_refused(place: Reported, after: str) -> None:
    answer = place.get("evidence", after=after)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after")
