"""Rehearsing a succession, over the API and on the command line: it says what would move, and writes nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from typer.testing import CliRunner, Result

from deploy.cds import area_operations
from deploy.cds.area_commands import app
from deploy.cds.registry_commands import CommandError, import_app, load_catalogue
from services.registry.model import Campaign, Target
from services.registry.store import writing
from shared.database import migrate
from tests.integration.areas_ward import LAST, LATER, NEXT, Ward, everything
from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.support.postgres import TestPostgres


@pytest.fixture
def house(postgres: TestPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        monkeypatch.setenv("CDS_HOME", str(tmp_path))
        monkeypatch.setenv("CDS_REGISTRY_DATABASE_URL", opened.url)
        monkeypatch.setenv("CDS_REPORTING_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
        yield opened


@pytest.fixture
def ward(house: House) -> Ward:
    return Ward(house, house.as_it())


def reporting(url: str) -> None:
    """An empty reporting database, made once and copied."""
    migrate("reporting", url)


def run(*words: str, answer: str = "") -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(words), input=answer)


def split(ward: Ward) -> dict[str, Any]:
    """11692 into two new wards, with a group and a venue that go to the lesser one."""
    main, other = ward.ward("99001"), ward.ward("99002")
    venue = str(ward.things(ward.id)["venue"])
    ward.things(ward.groups[0])
    to = [
        {"area_id": main, "is_main": True},
        {"area_id": other, "groups": ward.groups[:1], "venues": [venue]},
    ]
    return {"on": NEXT, "kind": "split", "from": [ward.id], "to": to}


def test_a_rehearsal_says_what_moves_and_changes_nothing(ward: Ward) -> None:
    load_catalogue(ward.house.settings)
    ward.house.as_app("11692")
    body = split(ward)
    with writing(ward.house.engine) as session:
        campaign = Campaign(
            campaign_id=uuid4(),
            name="Tháng Thanh niên",
            kind="youth_month",
            areas=[ward.get(f"/v1/areas/{ward.id}")["area_id"]],
            services=[],
            starts_on=dt.date(2027, 3, 1),
            ends_on=dt.date(2027, 3, 31),
            daily_report=False,
            reporting_level="ward",
        )
        session.add(campaign)
        session.flush()
        session.add(
            Target(
                campaign_id=campaign.campaign_id,
                area_id=ward.id,
                service="vneid_activation",
                version=1,
                as_of=dt.date(2026, 12, 1),
                source="Công an",
                eligible=10,
                already_done=1,
                excluded=0,
                goal=10,
            )
        )
    before = everything(ward.house)

    told = ward.post("/v1/successions?dry_run=true", 200, **body)

    assert everything(ward.house) == before
    assert [area["code"] for area in told["ends"]] == ["11692"]
    shown = {
        move["to"]["code"]: (
            [group["code"] for group in move["groups"]],
            move["volunteers"],
            move["teams"],
            move["venues"],
        )
        for move in told["moves"]
    }
    assert shown == {"99001": (["tdp-02", "tdp-03"], 1, 1, 0), "99002": (["tdp-01"], 1, 1, 2)}
    assert told["totals"] == {"groups": 3, "volunteers": 2, "teams": 2, "venues": 2}
    assert [client["name"] for client in told["clients"]] == ["Ứng dụng"]
    assert [one["name"] for one in told["campaigns"]] == ["Tháng Thanh niên"]
    assert [(one["area"]["code"], one["service"]) for one in told["targets"]] == [("11692", "vneid_activation")]
    (ambiguous,) = told["ambiguous"]
    assert ambiguous | {"message": ""} == {
        "code": "by_default",
        "message": "",
        "groups": 2,
        "volunteers": 1,
        "teams": 1,
        "venues": 0,
    }

    ward.post("/v1/successions", **body)
    assert ward.post("/v1/successions?dry_run=true", 200, **body)["is_known"] is True


def test_a_rehearsal_counts_no_merged_record_and_nobody_who_serves_no_more(ward: Ward) -> None:
    main, other = ward.ward("99001"), ward.ward("99002")
    for area in (ward.id, ward.groups[0]):
        people = [str(ward.things(area)["volunteer"]) for _ in range(5)]
        stays, merged, retired, later, erased = people
        act(ward, f"/v1/volunteers/{stays}", "merge", {"from": merged})
        act(ward, f"/v1/volunteers/{retired}", "retirement", {"on": NEXT})
        act(ward, f"/v1/volunteers/{later}", "retirement", {"on": LATER})
        act(ward, f"/v1/volunteers/{erased}", "erasure", {"reason": "Theo đề nghị"})
        gone = ward.things(area)
        act(ward, f"/v1/volunteers/{gone['volunteer']}", "retirement", {"on": LAST})
        act(ward, f"/v1/teams/{gone['team']}", "dissolution", {"on": NEXT})
        act(ward, f"/v1/venues/{gone['venue']}", "closure", {"on": NEXT})
    to: list[dict[str, Any]] = [{"area_id": main, "is_main": True}, {"area_id": other, "groups": ward.groups[:1]}]

    told = ward.post("/v1/successions?dry_run=true", 200, on=NEXT, kind="split", **{"from": [ward.id]}, to=to)

    assert told["totals"] == {"groups": 3, "volunteers": 4, "teams": 10, "venues": 10}
    assert [(one["volunteers"], one["teams"], one["venues"]) for one in told["moves"]] == [(2, 5, 5), (2, 5, 5)]
    (by_default,) = told["ambiguous"]
    assert (by_default["volunteers"], by_default["teams"], by_default["venues"]) == (2, 5, 5)
    ward.succeed(ward.id, to)
    assert ward.where(UUID(retired), NEXT) == ward.groups[0]
    assert ward.where(gone["team"], NEXT) == ward.groups[0]


def act(ward: Ward, path: str, action: str, body: dict[str, Any]) -> None:
    seen = ward.house.web.get(path, headers=ward.it)
    answer = ward.house.web.post(f"{path}/{action}", json=body, headers=ward.it | {"If-Match": seen.headers["ETag"]})
    assert answer.status_code == 200, answer.text


def test_a_rehearsal_is_refused_as_the_declaration_is(ward: Ward) -> None:
    body = split(ward) | {"on": "2025-07-01"}

    answers = [ward.post(f"/v1/successions{how}", 422, **body) for how in ("", "?dry_run=true")]

    assert answers[0]["errors"] == answers[1]["errors"]
    assert ward.post("/v1/successions?dry_run=1", 422, **body)["errors"][0]["field"] == "dry_run"


def test_a_rehearsal_tells_of_codes_borne_twice_and_of_groups_carried_on(ward: Ward) -> None:
    neighbour = ward.house.area_id("11689", "2026-03-15")
    ward.group("tdp-01", ward=neighbour)
    first, last = ward.ward("99001"), ward.ward("99002", LATER)
    ward.succeed(first, [{"area_id": last}], on=LATER, kind="rename")

    told = ward.post(
        "/v1/successions?dry_run=true",
        200,
        **{"on": NEXT, "kind": "merge", "from": [ward.id, neighbour], "to": [{"area_id": first}]},
    )

    assert [(one["code"], one["groups"]) for one in told["ambiguous"]] == [("same_code", 2)]
    assert "tdp-01" in told["ambiguous"][0]["message"]
    assert {(one["on"], one["to"]["code"]) for one in told["later"]} == {(LATER, "99002")}
    assert len(told["later"]) == 4


# -- on the command line ---------------------------------------------------------------------------------------------


@pytest.fixture
def file(ward: Ward, tmp_path: Path) -> Path:
    """A file with codes in place of ids."""
    body = split(ward) | {"from": ["11692"], "reason": "Nghị quyết sắp xếp"}
    body["to"] = [
        {"area_id": "99001", "is_main": True},
        {"area_id": "99002", "groups": ["11692/tdp-01"], "venues": body["to"][1]["venues"]},
    ]
    path = tmp_path / "split.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


def test_a_file_is_rehearsed_and_nothing_is_written(ward: Ward, file: Path) -> None:
    before = everything(ward.house)

    shown = run("succeed", str(file), "--dry-run")
    told = run("succeed", str(file), "--dry-run", "--json")

    assert shown.exit_code == told.exit_code == 0, shown.output
    assert everything(ward.house) == before
    for part in ("Chia tách từ ngày 1/1/2027", "Phường Dương Kinh (11692)", "2: tdp-02, tdp-03", "Chưa ghi gì."):
        assert part in shown.output
    assert "cơ sở dữ liệu của reporting không trả lời" in shown.output
    report = json.loads(told.stdout)
    assert (report["totals"]["groups"], report["sessions"], report["declared"]) == (3, None, False)


def test_a_file_is_declared_after_it_was_shown(ward: Ward, file: Path) -> None:
    refused = run("succeed", str(file), answer="n\n")
    assert refused.exit_code == 1
    assert ward.above(ward.groups[0], NEXT) == ward.id

    done = run("succeed", str(file), answer="y\n")

    assert done.exit_code == 0, done.output
    assert "Đã khai." in done.output
    main, other = ward.house.area_id("99001", NEXT), ward.house.area_id("99002", NEXT)
    assert [ward.above(group, NEXT) for group in ward.groups] == [other, main, main]
    assert [ward.above(group, LAST) for group in ward.groups] == [ward.id] * 3
    ((actor, reason),) = ward.house.ask(
        "SELECT DISTINCT actor, reason FROM change WHERE kind = 'area_succession' AND reason IS NOT NULL"
    )
    assert actor.startswith("operator:")
    assert reason == "Nghị quyết sắp xếp"
    events = len(ward.house.events())
    again = run("succeed", str(file), "--yes")
    assert (again.exit_code, "Không cần ghi gì." in again.output) == (0, True), again.output
    assert len(ward.house.events()) == events


def test_what_has_changed_since_it_was_rehearsed_is_not_declared(ward: Ward, file: Path) -> None:
    settings = replace(ward.house.settings, database_urls={"registry": ward.house.url})
    rehearsed = area_operations.rehearse(settings, file)
    ward.things(ward.id)
    before = everything(ward.house)

    with pytest.raises(CommandError, match="đã đổi"):
        area_operations.declare(settings, rehearsed)

    assert everything(ward.house) == before
    area_operations.declare(settings, area_operations.rehearse(settings, file))
    assert ward.above(ward.groups[0], NEXT) == ward.house.area_id("99002", NEXT)


def test_the_sessions_of_the_ward_are_counted_where_reporting_keeps_them(
    ward: Ward, file: Path, postgres: TestPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.fresh_database(reporting)
    monkeypatch.setenv("CDS_REPORTING_DATABASE_URL", url)
    with psycopg.connect(url) as connection:
        for day, count in (("2026-12-01", 3), (NEXT, 2)):
            connection.execute(
                """INSERT INTO session (session_id, day, ward_id, area_id, kind, opened_at, services, partners, present,
                                        attendees, households_visited, left_waiting)
                   SELECT gen_random_uuid(), %s::date, %s, %s, 'support', %s::date, '{}', '{}', '{}', 0, 0, 0
                     FROM generate_series(1, %s)""",
                [day, ward.id, ward.groups[0], day, count],
            )

    told = run("succeed", str(file), "--dry-run", "--json")

    assert json.loads(told.stdout)["sessions"] == {"opened": 5, "opened_from_the_day_on": 2}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "JSON"),
        (b"[]", "JSON"),
        (b"{}", "on: "),
        (b'{"on": "2027-01-01", "kind": "merge", "from": ["77777"], "to": [{"area_id": "11692"}]}', "77777"),
        (b'{"on": "2027-01-01", "kind": "merge", "from": ["11692"], "to": [{"area_id": "11692/tdp-99"}]}', "tdp-99"),
        (b'{"on": "2027-01-01", "kind": "merge", "from": ["11692"], "to": [{"area_id": "x"}]}', "to[0].area_id"),
        (b'{"on": "2027-01-01", "kind": "merge", "from": [5], "to": 7}', "from[0]"),
        (
            b'{"on": "2027-01-01", "kind": "merge", "from": ["11692"], "to": [{"area_id": "31"}]}',
            "cùng cấp",
        ),
    ],
)
def test_a_wrong_file_is_answered_in_one_line(ward: Ward, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_bytes(content)

    result = run("succeed", str(path), "--dry-run")

    assert result.exit_code == 1, result.output
    assert said in result.output
    assert len(result.output.splitlines()) == 1
    assert "Traceback" not in result.output


def test_a_missing_file_and_json_without_a_decision_are_refused(ward: Ward, file: Path, tmp_path: Path) -> None:
    assert run("succeed", str(tmp_path / "none.json"), "--dry-run").exit_code == 1
    assert run("succeed", str(file), "--json").exit_code == 2


def test_an_area_is_declared_by_codes(ward: Ward) -> None:
    made = run("declare", "ward", "99003", "Phường Mới", "--parent", "31", "--from", NEXT, "--json")
    group = run("declare", "residential_group", "kdc-1", "Khu Một", "--parent", "99003", "--label", "khu dân cư")

    assert made.exit_code == group.exit_code == 0, made.output + group.output
    told = ward.house.told("area.declared")[-2:]
    assert [(one["code"], one["valid_from"]) for one in told] == [("99003", NEXT), ("kdc-1", NEXT)]
    assert told[1]["local_label"] == "khu dân cư"
    assert told[1]["parent"] == json.loads(made.stdout)["area_id"]
    wrong = run("declare", "ward", "9", "Phường", "--from", NEXT)
    assert (wrong.exit_code, len(wrong.output.splitlines())) == (1, 1)


def test_an_import_is_rehearsed_and_nothing_is_written(house: House) -> None:
    before = everything(house)

    result = CliRunner().invoke(import_app, ["areas", "--province", "31", "--dry-run", "--json"])

    told = json.loads(result.stdout)
    assert everything(house) == before
    assert told["areas_new"] > 500
    assert told["kinds"].keys() == {"merge", "split", "move", "rename"} & told["kinds"].keys() != set()
    assert sum(told["kinds"].values()) == told["successions_new"] > 50
    done = json.loads(CliRunner().invoke(import_app, ["areas", "--province", "31", "--json"]).stdout)
    assert {name: done[name] for name in ("areas_new", "kinds")} == {
        name: told[name] for name in ("areas_new", "kinds")
    }
