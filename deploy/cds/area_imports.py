"""Importing official areas on both sides of the reform, and their successions; rehearsing that first.

Guarantee: it can be run again and changes only what is missing; a rehearsal writes nothing. What the shipped data does
not tell about the imported areas is listed. At most a thousand rows are written in one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from deploy.cds.registry_operations import CommandError, declare_areas, in_parts, registry
from services.registry.commands import official
from services.registry.commands.official import Outcome
from services.registry.reference import OfficialArea, Selection, country
from services.registry.store import reading, writing
from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import changed, or would change, and what the data does not tell about the imported areas."""

    areas: int
    areas_new: int
    successions: int
    successions_new: int
    dry_run: bool
    kinds: dict[str, int] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)
    without_successor: list[str]
    without_predecessor: list[str]
    without_main: list[str]
    declared_otherwise: list[str]


def import_areas(
    settings: Settings,
    province: str | None = None,
    wards: Iterable[str] = (),
    whole: bool = False,
    dry_run: bool = False,
) -> ImportReport:
    """Import official areas on both sides of the reform, and their successions.

    `province` is a province's code in either state, `wards` are ward codes, `whole` is the country; without any of
    them, what is at or below the top of this deployment.

    Raises:
        CommandError: when a code is not in the shipped data, or nothing is chosen.
    """
    wards = tuple(wards)
    top = "" if province or wards or whole else settings.top_area
    if not (province or wards or whole or top):
        raise CommandError("Chọn --province, --ward hoặc --whole, hoặc đặt CDS_TOP_AREA.")
    with registry(settings) as opened:
        selection = country().select(province, wards, whole=whole, top=top)
        new, outcome = _rehearse(opened, selection) if dry_run else _declare(opened, selection)
        return _report(selection, new, outcome, _declared_otherwise(opened, selection), dry_run)


def _declare(opened: sa.Engine, selection: Selection) -> tuple[int, Outcome]:
    new, whole = declare_areas(opened, selection), Outcome()
    for part in in_parts(selection.successions):
        with writing(opened) as session:
            _add(whole, official.declare_successions(session, part))
    return new, whole


def _rehearse(opened: sa.Engine, selection: Selection) -> tuple[int, Outcome]:
    new, whole = 0, Outcome()
    with reading(opened) as session:
        for areas in in_parts(selection.areas):
            new += official.count_new(session, areas)
        for part in in_parts(selection.successions):
            _add(whole, official.rehearse_successions(session, part))
    return new, whole


def _add(whole: Outcome, part: Outcome) -> None:
    whole.kinds.update(part.kinds)
    whole.moved.update(part.moved)


def _declared_otherwise(opened: sa.Engine, selection: Selection) -> list[str]:
    found = set()
    with reading(opened) as session:
        for part in in_parts(selection.successions):
            found |= official.declared_otherwise(session, part)
    return _named(area for area in selection.areas if area.area_id in found)


def _report(
    selection: Selection, new: int, outcome: Outcome, declared_otherwise: list[str], dry_run: bool
) -> ImportReport:
    return ImportReport(
        areas=len(selection.areas),
        areas_new=new,
        successions=len(selection.successions),
        successions_new=outcome.kinds.total(),
        dry_run=dry_run,
        kinds=_sorted(outcome.kinds),
        moved=_sorted(outcome.moved),
        without_successor=_named(selection.without_successor),
        without_predecessor=_named(selection.without_predecessor),
        without_main=_named(selection.without_main),
        declared_otherwise=declared_otherwise,
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _named(areas: Iterable[OfficialArea]) -> list[str]:
    return [f"{area.code} {area.name}" for area in areas]
