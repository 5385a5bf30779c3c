"""Reporting's routes: load the question, ask, dump the answer. No SQL here.

Step 9 of the event path (docs/architecture.md).
"""

from typing import Any

import sqlalchemy as sa
from flask import Response
from flask_smorest import Blueprint

from services.reporting import queries, spreadsheet
from services.reporting.queries import TallyQuery
from services.reporting.schemas import TalliesSchema, TallyQuerySchema
from shared import clock
from shared.areas import AreaCache
from shared.auth import requires
from shared.database import transaction


def blueprint(engine: sa.Engine, areas: AreaCache) -> Blueprint:
    """The documented routes under /v1."""
    routes = Blueprint("tallies", __name__, url_prefix="/v1", description="Figures")

    @routes.get("/tallies")
    @requires("reports:read")
    @routes.arguments(TallyQuerySchema, location="query", unknown=None)  # as the schema says: refused
    @routes.response(200, TalliesSchema)
    def get_tallies(asked: dict[str, Any]) -> dict[str, Any]:
        """Assists (single and paper) by day, area, service, outcome and age band."""
        query = _query(asked, areas)
        with transaction(engine) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return {
                "rows": queries.tallies(connection, query),
                "totals": queries.totals(connection, query),
                "freshness": queries.freshness(connection),
            }

    @routes.get("/tallies.csv")
    @requires("reports:read")
    @routes.arguments(TallyQuerySchema, location="query", unknown=None)  # as the schema says: refused
    @routes.alt_response(200, content_type="text/csv", description="The same figures as CSV")
    def get_tallies_csv(asked: dict[str, Any]) -> Response:
        """The same figures as a CSV file for Excel."""
        query = _query(asked, areas)
        with transaction(engine) as connection:
            rows = queries.tallies(connection, query)
        name = f"luot-ho-tro_{query.first_day}_{query.last_day}.csv"
        return Response(
            spreadsheet.lines(rows, query.group_by, asked["lang"]),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return routes


def _query(asked: dict[str, Any], areas: AreaCache) -> TallyQuery:
    first = asked.get("first_day") or asked.get("last_day") or clock.today()
    last = asked.get("last_day") or first
    area = asked.get("area")
    return TallyQuery(
        first,
        last,
        tuple(group for group in queries.GROUPS if group in asked["group_by"]),
        queries.find_area(areas.current(), area, asked.get("on") or last) if area else None,
        asked.get("level"),
        {name: asked[name] for name in ("service", "outcome", "age_band") if asked.get(name)},
    )
