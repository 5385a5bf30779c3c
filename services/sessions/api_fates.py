"""`/v1/pending` and `/v1/refused`: accepted events that wait, and refused ones, with the reasons.

Guarantee: a caller sees its own; with `registry:write` those of all apps that count. Nothing of an event's content.
"""

from typing import Any

from services.sessions import schemas_fates as schemas
from services.sessions.doors import RUN, Blueprint, Desk, secured
from services.sessions.queries import refused, waiting
from shared import clock
from shared.auth import requires
from shared.database import transaction


def blueprint(desk: Desk) -> Blueprint:
    """The documented routes under /v1."""
    routes = Blueprint("fates", __name__, url_prefix="/v1", description="Events that wait, and refused ones")
    _add_pending(routes, desk)
    _add_refused(routes, desk)
    return routes


def _add_pending(routes: Blueprint, desk: Desk) -> None:
    @routes.get("/pending")
    @routes.doc(**secured(*RUN))
    @requires(*RUN)
    @routes.arguments(schemas.WaitingQuery, location="query")
    @routes.response(200, schemas.WaitingPage, example=schemas.WAITING_EXAMPLE)
    def list_pending(query: dict[str, Any]) -> dict[str, Any]:
        """What waits for something else to arrive: by ward and age (all of it), and one by one, the oldest first."""
        whose, now = desk.whose(query["client"]), clock.now()
        with transaction(desk.engine) as connection:
            wards = waiting.by_ward(connection, whose, now)
            page = waiting.one_by_one(connection, whose, query["after"], query["limit"])
        items = [
            _shown(
                desk, one, "waits_for_text", "refused_text", age_seconds=int((now - one.accepted_at).total_seconds())
            )
            for one in page.items
        ]
        return {"wards": [_shown(desk, ward) for ward in wards], "items": items, "next": page.next}


def _add_refused(routes: Blueprint, desk: Desk) -> None:
    @routes.get("/refused")
    @routes.doc(**secured(*RUN))
    @requires(*RUN)
    @routes.arguments(schemas.RefusedQuery, location="query")
    @routes.response(200, schemas.RefusedPage, example=schemas.REFUSED_EXAMPLE)
    def list_refused(query: dict[str, Any]) -> dict[str, Any]:
        """Refused events, the newest first, as far as they are kept (30 days, 1,000 of an app)."""
        whose = desk.whose(query["client"])
        with transaction(desk.engine) as connection:
            page = refused.newest(connection, whose, query["code"], query["after"], query["limit"])
        return {"items": [_shown(desk, one, "code_text") for one in page.items], "next": page.next}

    @routes.get("/refused/summary")
    @routes.doc(**secured(*RUN))
    @requires(*RUN)
    @routes.arguments(schemas.RefusedSummaryQuery, location="query")
    @routes.response(200, schemas.RefusedSummary, example=schemas.SUMMARY_EXAMPLE)
    def sum_refused(query: dict[str, Any]) -> dict[str, Any]:
        """Which app sends what wrong: refused events by day, app, ward and reason."""
        whose = desk.whose(query["client"])
        with transaction(desk.engine) as connection:
            found, is_complete = refused.summary(connection, whose, query["code"], query["limit"])
        return {"items": [_shown(desk, one, "code_text") for one in found], "is_complete": is_complete}


def _shown(desk: Desk, row: Any, *computed: str, **more: Any) -> dict[str, Any]:
    """A row with its ward in words."""
    names = (*row.__dataclass_fields__, *computed)
    return {name: getattr(row, name) for name in names} | {"ward": desk.place(row.ward_id)} | more
