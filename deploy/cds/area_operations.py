"""Rehearsing and declaring a succession from a file, as the operator on the machine may.

The file is the body of `POST /v1/successions`, where a code may stand for an id: of a predecessor and of what is below
it by its meaning on the day before, of a successor by its meaning on the day.
Guarantee: a rehearsal writes nothing; what is declared is what was rehearsed, or nothing. Sessions are counted where
reporting keeps them, read-only, and it is said when that cannot be asked.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import marshmallow as ma
import psycopg
from sqlalchemy.orm import Session

from deploy.cds.registry_operations import CommandError, registry
from services.registry.api.successions import declaration
from services.registry.audit import operator
from services.registry.commands import areas, successions
from services.registry.commands.successions_planned import ONE_DAY, Declaration, Plan
from services.registry.queries.areas import area_by_code, at_or_below
from services.registry.queries.rehearsal import rehearsal
from services.registry.schemas.areas import NewArea
from services.registry.schemas.successions import NewSuccession, Rehearsal
from services.registry.store import reading, writing
from shared import strict_json
from shared.problems import flatten
from shared.settings import Settings, SettingsError

CODE = re.compile(r"[0-9]{2,5}(/[a-z][a-z0-9-]{0,31})?")
READ_ONLY = "-c default_transaction_read_only=on -c statement_timeout=10s"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a file would change: for people, for a program, and as it is carried out."""

    report: dict[str, Any]
    plan: Plan
    reason: str | None


def rehearse(settings: Settings, file: Path) -> Rehearsed:
    """What the succession of a file would change.

    Raises:
        CommandError: when the file cannot be read, or the succession is refused.
    """
    body = _body(file)
    with registry(settings) as opened, reading(opened) as session:
        declared, reason = _declaration(session, body)
        planned, is_known = successions.rehearse(session, declared)
        report = Rehearsal().dump(rehearsal(session, planned, is_known))
        concerned = list(session.scalars(at_or_below(*declared.from_ids)))
    return Rehearsed(report | {"sessions": _sessions(settings, concerned, declared.on)}, planned, reason)


def declare(settings: Settings, rehearsed: Rehearsed) -> None:
    """Declare what was rehearsed.

    Raises:
        CommandError: when the registry has changed since, so that something else would follow.
    """
    with registry(settings) as opened, writing(opened, operator(rehearsed.reason)) as session:
        if successions.succeed(session, rehearsed.plan.declaration) != rehearsed.plan:
            raise CommandError("Số liệu registry đã đổi từ lúc diễn tập, nên chưa ghi gì. Vui lòng chạy lại.")


def declare_area(settings: Settings, body: dict[str, Any], parent: str | None, on: dt.date | None) -> dict[str, Any]:
    """Declare an area; `parent` is an id or a code as it is on a day, by default the area's first."""
    with registry(settings) as opened, writing(opened, operator()) as session:
        if parent:
            body = body | {"parent": _id(session, parent, on or dt.date.max, "--parent")}
        area = areas.declare_area(session, areas.NewArea(**_without_reason(_loaded(NewArea(), body))))
        return {"area_id": str(area.area_id), "code": area.code, "name": area.name, "level": area.level}


def _without_reason(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "reason"}


def _body(file: Path) -> dict[str, Any]:
    try:
        found = strict_json.loads(file.read_bytes())
    except OSError as error:
        raise CommandError(f"Không đọc được {file}: {error.strerror}.") from error
    except strict_json.MalformedJson as error:
        raise CommandError(f"{file} không phải JSON hợp lệ: {error}") from error
    if not isinstance(found, dict):
        raise CommandError(f"{file} cần một đối tượng JSON như nội dung của POST /v1/successions.")
    return found


def _declaration(session: Session, body: dict[str, Any]) -> tuple[Declaration, str | None]:
    on = _loaded(NewSuccession(only=["on"], unknown=ma.EXCLUDE), body)["on"]
    before = on - ONE_DAY
    named = dict(body)
    if isinstance(body.get("from"), list):
        named["from"] = [_id(session, one, before, "from") for one in body["from"]]
    if isinstance(body.get("to"), list):
        named["to"] = [_heir(session, one, before, on) for one in body["to"]]
    loaded = _loaded(NewSuccession(), named)
    return declaration(loaded), loaded["reason"]


def _heir(session: Session, heir: Any, before: dt.date, on: dt.date) -> Any:
    if not isinstance(heir, dict):
        return heir
    named = dict(heir)
    if "area_id" in heir:
        named["area_id"] = _id(session, heir["area_id"], on, "to.area_id")
    if isinstance(heir.get("groups"), list):
        named["groups"] = [_id(session, one, before, "to.groups") for one in heir["groups"]]
    return named


def _id(session: Session, reference: Any, on: dt.date, field: str) -> Any:
    """The id for a code; what is no code is left for the schema to judge."""
    if not (isinstance(reference, str) and CODE.fullmatch(reference)):
        return reference
    area = area_by_code(session, reference, on)
    if area is None:
        remedy = "Vui lòng kiểm tra mã; đơn vị mới thì khai trước bằng cds area declare."
        raise CommandError(f"{field}: ngày {on} không có đơn vị nào mang mã {reference}. {remedy}")
    return str(area.area_id)


def _loaded(schema: ma.Schema, body: dict[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ma.ValidationError as error:
        lines = (f"{one.field}: {one.message}" for one in flatten(error.messages))
        raise CommandError(" ".join(lines)) from error
    return loaded


def _sessions(settings: Settings, areas: list[UUID], on: dt.date) -> dict[str, int] | None:
    """Sessions that were opened in these areas, in all and from the day on; None when reporting cannot be asked."""
    try:
        with psycopg.connect(settings.database_url("reporting"), options=READ_ONLY, connect_timeout=3) as connection:
            row = connection.execute(
                """SELECT count(*), count(*) FILTER (WHERE day >= %s)
                     FROM session WHERE ward_id = ANY(%s) OR area_id = ANY(%s)""",
                [on, areas, areas],
            ).fetchone()
    except (psycopg.Error, SettingsError):
        return None
    return {"opened": row[0], "opened_from_the_day_on": row[1]} if row else None
