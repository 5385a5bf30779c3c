"""How a command refuses: a value by its field, a row that is not there, a version that is not the one seen."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
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


def known_areas_or_refuse(session: Session, area_ids: Sequence[UUID], field: str) -> dict[UUID, Area]:
    """Many areas at once, by id; every one that is unknown or repeated is named."""
    found = {area.area_id: area for area in session.scalars(sa.select(Area).where(Area.area_id.in_(area_ids)))}
    errors = [
        FieldError(f"{field}[{at}]", "unknown_area", f"Không tìm thấy đơn vị {area_id}. Vui lòng tra ở /v1/areas.")
        for at, area_id in enumerate(area_ids)
        if area_id not in found
    ]
    if errors:
        raise Problem("invalid", errors=errors)
    if len(set(area_ids)) != len(area_ids):
        raise refuse(field, "repeated", "Có đơn vị bị lặp lại trong danh sách.")
    return found


def seen_or_refuse(row: Any, expected: int | None) -> None:
    """An upsert that would change what is there has to say which version it changes, as every change does."""
    if expected is None:
        detail = "Nội dung này đã có và khác. Vui lòng gửi If-Match với ETag của bản đang xem để sửa."
        raise Problem("precondition_required", detail)
    same_version(row, expected)
