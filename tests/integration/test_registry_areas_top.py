"""What stands at the top of a deployment, on either side of the reform: a province, a former district, one ward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cds.registry_commands import CommandError, import_app, import_areas
from services.registry.app import create_app
from tests.integration.registry_house import House, open_house
from tests.support.postgres import TestPostgres

THEN, NOW = "2025-06-30", "2025-07-01"


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres) as opened:
        yield opened


def at_the_top(house: House, code: str) -> House:
    """The same registry under a setting CDS_TOP_AREA."""
    house.close()
    house.settings = replace(house.settings, top_area=code)
    house.app = create_app(house.settings)
    house.web = house.app.test_client()
    return house


def top(house: House, day: str) -> tuple[str, list[str], str]:
    answer = house.web.get(f"/v1/top?on={day}", headers=house.as_app("31"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found["how"], [area["name"] for area in found["items"]], found["reporting_level"]


def test_a_former_district_is_followed_by_the_wards_that_succeed_its_wards(house: House) -> None:
    at_the_top(house, "309")
    report = import_areas(house.settings)

    assert report.areas == 12
    assert top(house, THEN) == ("itself", ["Quận Dương Kinh"], "ward")
    assert top(house, NOW) == ("successors", ["Phường Hưng Đạo", "Phường Dương Kinh"], "ward")
    assert top(house, "2019-12-31") == ("unknown", [], "ward")


def test_a_province_is_the_top_on_both_sides(house: House) -> None:
    at_the_top(house, "31")
    import_areas(house.settings)

    assert top(house, THEN) == ("itself", ["Thành phố Hải Phòng"], "ward")
    assert top(house, NOW) == ("itself", ["Thành phố Hải Phòng"], "ward")


def test_one_ward_is_a_whole_deployment_and_its_groups_report(house: House) -> None:
    at_the_top(house, "11692")
    import_areas(house.settings)

    assert top(house, NOW) == ("itself", ["Phường Dương Kinh"], "residential_group")
    assert top(house, THEN) == ("itself", ["Phường Hải Thành"], "residential_group")
    ward = house.area_id("11692", NOW)
    body = {"parent": ward, "code": "tdp-01", "name": "Tổ 1"}
    assert house.web.post("/v1/areas", json=body, headers=house.as_it()).status_code == 201


def test_a_ward_alone_without_anything_above_is_a_deployment_too(house: House) -> None:
    it = house.as_it()
    new = {"level": "ward", "code": "11692", "name": "Phường Dương Kinh", "valid_from": NOW}

    ward = house.web.post("/v1/areas", json=new, headers=it).json
    made = house.web.post("/v1/areas", json={"parent": ward["area_id"], "code": "tdp-01", "name": "Tổ 1"}, headers=it)

    assert made.status_code == 201, made.text
    told = house.web.get("/v1/top", headers=it).json
    assert (told["how"], [area["code"] for area in told["items"]]) == ("everything", ["11692"])
    assert told["reporting_level"] == "residential_group"


def test_without_a_top_everything_that_is_known_stands_there(house: House) -> None:
    import_areas(house.settings, wards=["11692"])

    assert top(house, NOW) == ("everything", ["Thành phố Hải Phòng"], "ward")


def test_nothing_chosen_and_no_top_is_refused(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="CDS_TOP_AREA"):
        import_areas(house.settings)
    with pytest.raises(CommandError, match="99"):
        import_areas(replace(house.settings, top_area="99"))

    monkeypatch.setenv("CDS_HOME", str(tmp_path))
    monkeypatch.setenv("CDS_REGISTRY_DATABASE_URL", house.url)
    monkeypatch.setenv("CDS_TOP_AREA", "309")
    done = CliRunner().invoke(import_app, ["areas"])
    assert done.exit_code == 0, done.output
    assert house.ask("SELECT count(*) = 12 FROM area") == [(True,)]
