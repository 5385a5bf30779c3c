"""Volunteers on a real PostgreSQL: their record over time, what is told, what is refused."""

from __future__ import annotations

import importlib
import json
import unicodedata
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.registry.commands.people import NewVolunteer, correct_volunteers, register_volunteers
from services.registry.commands.people_moves import move_volunteers
from services.registry.model import Volunteer
from services.registry.names import fold, fold_sql
from services.registry.store import reading, writing
from shared import clock
from shared.problems import Problem
from tests.integration.registry_house import House, open_house, with_hai_thanh
from tests.integration.registry_people import NEW, NOBODY, OLD, Office, at
from tests.support.postgres import TestPostgres

NAME, PHONE = "CANARY-Nguyễn Thị Bưởi", "0990 000 001"


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_hai_thanh) as opened:
        yield opened


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def test_a_volunteer_is_kept_whole(office: Office) -> None:
    made = office.register(
        NAME,
        phone="+84 (0)990.000.001",
        unit="Chi đoàn 3",
        birth_year=1999,
        skills=["Tin học", "tin hoc", "Dạy học"],
        languages=["Tiếng Anh"],
        joined_on="2026-03-01",
        consent_on="2026-03-01",
        consent_text="v1-2026",
    )

    found = office.get(at(made["volunteer_id"]))

    assert (found["full_name"], found["phone"], found["status"]) == (NAME, "+84990000001", "active")
    assert found["skills"] == ["Tin học", "Dạy học"]
    assert (found["consent_on"], found["consent_text"]) == ("2026-03-01", "v1-2026")
    assert [(one["area_id"], one["placed_on"]) for one in found["placements"]] == [(office.ward, "2026-03-01")]
    assert made["probable_duplicates"] == []


def test_a_correction_says_which_version_it_changes(house: House, office: Office) -> None:
    path = at(office.id(NAME, phone=PHONE))

    blind = house.web.patch(path, json={"unit": "Chi đoàn 3"}, headers=office.headers)
    changed = house.web.patch(path, json={"unit": "Chi đoàn 3"}, headers=office.headers | {"If-Match": '"1"'})
    late = house.web.patch(path, json={"unit": None}, headers=office.headers | {"If-Match": '"1"'})

    assert [one.status_code for one in (blind, changed, late)] == [428, 200, 412]
    assert (changed.headers["ETag"], late.headers["ETag"]) == ('"2"', '"2"')
    assert (changed.json["unit"], changed.json["phone"]) == ("Chi đoàn 3", "+84990000001")


def test_a_correction_is_told_as_the_whole_record_and_only_when_something_changed(house: House, office: Office) -> None:
    who = office.id(NAME, phone=PHONE, birth_year=1999)

    office.change(at(who), {"unit": "Chi đoàn 3", "phone": "0990000002"})
    again = office.change(at(who), {"unit": " Chi đoàn  3", "phone": "+84990000002", "full_name": NAME})
    office.change(at(who), {"birth_year": None})

    common = {"volunteer": who, "kind": "union_member", "unit": "Chi đoàn 3"}
    assert house.told("volunteer.corrected") == [common | {"birth_year": 1999}, common]
    assert again["unit"] == "Chi đoàn 3"
    assert "99000000" not in json.dumps(house.events())


def test_a_volunteer_moves_and_is_where_it_was_on_each_day(house: House, office: Office) -> None:
    group = office.group("tdp-03")
    who = office.id(joined_on="2026-01-01")

    office.change(at(who), {"area_id": group, "on": "2026-05-01", "reason": "Chuyển nhà"}, "moves")
    events = len(house.events())
    office.change(at(who), {"area_id": group, "on": "2026-06-01"}, "moves")

    assert office.get(f"{at(who)}?on=2026-04-30")["area_id"] == office.ward
    assert office.get(f"{at(who)}?on=2026-05-01")["area_id"] == group
    assert house.told("volunteer.moved") == [{"volunteer": who, "area": group, "on": "2026-05-01"}]
    assert len(house.events()) == events
    assert office.history(who)[0]["reason"] == "Chuyển nhà"


def test_who_is_registered_in_a_succeeded_ward_is_in_todays(office: Office) -> None:
    made = office.register(area_id=office.old_ward, joined_on="2023-03-01")

    assert made["area_id"] not in (office.old_ward, None)
    assert office.get(f"{at(made['volunteer_id'])}?on={OLD}")["area_id"] == office.old_ward
    assert [one["placed_on"] for one in office.get(at(made["volunteer_id"]))["placements"]] == [
        "2023-03-01",
        "2025-07-01",
    ]


