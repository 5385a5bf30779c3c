"""How a command refuses: a value by its field, a row that is not there, a version that is not the one seen."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from services.registry.model import Area, Base
from shared.problems import FieldError, Problem

Row = TypeVar("Row", bound=Base)


def row_or_404(session: Session, model: type[Row], key: Any, name: str) -> Row:
    """The row with this key; `name` says in Vietnamese what is missing."""
    row = session.get(model, key)
    if row is None:
        raise Problem("not_found", f"Không có {name} {key}.")
    return row


def same_version(row: Any, expected: int | None) -> None:
    """Refuse a change of a version that the caller has not seen; None asks for no check."""
    if expected is not None and row.version != expected:
        detail = f"Bản hiện nay là số {row.version}, không phải {expected}. Vui lòng tải lại rồi sửa tiếp."
        raise Problem("precondition_failed", detail, headers={"ETag": f'"{row.version}"'})


def refuse(field: str, code: str, message: str) -> Problem:
    return Problem("invalid", errors=[FieldError(field, code, message)])


def area_or_refuse(session: Session, area_id: UUID, field: str) -> Area:
    """The area that a field names."""
    area = session.get(Area, area_id)
    if area is None:
        raise refuse(field, "unknown_area", f"Không tìm thấy đơn vị {area_id}. Vui lòng tra lại ở /v1/areas.")
    return area


def areas_or_refuse(session: Session, area_ids: list[UUID], field: str) -> list[Area]:
    if len(set(area_ids)) != len(area_ids):
        raise refuse(field, "repeated", "Có đơn vị bị lặp lại trong danh sách.")
    return [area_or_refuse(session, area_id, f"{field}[{place}]") for place, area_id in enumerate(area_ids)]
