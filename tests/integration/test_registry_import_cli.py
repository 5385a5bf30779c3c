"""The commands for lists as an operator types them: what is shown, what is written, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.cds.main import app
from shared.sheets import Column, read_sheet
from tests.integration.registry_house import House, open_house
from tests.integration.registry_lists import WARD, listed, with_xuan_hoa
from tests.support.postgres import TestPostgres

HEAD = "STT,Họ và tên,SĐT,Đối tượng,Tổ dân phố,Ghi chú,Cỡ áo"
GOOD = "1,CANARY Nguyễn Văn An,0990000001,Đoàn viên,Tổ 3,tối,L"
BAD = "2,Trần Thị [bold]Bé,không có,Đoàn viên,Tổ 3,,M"


@pytest.fixture
def house(postgres: TestPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[House]:
    with open_house(postgres, with_xuan_hoa) as opened:
        monkeypatch.setenv("CDS_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("CDS_REGISTRY_DATABASE_URL", opened.url)
        monkeypatch.setenv("COLUMNS", "160")
        yield opened


def cds(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_list_is_shown_as_understood_and_then_imported(house: House, tmp_path: Path) -> None:
    path, report = listed(tmp_path, HEAD, GOOD, BAD), tmp_path / "report.xlsx"

    done = cds("import", "volunteers", path, "--ward", WARD, "--report", report)

    assert done.exit_code == 1, done.output
    for said in ("không hiểu, bỏ qua", "(không lưu)", "Cả danh sách: thuộc Phường Xuân Hòa (27139)."):
        assert said in done.output
    assert "thêm mới 1, thay đổi 0, giữ nguyên 0, không nhận 1" in done.output
    assert "Trần Thị [bold]Bé" in done.output
    assert "cột C: Điện thoại" in " ".join(done.output.split())
    rows = list(read_sheet(report, [Column("number", "Dòng", "integer"), Column("result", "Kết quả")]).rows())
    assert [tuple(row.values.values()) for row in rows] == [(2, "thêm mới"), (3, "không nhận")]
    assert report.stat().st_mode & 0o777 == 0o600


def test_status_zero_is_for_a_list_that_is_wholly_in(house: House, tmp_path: Path) -> None:
    path = listed(tmp_path, HEAD, GOOD)

    first, second = (cds("import", "volunteers", path, "--ward", WARD, "--json") for _ in range(2))

    assert first.exit_code == second.exit_code == 0, first.output
    assert json.loads(first.stdout)["counts"]["created"] == 1
    assert json.loads(second.stdout)["counts"]["unchanged"] == 1


def test_names_and_phones_are_in_the_answer_but_in_no_log(
    house: House, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    cds("import", "volunteers", listed(tmp_path, HEAD, GOOD), "--ward", WARD, "--json")

    logged = "".join(capfd.readouterr()) + caplog.text
    assert "CANARY" not in logged
    assert "990000001" not in logged
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file() and b"CANARY" in path.read_bytes()]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["import", "volunteers", "absent.xlsx"], "Không đọc được tệp"),
        (["import", "volunteers", "list.csv"], "Xã/phường"),
        (["import", "volunteers", "list.csv", "--ward", "99999"], "99999"),
        (["import", "volunteers", "list.csv", "--ward", f"{WARD}/tdp-03"], "không phải xã, phường"),
        (["import", "volunteers", "list.csv", "--ward", WARD, "--on", "tomorrow"], "tomorrow"),
        (["import", "volunteers", "list.csv", "--ward", WARD, "--key", "cmnd"], "cmnd"),
        (["import", "volunteers"], "--template"),
        (["import", "groups", "broken.xlsx", "--ward", WARD], "hỏng"),
        (["import", "groups", "list.csv", "--ward", WARD], ""),
        (["export", "volunteers", "-o", "out.doc"], ".xlsx"),
        (["export", "volunteers", "-o", "nowhere/out.csv"], "Không ghi được tệp"),
    ],
)
def test_status_two_is_for_what_could_not_be_tried(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    listed(tmp_path, "Họ và tên,Đối tượng", "Nguyễn Văn An,Đoàn viên")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04broken")
    monkeypatch.chdir(tmp_path)
    before = len(house.events())

    done = cds(*words)

    assert done.exit_code == 2, done.output
    assert says in done.output
    assert "Traceback" not in done.output
    assert len(house.events()) == before


def test_a_database_that_is_away_is_status_two(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_REGISTRY_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")

    done = cds("import", "volunteers", listed(tmp_path, HEAD, GOOD), "--ward", WARD)

    assert done.exit_code == 2
    assert "không trả lời" in done.output


def test_export_and_templates_are_written_for_their_owner_alone(house: House, tmp_path: Path) -> None:
    cds("import", "volunteers", listed(tmp_path, HEAD, GOOD), "--ward", WARD)

    written = {name: tmp_path / name for name in ("people.xlsx", "groups.csv", "people-mau.xlsx", "groups-mau.xlsx")}
    done = [
        cds("export", "volunteers", "--ward", WARD, "-o", written["people.xlsx"]),
        cds("export", "groups", "-o", written["groups.csv"]),
        cds("import", "volunteers", "--template", written["people-mau.xlsx"]),
        cds("import", "groups", "--template", written["groups-mau.xlsx"]),
    ]

    assert [one.exit_code for one in done] == [0, 0, 0, 0]
    assert "Đã ghi 1 dòng" in done[0].output
    assert "Đã ghi 30 dòng" in done[1].output
    assert {path.stat().st_mode & 0o777 for path in written.values()} == {0o600}
    assert cds("import", "volunteers", written["people.xlsx"], "--key", "id").exit_code == 0
    assert cds("import", "groups", written["groups.csv"]).exit_code == 0