def test_moves_that_cannot_be_are_refused(house: House, office: Office) -> None:
    path = at(office.id(joined_on="2026-01-01"))
    province = house.area_id("31", NEW)

    def move(**change: Any) -> tuple[str, str]:
        return office.refused(path, {"area_id": office.ward, "on": "2026-05-01"} | change, "moves")

    assert move(on="2025-12-31") == ("on", "before_joining")
    assert move(area_id=NOBODY) == ("area_id", "unknown_area")
    assert move(area_id=province) == ("area_id", "not_a_ward")
    assert office.refused(at(office.id()), {"area_id": office.ward, "on": OLD}, "moves") == ("on", "not_yet_valid")


def test_retiring_and_returning_twice_changes_nothing(house: House, office: Office) -> None:
    who = office.id(joined_on="2026-01-01")

    for _ in range(2):
        office.change(at(who), {"on": "2026-05-01"}, "retirement")
    assert office.get(f"{at(who)}?on=2026-04-30")["status"] == "active"
    assert office.get(f"{at(who)}?on=2026-05-01")["status"] == "retired"
    for _ in range(2):
        office.change(at(who), {"on": "2026-05-20"}, "return")

    assert house.told("volunteer.retired") == [{"volunteer": who, "on": "2026-05-01"}]
    assert house.told("volunteer.returned") == [{"volunteer": who, "on": "2026-05-20"}]
    assert office.get(at(who))["status"] == "active"
    assert [(one["action"], one["after"].get("retired_on")) for one in office.history(who)] == [
        ("changed", None),
        ("changed", "2026-05-01"),
        ("added", None),
    ]


def test_ends_that_cannot_be_are_refused(office: Office) -> None:
    path = at(office.id(joined_on="2026-01-01"))

    assert office.refused(path, {"on": "2025-12-31"}, "retirement") == ("on", "before_joining")
    office.change(path, {"on": "2026-05-01"}, "retirement")
    assert office.refused(path, {"on": "2026-04-30"}, "return") == ("on", "before_retirement")
    assert office.refused(path, {"on": "2199-01-01"}, "return") == ("on", "in_the_future")
    assert office.refused(path, {"joined_on": "2026-05-02"}) == ("joined_on", "after_retirement")


def test_erasing_leaves_the_id_and_no_name_anywhere(house: House, office: Office) -> None:
    who = office.id(NAME, phone=PHONE, skills=["CANARY-vẽ"], birth_year=1999)
    office.change(at(who), {"full_name": f"{NAME} Hai", "phone": "0990000009"})

    office.change(at(who), {"reason": "Theo yêu cầu"}, "erasure")
    version = office.etag(at(who))
    office.change(at(who), {"reason": "Theo yêu cầu"}, "erasure")

    found = office.get(at(who))
    assert (found["status"], found["full_name"], found["phone"], found["skills"]) == ("erased", None, None, [])
    assert (found["birth_year"], office.etag(at(who))) == (1999, version)
    assert house.told("volunteer.erased") == [{"volunteer": who, "on": found["erased_on"]}]
    for (table,) in house.ask("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"):
        stored = str(house.ask(f'SELECT t::text FROM "{table}" AS t'))
        assert not any(secret in stored for secret in ("CANARY", "9900000")), table
    assert "CANARY" not in json.dumps(house.events(), ensure_ascii=False)
    assert [one["action"] for one in office.history(who)] == ["changed", "changed", "added"]


def test_the_erased_cannot_be_changed(office: Office) -> None:
    path = at(office.id())
    office.change(path, {"reason": "Theo yêu cầu"}, "erasure")

    for body, action in (
        ({"unit": "Chi đoàn 3"}, ""),
        ({"area_id": office.ward, "on": NEW}, "moves"),
        ({"on": NEW}, "retirement"),
        ({"on": NEW}, "return"),
        ({"from": office.id()}, "merge"),
    ):
        assert office.change(path, body, action, 410)["code"] == "gone"


