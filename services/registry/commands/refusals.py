"""How a command refuses a value: by field, in Vietnamese."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.registry.model import Area
from shared.problems import FieldError, Problem


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
