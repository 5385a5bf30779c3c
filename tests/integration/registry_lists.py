"""A registry for lists: ward 27139, Phường Xuân Hòa, with the thirty groups that the messy list names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deploy.cds import import_operations as operations
from deploy.cds import registry_commands
from deploy.cds.import_operations import What
from services.registry.commands.areas import NewGroup, declare_group
from services.registry.imports.report import Report
from services.registry.queries.areas import area_by_code
from services.registry.store import open_engine, writing
from shared import clock
from shared.database import migrate
from tests.integration.registry_house import House, settings_of
from tests.support.messy_sheet import Truth

WARD = "27139"
KINDS = {"union_officer": "union_cadre", "union_member": "union_member", "young_person": "youth", "student": "student"}
KEYS = {"born": "birth_year", "name": "full_name"}


def with_xuan_hoa(url: str) -> None:
    """A registry of one ward with its groups, made once and copied."""
    migrate("registry", url)
    registry_commands.import_areas(settings_of(url), wards=[WARD])
    engine = open_engine(url, pool_size=1)
    with writing(engine) as session:
        ward = area_by_code(session, WARD, clock.today())
        assert ward
        for number in range(1, 31):
            new = NewGroup(ward_id=ward.area_id, code=f"tdp-{number:02}", name=f"Tổ dân phố số {number}")
            declare_group(session, new)
    engine.dispose()


def expected(truth: list[Truth]) -> dict[int, list[tuple[str, str]]]:
    """The refused rows of the messy list, with field and code of each reason: bad cells, and phones that come again."""
    refused: dict[int, list[tuple[str, str]]] = {}
    phones: set[Any] = set()
    for one in truth:
        if one.errors:
            refused[one.number] = sorted((KEYS.get(key, key), code) for key, code in one.errors.items())
        elif (phone := one.values["phone"].removeprefix("+84").removeprefix("0")) in phones:
            refused[one.number] = [("phone", "repeated")]
        else:
            phones.add(phone)
    return refused


def imported(house: House, source: Path, what: What = "volunteers", **how: Any) -> Report:
    """As the operator's command imports a file."""
    wanted: dict[str, Any] = {"ward": WARD, "on": None, "key": "auto", "dry_run": False} | how
    with operations.prepared(house.settings, what, source, **wanted) as found:
        return found.carry_out()


def listed(folder: Path, head: str, *lines: str) -> Path:
    """A CSV file as an office would save one."""
    path = folder / "list.csv"
    path.write_text("\n".join((head, *lines)), encoding="utf-8")
    return path


def changes(report: Report) -> tuple[int, int, int, int]:
    counts = report.counts()
    return counts["created"], counts["changed"], counts["unchanged"], counts["refused"]


def reasons(report: Report) -> dict[int, list[tuple[str, str]]]:
    """The refused rows with field and code of each reason."""
    return {one.number: sorted((why.key, why.code) for why in one.refusals) for one in report.having("refused")}
