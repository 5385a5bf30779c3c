"""Reporting's routes of figures: for each family its rows as JSON, as CSV and as XLSX. No SQL here.

Guarantee: an answer is of one moment, and complete before its first byte is sent; a file is made row by row, so it
takes disk and not memory. Freshness stands in each answer. No name of a person is told; volunteers as ids need the
scope `reports:volunteers`.
Step 9 of the event path (docs/architecture.md).
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import Response

from services.reporting import borders, campaigns, downloads, families_assists, families_plans, families_work, queries
from services.reporting.families import Family, Question
from services.reporting.schemas import answer_schema, query_schema
from shared import clock
from shared.areas import AreaCache
from shared.auth import identity, requires
from shared.database import Connection, transaction
from shared.problems import Problem
from shared.queries_once import Blueprint

FAMILIES = (*families_assists.FAMILIES, *families_work.FAMILIES, *families_plans.FAMILIES)
OF_PEOPLE = "reports:volunteers"


def blueprint(engine: sa.Engine, areas: AreaCache) -> Blueprint:
    """The documented routes under /v1."""
    routes = Blueprint("figures", __name__, url_prefix="/v1", description="Figures")
    for family in FAMILIES:
        _add(routes, family, engine, areas)
    return routes


def _add(routes: Blueprint, family: Family, engine: sa.Engine, areas: AreaCache) -> None:
    asked_by, name = query_schema(family), family.name.replace("-", "_")

    @routes.response(200, answer_schema(family))
    def figures(asked: dict[str, Any]) -> dict[str, Any]:
        with opened(engine, areas, family, asked) as (connection, question):
            return {
                "rows": list(family.rows(connection, question)),
                "totals": family.totals(family, connection, question) if family.totals else {},
                "freshness": queries.freshness(connection),
            }

    figures.__doc__ = f"{family.title}\n\n{family.says}"
    add_route(routes, f"/{family.name}", f"get_{name}", figures, asked_by)
    add_files(routes, family, engine, areas)


def add_files(routes: Blueprint, family: Family, engine: sa.Engine, areas: AreaCache) -> None:
    """The rows of a family as files."""
    asked_by, name = query_schema(family), family.name.replace("-", "_")
    for kind in downloads.KINDS.values():
        add_route(routes, f"/{family.name}.{kind.ending}", f"get_{name}_{kind.ending}",
               _file(routes, family, kind, engine, areas), asked_by)  # fmt: skip


def _file(routes: Blueprint, family: Family, kind: downloads.Kind, engine: sa.Engine, areas: AreaCache) -> Any:
    @routes.alt_response(200, content_type=kind.media_type, description="The rows as a file", schema=kind.schema)
    def file(asked: dict[str, Any]) -> Response:
        with opened(engine, areas, family, asked) as (connection, question):
            return downloads.answer(connection, family, question, kind, asked["lang"])

    file.__doc__ = f"{family.title}, as {kind.ending.upper()}\n\n{family.says}"
    return file


def add_route(routes: Blueprint, path: str, name: str, view: Any, asked_by: Any) -> None:
    """A route under /v1 for those who may read reports, asked by a strict query."""
    view.__name__ = name
    asking = routes.arguments(asked_by, location="query", unknown=None)(view)  # as the schema says: refused
    routes.route(path, methods=["GET"], endpoint=name)(requires("reports:read")(asking))


@contextmanager
def opened(
    engine: sa.Engine, areas: AreaCache, family: Family, asked: dict[str, Any]
) -> Iterator[tuple[Connection, Question]]:
    """A question that is understood and allowed, and a connection of which all is of one moment."""
    question = _question(family, asked, areas)
    _allow({*question.group_by, *question.filters})
    with transaction(engine) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if question.campaign_id is not None:
            campaign = campaigns.find(connection, question.campaign_id)
            if not (asked.get("first_day") or asked.get("last_day") or family.is_of_day):
                question = replace(question, first_day=campaign.first_day, last_day=campaign.last_day)
            if not family.is_of_day:
                question = campaigns.narrowed(question, campaign, family)
        yield connection, question


def _question(family: Family, asked: dict[str, Any], areas: AreaCache) -> Question:
    book = areas.current()
    first = asked.get("first_day") or asked.get("last_day") or clock.today()
    last = asked.get("last_day") or first
    shown = borders.of_today(book, clock.today()) if asked["as_of"] == "now" else borders.THEN
    area = asked.get("area")
    return Question(
        first_day=first,
        last_day=last,
        area_id=queries.find_area(book, area, asked.get("on") or shown.today or last) if area else None,
        level=asked.get("level"),
        group_by=family.grouped(asked.get("group_by", ())),
        filters={name: asked[name] for name in family.filters if asked.get(name)},
        borders=shown,
        campaign_id=asked.get("campaign"),
    )


def _allow(dimensions: Collection[str]) -> None:
    if "volunteer" in dimensions and OF_PEOPLE not in identity().scopes:
        raise Problem("forbidden", f"Mã truy cập này không có quyền {OF_PEOPLE}.")
