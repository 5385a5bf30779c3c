"""The service catalogue: the shipped services, and those that a deployment adds.

Guarantee: an upsert that changes nothing appends nothing. What a service counts (`unit`, `once`) changes only when the
caller confirms it, since figures and recorded events rest on it. Loading the shipped catalogue again leaves what a
client has changed (docs/decisions/0028-what-changes-of-a-service.md).
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.commands.refusals import seen_or_refuse
from services.registry.journal import Told, subject_of, tell
from services.registry.model import Change, Service
from services.registry.reference import rows
from shared.events.registry import ServiceDeclared
from shared.problems import FieldError, Problem

COUNTS = ("unit", "once")


def declare_services(session: Session) -> int:
    """Declare the services of the shipped catalogue that are new or changed in it; how many they were."""
    theirs = changed_by_clients(session, "service")
    return sum(put_service(session, code, content) for code, content in _shipped() if code not in theirs)


def _shipped() -> list[tuple[str, dict[str, Any]]]:
    return [
        (
            row["code"],
            {
                "name_vi": row["name_vi"],
                "name_en": row["name_en"],
                "pillars": row["pillars"].split(),
                "unit": row["unit"],
                "once": row["once"] == "true",
                "due_days": int(row["due_days"]) if row["due_days"] else None,
                "may_return": row["may_return"] == "true",
            },
        )
        for row in rows("services.csv")
    ]


def changed_by_clients(session: Session, kind: str) -> set[str]:
    """The codes whose row was added or changed by somebody else than the operator's own commands."""
    query = sa.select(Change.subject).where(Change.kind == kind, ~sa.func.starts_with(Change.actor, "operator:"))
    return set(session.scalars(query))


def add_service(session: Session, code: str, content: Mapping[str, Any]) -> Service:
    if session.get(Service, code):
        raise Problem("already_exists", f"Đã có nội dung hỗ trợ {code}. Vui lòng sửa bằng PATCH hoặc PUT.")
    put_service(session, code, content)
    return session.get_one(Service, code)


def put_service(session: Session, code: str, content: Mapping[str, Any]) -> bool:
    """Declare a service, or what it is now; whether that is new. Nothing is asked: the caller is the operator."""
    service = session.get(Service, code)
    if service is None:
        service = Service(code=code, **content)
        session.add(service)
    elif not (changed := differences(service, content)):
        return False
    else:
        for name, value in changed.items():
            setattr(service, name, value)
    tell(session, [_told(service)])
    return True


def change_service(
    session: Session, service: Service, content: Mapping[str, Any], *, expected: int | None, is_confirmed: bool
) -> bool:
    """Change what is given of a service; whether anything changed.

    Raises:
        Problem: when the version is not the one seen, or what it counts would change without being confirmed.
    """
    changed = differences(service, content)
    if not changed:
        return False
    seen_or_refuse(service, expected)
    if not is_confirmed:
        _refuse_what_is_counted(service, changed)
    return put_service(session, service.code, changed)


def differences(row: Any, content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if getattr(row, name) != value}


def _refuse_what_is_counted(service: Service, changed: Mapping[str, Any]) -> None:
    message = "Số liệu đã ghi dựa vào giá trị này. Nếu chắc chắn muốn đổi, vui lòng gửi thêm “confirm”: true."
    if errors := [FieldError(name, "needs_confirmation", message) for name in COUNTS if name in changed]:
        raise Problem("invalid", f"Cách đếm của {service.code} chỉ đổi khi được xác nhận.", errors=errors)


def _told(service: Service) -> Told:
    event = ServiceDeclared(
        service=service.code,
        name_vi=service.name_vi,
        name_en=service.name_en,
        pillars=service.pillars,  # type: ignore[arg-type]
        unit=service.unit,  # type: ignore[arg-type]
        once=service.once,
        due_days=service.due_days,
        may_return=service.may_return,
    )
    return Told(subject_of("service", service.code), event)
