"""How the reading routes meet a request: who reads and how far, and parameters that mean one thing.

Guarantee: a parameter that is not known or given twice is refused by name; a reader of the sandbox sees the sandbox
only, everyone else never sees it.
"""

from typing import Any

import flask
import flask_smorest
import marshmallow as ma
import sqlalchemy as sa
from webargs.flaskparser import FlaskParser

from services.sessions.directory import Directory
from services.sessions.queries.subjects import View
from services.sessions.queries.waiting import Whose
from services.sessions.reach import Reach
from shared.auth import identity
from shared.problems import FieldError, Problem

READ = ("events:read", "events:sandbox")
RUN = (*READ, "registry:write")


class OnceParser(FlaskParser):
    """Reads each query parameter once."""

    # The schemas decide: unknown parameters are refused.
    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {}

    def load_querystring(self, req: flask.Request, schema: ma.Schema) -> Any:
        twice = [name for name, values in req.args.lists() if len(values) > 1]
        if twice:
            message = "Tham số này được gửi nhiều lần. Vui lòng gửi một lần."
            raise Problem("invalid", errors=[FieldError(name[:80], "repeated", message) for name in twice])
        return super().load_querystring(req, schema)


class Blueprint(flask_smorest.Blueprint):
    ARGUMENTS_PARSER = OnceParser()


class Desk:
    """What the reading routes need: the database, and the book of areas in memory."""

    def __init__(self, engine: sa.Engine, directory: Directory) -> None:
        self.engine = engine
        self.directory = directory

    def reach(self) -> Reach:
        return Reach(self.directory.areas(), identity().areas)

    def view(self) -> View:
        return View(self.reach(), is_sandbox())

    def whose(self, client: str | None) -> Whose:
        """One's own events; with `registry:write` those of one client, or of all that count.

        Raises:
            Problem: 403 when another app's are asked for.
        """
        mine = identity().client_id
        if "registry:write" in identity().scopes:
            return Whose(client) if client else Whose(None, is_sandbox=False)
        if client not in (None, mine):
            raise Problem("forbidden", "Chỉ IT phụ trách (registry:write) được xem sự kiện của ứng dụng khác.")
        return Whose(mine)

    def place(self, area: Any) -> dict[str, Any] | None:
        """A ward as it is shown; None where it is not known."""
        known = self.directory.areas().areas.get(area)
        return {"area_id": known.area_id, "code": known.code, "name": known.name} if known else None


def is_sandbox() -> bool:
    """Which side the caller is on, as the intake decides it."""
    scopes = identity().scopes
    return "events:sandbox" in scopes and "events:write" not in scopes


def secured(*scopes: str) -> dict[str, Any]:
    """The `security` of an operation in the OpenAPI document: one of these scopes."""
    return {"security": [{"bearer": [scope]} for scope in scopes]}


def missing(what: str, key: Any) -> Problem:
    """404: nothing of this id that the caller may see; of another ward's things it says no more than that."""
    return Problem("not_found", f"Không có {what} {key} trong phạm vi được xem của ứng dụng này.")
