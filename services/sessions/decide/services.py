"""What the catalogue says of a service, and what an event may say of it: outcomes, stalls, quantities, levels.

Guarantee: only what could never be is refused. An assist with an unknown service waits, and is checked when the
service is known; a book's line with an unknown service is taken as it is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from services.sessions.contract import Rejected
from services.sessions.decide.outcome import Pending, wrong
from shared.events import sessions
from shared.events.names import OUTCOMES
from shared.problems import FieldError

# Services that are filed in full or in part; a code that joins them may be sent with its level from then on.
PUBLIC_SERVICES = frozenset({"online_public_service"})


@dataclass(frozen=True, slots=True)
class Service:
    """What a decision needs to know of a service. `unit` is resident, stall or record."""

    unit: str
    may_return: bool = True


Services = Mapping[str, Service]


def check_assist(data: sessions.AssistFields, services: Services) -> Pending | None:
    """Whether the assist waits for its service.

    Raises:
        Rejected: when the service is known, and cannot be reported so.
    """
    service = services.get(data.service)
    if service is None:
        return Pending(f"service:{data.service}")
    _check_outcome("data.outcome", data.service, data.outcome, service)
    _check_unit(data, service.unit)
    return None


def check_tally(data: sessions.TallyRecorded, services: Services) -> None:
    """Raises Rejected when a line says of a known service what cannot be."""
    for index, line in enumerate(data.lines):
        if service := services.get(line.service):
            _check_outcome(f"data.lines[{index}].outcome", line.service, line.outcome, service)


def _check_outcome(field: str, code: str, outcome: str, service: Service) -> None:
    if outcome == "to_return" and not service.may_return:
        _impossible(field, code, outcome)


def _impossible(field: str, code: str, outcome: str) -> NoReturn:
    possible = ", ".join(other for other in OUTCOMES if other != outcome)
    message = f"Nội dung hỗ trợ {code} không có kết quả “{OUTCOMES[outcome].vi}” ({outcome}). Có thể gửi: {possible}."
    raise Rejected("impossible_outcome", f"{field}: {message}", (FieldError(field, "impossible_outcome", message),))


def _check_unit(data: sessions.AssistFields, unit: str) -> None:
    """A stall where stalls are counted, a quantity where records are, a level of public services."""
    if unit == "stall" and data.stall is None:
        wrong("stall", "required", f"Bắt buộc với nội dung hỗ trợ {data.service}: mã hộ kinh doanh (required).")
    if unit != "record" and data.quantity != 1:
        wrong("quantity", "invalid", f"Chỉ dùng khi nhập liệu; với {data.service} mỗi lượt là một sự kiện.")
    if data.service_level is not None and data.service not in PUBLIC_SERVICES:
        wrong("service_level", "invalid", f"Chỉ dùng với dịch vụ công trực tuyến, không dùng với {data.service}.")