BAD: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"full_name": "  "}, {"full_name": "invalid"}),
    ({"full_name": "12 34"}, {"full_name": "invalid"}),
    ({"full_name": "a\u0000b"}, {"full_name": "invalid"}),
    ({"full_name": "x" * 101, "kind": "boss"}, {"full_name": "invalid", "kind": "invalid"}),
    ({"phone": "12345"}, {"phone": "invalid"}),
    ({"phone": 912345678}, {"phone": "invalid"}),
    ({"birth_year": "1999"}, {"birth_year": "invalid"}),
    ({"birth_year": 10**30}, {"birth_year": "invalid"}),
    ({"birth_year": 2099}, {"birth_year": "in_the_future"}),
    ({"birth_year": 1999, "joined_on": "1998-01-01"}, {"joined_on": "before_birth"}),
    ({"joined_on": "9999-12-31"}, {"joined_on": "invalid"}),
    ({"skills": ["a"] * 21}, {"skills": "invalid"}),
    ({"skills": "a"}, {"skills": "invalid"}),
    ({"consent_on": "2026-01-01"}, {"consent_text": "incomplete"}),
    ({"consent_text": "v1"}, {"consent_on": "incomplete"}),
    ({"status": "active", "version": 1}, {"status": "unknown_field", "version": "unknown_field"}),
    ({"merged_into": NOBODY, "erased_on": NEW}, {"merged_into": "unknown_field", "erased_on": "unknown_field"}),
]


@pytest.mark.parametrize(("fields", "expected"), BAD)
def test_wrong_fields_are_all_named(office: Office, fields: dict[str, Any], expected: dict[str, str]) -> None:
    body = {"full_name": "An", "kind": "youth", "area_id": office.ward} | fields

    answer = office.post("/v1/volunteers", body, 422)

    assert {error["field"]: error["code"] for error in answer["errors"]} == expected
    assert "12345" not in str(answer)


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("x")', "@SUM", "-1+2 An", "An\u2028Bình", "O'Brien; DROP TABLE volunteer"]
)
def test_odd_names_are_data(office: Office, name: str) -> None:
    assert office.register(name)["full_name"] == " ".join(name.split())


def test_many_are_registered_at_once_and_each_is_refused_by_itself(house: House, office: Office) -> None:
    ward, taken = UUID(office.ward), uuid4()
    new = [
        NewVolunteer(full_name="Một", kind="youth", area_id=ward, volunteer_id=taken),
        NewVolunteer(full_name="", kind="boss", area_id=ward),
        NewVolunteer(full_name="Ba", kind="youth", area_id=UUID(NOBODY)),
        NewVolunteer(full_name="Bốn", kind="youth", area_id=ward, volunteer_id=taken),
        NewVolunteer(full_name="Năm", kind="youth", area_id=UUID(office.old_ward)),
    ]

    with writing(house.engine) as session:
        made = register_volunteers(session, new)

    assert [isinstance(one, Problem) for one in made] == [False, True, True, True, False]
    assert house.ask("SELECT full_name FROM volunteer ORDER BY full_name") == [("Một",), ("Năm",)]
    assert len(house.told("volunteer.registered")) == 2
    assert house.ask("SELECT count(*) FROM change WHERE kind = 'placement'") == [(3,)]


def test_a_thousand_cost_as_many_statements_as_ten(house: House, office: Office) -> None:
    statements: list[str] = []
    sa.event.listen(house.engine, "before_cursor_execute", lambda *asked: statements.append(asked[2]))
    counts = []

    for number in (10, 1000):
        new = [NewVolunteer(full_name=f"Người {n}", kind="youth", area_id=UUID(office.ward)) for n in range(number)]
        with writing(house.engine) as session:
            made = register_volunteers(session, new)
            people = [one for one in made if isinstance(one, Volunteer)]
            statements.clear()
            assert correct_volunteers(session, [(one, {"unit": "Chi đoàn 3"}) for one in people]) == [True] * number
            assert (
                move_volunteers(session, [(one, UUID(office.ward)) for one in people], clock.today())
                == [False] * number
            )
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert house.ask("SELECT count(*) FROM change WHERE kind = 'volunteer'") == [(2020,)]


def test_the_migration_folds_as_the_program_does(house: House) -> None:
    """Whatever the locale of the database, for every letter of a Vietnamese name."""
    migration = importlib.import_module("services.registry.migrations.versions.0002_people_and_plans")
    names = ["ĐẶNG  Thị Hoà", unicodedata.normalize("NFD", "Nguyễn\u00a0Ưởng"), "Ðỗ\tÝ\u200b", "ＡＮ Bình 50%", ""]
    names += [
        a + b for a in "aăâeêioôơuưyđAĂÂEÊIOÔƠUƯYĐ" for b in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    ]

    folded = house.ask(f"SELECT {migration.FOLD.format('n')} FROM unnest(%s::text[]) AS g(n)", names)
    with reading(house.engine) as session:
        asked = sa.select(fold_sql(sa.func.unnest(sa.literal(names, sa.ARRAY(sa.Text)))))
        queried = session.scalars(asked).all()

    assert [one for (one,) in folded] == [fold(name) for name in names]
    assert queried == [fold(name) for name in names]
