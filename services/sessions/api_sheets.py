"""`/v1/sheets/…`: a spreadsheet of paper counts or of assists, for wards without an app, and sheets to fill in.

Guarantee: a file of any bytes is taken with a report or refused with a sentence; each row goes through the intake like
any other event, and the same file again counts nothing twice (docs/decisions/0038). A caller writes for its own areas.
Step 2 of the event path (docs/architecture.md).
"""

from typing import Any

from flask import Response

from services.sessions import schemas_sheets as schemas
from services.sessions.doors import Blueprint, is_sandbox, secured
from services.sessions.imports.columns import What
from services.sessions.imports.reading import How, read
from services.sessions.imports.report import shown
from services.sessions.imports.running import carry_out
from services.sessions.imports.templates import send_template
from services.sessions.imports.wanted import Job
from services.sessions.intake import Intake
from services.sessions.places import Caller
from services.sessions.queries.catalogue import service_names
from shared import clock
from shared.auth import identity, requires
from shared.database import transaction
from shared.sheets.over_http import BINARY, BODY, CSV, XLSX, not_kept, uploaded

WRITE = ("events:write", "events:sandbox")
SMALLER = "mỗi ngày chỉ ở một tệp"


def blueprint(intake: Intake) -> Blueprint:
    """The documented routes under /v1."""
    routes = Blueprint("sheets", __name__, url_prefix="/v1", description="Sheets of wards without an app")

    @routes.post("/sheets/tallies")
    @requires(*WRITE)
    @routes.doc(**secured(*WRITE), requestBody=BODY, summary="Upload a sheet of paper counts")
    @routes.arguments(schemas.TalliesQuery, location="query")
    @routes.response(200, schemas.SheetReport)
    def post_tallies(query: dict[str, Any]) -> Any:
        """One count for each day and place; a changed sheet gives the next version of it."""
        return _taken(intake, "tallies", query)

    @routes.post("/sheets/assists")
    @requires(*WRITE)
    @routes.doc(**secured(*WRITE), requestBody=BODY, summary="Upload a sheet of assists, one in each row")
    @routes.arguments(schemas.SheetQuery, location="query")
    @routes.response(200, schemas.SheetReport)
    def post_assists(query: dict[str, Any]) -> Any:
        """Known by day and code, or by content and occurrence; a changed row with a code is a correction."""
        return _taken(intake, "assists", query)

    _add_templates(routes, intake)
    return routes


def _add_templates(routes: Blueprint, intake: Intake) -> None:
    kinds: tuple[What, ...] = ("tallies", "assists")
    for what in kinds:
        for form, kind in (("xlsx", XLSX), ("csv", CSV)):
            _add_template(routes, intake, what, form, kind)


def _add_template(routes: Blueprint, intake: Intake, what: What, form: str, kind: str) -> None:
    @routes.get(f"/sheets/{what}/template.{form}", endpoint=f"template_{what}_{form}")
    @requires(*WRITE)
    @routes.doc(**secured(*WRITE), operationId=f"get_{what}_template_{form}", summary=f"An empty sheet of {what}")
    @routes.response(200, schema=BINARY, content_type=kind)
    def get_template() -> Response:
        return send_template(intake.engine, what, form)


def _taken(intake: Intake, what: What, query: dict[str, Any]) -> Any:
    how = How(query["ward"], query["on"], query.get("covers", "unlisted"))
    with transaction(intake.engine) as connection:
        catalogue = service_names(connection)
    with uploaded(SMALLER) as body:
        sheet = read(body, what, catalogue, how, intake.residents.tokens)
    caller = Caller(identity().client_id, identity().areas)
    job = Job(intake, caller, how, clock.now(), is_dry=query["dry_run"], is_sandbox=is_sandbox())
    return not_kept(shown(carry_out(sheet, job)))
