"""Lists over the API: bringing them in and taking them out, what is refused and how, and that nothing breaks it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from services.registry.imports.columns import VOLUNTEERS
from shared.sheets import MOST_UPLOADED_ROWS, write_csv, write_xlsx
from shared.sheets.over_http import CSV, MOST_BYTES, XLSX
from tests.integration.registry_house import House, open_house
from tests.integration.registry_lists import WARD, expected, with_xuan_hoa
from tests.support.messy_sheet import messy_volunteers
from tests.support.postgres import TestPostgres

NAME, PHONE = "CANARY-Nguyễn Thị Bưởi", "0990000001"
HERE = f"/v1/imports/volunteers?ward={WARD}"


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_xuan_hoa) as opened:
        yield opened


@pytest.fixture
def it(house: House) -> dict[str, str]:
    return house.as_it()


def post(house: House, headers: dict[str, str], path: str, body: bytes, kind: str = XLSX) -> Any:
    return house.web.post(path, data=body, headers=headers | {"Content-Type": kind})


def done(house: House, headers: dict[str, str], path: str, body: bytes, kind: str = XLSX) -> Any:
    answer = post(house, headers, path, body, kind)
    assert answer.status_code == 200, answer.text
    return answer.json


def changes(report: Any) -> tuple[int, int, int, int]:
    counts = report["counts"]
    return counts["created"], counts["changed"], counts["unchanged"], counts["refused"]


def as_csv(*rows: dict[str, Any]) -> bytes:
    return b"".join(write_csv(VOLUNTEERS, rows))


def person(**fields: Any) -> dict[str, Any]:
    return {"full_name": NAME, "phone": PHONE, "kind": "youth"} | fields


def test_a_messy_list_is_rehearsed_imported_and_imported_again(
    house: House, it: dict[str, str], tmp_path: Path
) -> None:
    truth = messy_volunteers(tmp_path / "list.xlsx", 300, 5)
    refused, body, before = expected(truth), (tmp_path / "list.xlsx").read_bytes(), len(house.events())
    new = len(truth) - len(refused)

    rehearsed = done(house, it, f"{HERE}&dry_run=true", body)
    after_rehearsal = len(house.events()), house.ask("SELECT count(*) FROM volunteer")
    first = done(house, it, HERE, body)
    told = len(house.events())
    second = done(house, it, HERE, body)

    assert after_rehearsal == (before, [(0,)])
    assert changes(rehearsed) == changes(first) == (new, 0, 0, len(refused))
    assert (rehearsed["dry_run"], first["dry_run"]) == (True, False)
    found = {row["row"]: sorted((one["field"], one["code"]) for one in row["errors"]) for row in first["refused"]}
    assert found == refused
    assert told == before + new
    assert changes(second) == (0, 0, new, len(refused))
    assert len(house.events()) == told


def test_the_report_says_what_was_understood_and_is_what_the_document_promises(
    house: House, it: dict[str, str], tmp_path: Path
) -> None:
    messy_volunteers(tmp_path / "list.xlsx", 100, 11)

    report = done(house, it, HERE, (tmp_path / "list.xlsx").read_bytes())

    understood = report["understood"]
    assert (understood["sheet"], understood["header_rows"]) == ("DS tổng hợp", [8, 8])
    assert {one["column"]: one["field"] for one in understood["columns"]}["D"] == "phone"
    assert understood["not_understood"] == [{"column": "L", "heading": "Cỡ áo"}]
    assert any("Ghi chú" in one for one in understood["assumed"])
    document = house.web.get("/openapi.json").json
    schema = {"$ref": "#/components/schemas/ImportReport", "components": document["components"]}
    jsonschema.validate(report, schema)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_what_is_taken_out_imports_again_without_a_difference(
    house: House, it: dict[str, str], tmp_path: Path, form: str
) -> None:
    messy_volunteers(tmp_path / "list.xlsx", 200, 6)
    new = changes(done(house, it, HERE, (tmp_path / "list.xlsx").read_bytes()))[0]
    before, kind = len(house.events()), XLSX if form == "xlsx" else CSV

    people = house.web.get(f"/v1/volunteers.{form}?ward={WARD}", headers=it)
    groups = house.web.get(f"/v1/groups.{form}", headers=it)

    for answer in (people, groups):
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert answer.headers["Cache-Control"] == "no-store"
    assert changes(done(house, it, "/v1/imports/volunteers", people.data, kind)) == (0, 0, new, 0)
    assert changes(done(house, it, "/v1/imports/groups", groups.data, kind)) == (0, 0, 30, 0)
    assert len(house.events()) == before


@pytest.mark.parametrize("what", ["volunteers", "groups"])
def test_a_template_is_a_list_without_an_entry(house: House, it: dict[str, str], what: str) -> None:
    template = house.web.get(f"/v1/{what}/template.xlsx", headers=it)

    assert (template.status_code, template.mimetype) == (200, XLSX)
    assert f"/v1/{what}" not in template.headers["Content-Disposition"]
    assert changes(done(house, it, f"/v1/imports/{what}?ward={WARD}", template.data)) == (0, 0, 0, 0)


def test_groups_are_declared_and_corrected(house: House, it: dict[str, str]) -> None:
    text = "Mã tổ,Tên tổ,Số hộ,Nhân khẩu,Số người thuộc diện\ntdp-01,Tổ dân phố số 1,120,430,300\n,Tổ 31,90,,\n"

    first = done(house, it, f"/v1/imports/groups?ward={WARD}", text.encode(), CSV)
    second = done(house, it, f"/v1/imports/groups?ward={WARD}", text.encode(), CSV)

    assert changes(first) == (1, 1, 0, 0)
    assert first["changed"][0]["titles"] == ["Số hộ", "Nhân khẩu", "Số người thuộc diện"]
    assert changes(second) == (0, 0, 2, 0)
    assert house.ask("SELECT households, residents, eligible FROM area WHERE code = 'tdp-01'") == [(120, 430, 300)]
    assert house.ask("SELECT name, households FROM area WHERE code = 'tdp-31'") == [("Tổ 31", 90)]


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"", XLSX, 422, "empty"),
        (b"PK\x03\x04 no workbook", XLSX, 422, "corrupt"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", XLSX, 422, "old_format"),
        ("Tên,Giá\nBàn,1\n".encode(), CSV, 422, "no_header"),
        ("Họ và tên,Chi đoàn\nAn,1\n".encode(), CSV, 422, "missing_columns"),
        (as_csv(person()), "application/json", 415, None),
        (as_csv(person()), "", 415, None),
        (b"x" * (MOST_BYTES + 1), CSV, 413, None),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(
    house: House, it: dict[str, str], body: bytes, kind: str, status: int, code: str | None
) -> None:
    answer = post(house, it, HERE, body, kind)

    assert answer.status_code == status, answer.text
    assert answer.json["detail"]
    assert [one["code"] for one in answer.json.get("errors", [])] == ([code] if code else [])
    assert house.ask("SELECT count(*) FROM volunteer") == [(0,)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("ward=00001", "ward"),
        ("ward=x", "ward"),
        ("on=2026-02-30", "on"),
        ("key=name", "key"),
        ("dry_run=maybe", "dry_run"),
    ],
)
def test_a_wrong_parameter_is_named(house: House, it: dict[str, str], query: str, field: str) -> None:
    answer = post(house, it, f"/v1/imports/volunteers?{query}", as_csv(person()), CSV)

    assert (answer.status_code, [one["field"] for one in answer.json["errors"]]) == (422, [field])


def test_a_list_without_any_ward_is_refused(house: House, it: dict[str, str]) -> None:
    text = f"Họ và tên,Điện thoại\n{NAME},{PHONE}\n"

    answer = post(house, it, "/v1/imports/volunteers", text.encode(), CSV)

    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "missing_ward")


def test_a_list_that_would_take_too_long_is_sent_to_the_command(house: House, it: dict[str, str]) -> None:
    rows = [person(phone=f"09{number:08}") for number in range(MOST_UPLOADED_ROWS + 1)]

    answer = post(house, it, HERE, as_csv(*rows), CSV)

    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "too_many_rows")
    assert "cds import" in answer.json["detail"]
    assert house.ask("SELECT count(*) FROM volunteer") == [(0,)]


def test_of_many_refused_rows_the_first_five_hundred_are_told(house: House, it: dict[str, str]) -> None:
    rows = [person(full_name=f"Nguyễn Văn An {number}", phone="0912", kind="youth") for number in range(600)]

    report = done(house, it, HERE, as_csv(*rows), CSV)

    assert (report["counts"]["refused"], len(report["refused"]), report["is_complete"]) == (600, 500, False)


def test_who_imported_and_why_stands_in_the_audit_and_nothing_of_it_in_events_and_logs(
    house: House, it: dict[str, str], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    report = done(house, it, f"{HERE}&reason=Danh sách tháng 3", as_csv(person()), CSV)

    assert changes(report) == (1, 0, 0, 0)
    [(reason,)] = house.ask("SELECT reason FROM change WHERE kind = 'volunteer' AND action = 'added'")
    assert reason == "Danh sách tháng 3"
    seen = caplog.text + "".join(capfd.readouterr()) + str(house.events())
    assert not [secret for secret in ("CANARY", "Bưởi", "990000001") if secret in seen]


@pytest.mark.parametrize("path", ["/v1/volunteers.xlsx", "/v1/volunteers.csv", "/v1/volunteers/template.xlsx"])
def test_a_ward_app_takes_no_list_out_and_brings_none_in(house: House, path: str) -> None:
    headers = house.as_app(WARD)

    assert house.web.get(path, headers=headers).status_code == 403
    assert post(house, headers, HERE, as_csv(person()), CSV).status_code == 403


def test_no_file_breaks_the_server(house: House, it: dict[str, str]) -> None:
    chance = random.Random(20)
    with write_xlsx(VOLUNTEERS, [person(skills=["VNeID"], birth_year=1990)] * 3) as stream:
        workbook = stream.read()
    seeds = [(workbook, XLSX), (as_csv(person(birth_year=1990), person(ward="Phường Xuân Hòa")), CSV)]

    for number in range(150):
        body, kind = seeds[number % 2]
        mutated = mutate(body, chance)
        for what in ("volunteers", "groups"):
            answer = post(house, it, f"/v1/imports/{what}?ward={WARD}", mutated, kind)
            assert answer.status_code in (200, 413, 422), (number, answer.text)


def mutate(body: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, cut out or doubled."""
    content = bytearray(body)
    for _ in range(chance.randint(1, 12)):
        at, way = chance.randrange(max(1, len(content))), chance.randrange(4)
        if way == 0:
            content[at : at + 1] = bytes([chance.randrange(256)])
        elif way == 1:
            del content[at : at + chance.randint(1, 40)]
        elif way == 2:
            content[at:at] = content[at : at + chance.randint(1, 40)]
        else:
            content[at:at] = chance.choice([b"\x00", b"\xff\xfe", b"\r", b'"', b",,", "Ω".encode(), b"\xed\xa0\x80"])
    return bytes(content)
