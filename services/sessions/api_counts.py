"""Internal routes for reconciling: the wards in which something stands, and what stands in one, counted.

Guarantee: only for who has the shared secret; an answer covers one ward and at most 92 days, so it is bounded.
"""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, request

from services.sessions.queries import counts
from shared.auth import internal
from shared.database import transaction
from shared.problems import FieldError, Problem

MAX_DAYS = 92


def blueprint(engine: sa.Engine) -> Blueprint:
    """`/internal/v1/counts?ward=…&from=…&to=…` (an id and two days, both included) and `/internal/v1/counts/wards`."""
    routes = Blueprint("counts", __name__, url_prefix="/internal/v1/counts")

    @routes.get("")
    @internal
    def of_ward() -> dict[str, Any]:
        ward, first, last = _asked()
        with transaction(engine) as connection:
            found = counts.counts(connection, ward, first, last)
        return {"rows": [[day.isoformat(), *rest] for day, *rest in found]}

    @routes.get("/wards")
    @internal
    def wards() -> dict[str, Any]:
        with transaction(engine) as connection:
            return {"wards": [str(ward) for ward in counts.wards(connection)]}

    return routes


def _asked() -> tuple[uuid.UUID, dt.date, dt.date]:
    try:
        ward = uuid.UUID(request.args.get("ward", ""))
    except ValueError:
        raise _bad("ward", "Cần mã UUID của một phường, xã.") from None
    first, last = _day("from"), _day("to")
    if not 0 <= (last - first).days < MAX_DAYS:
        raise _bad("to", f"Cần một ngày không trước “from”, và nhiều nhất {MAX_DAYS} ngày.")
    return ward, first, last


def _day(name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        raise _bad(name, "Cần một ngày, ví dụ 2026-03-15.") from None


def _bad(name: str, message: str) -> Problem:
    return Problem("invalid", errors=[FieldError(name, "invalid", message)])
