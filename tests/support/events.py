"""CloudEvents as a ward app of the sample sends them, for tests that speak to the intake."""

from __future__ import annotations

import uuid
from typing import Any

from tests.support.stack import HAI_THANH

DAY = "2023-03-08"
AT = f"{DAY}T19:30:00+07:00"


def event(name: str, data: dict[str, Any], client_id: str = HAI_THANH, **attributes: Any) -> dict[str, Any]:
    """A CloudEvent of a type, for example `assist.recorded`."""
    made = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"/apps/{client_id}",
        "type": f"vn.congdongso.{name}.v1",
        "subject": str(uuid.uuid4()),
        "time": AT,
        "data": data,
    }
    return made | attributes


def assist(client_id: str = HAI_THANH, *, attributes: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    base = {"area": "tdp-03", "service": "vneid_activation", "outcome": "completed"}
    return event("assist.recorded", base | data, client_id, **(attributes or {}))


def correction(subject: str, time: str = AT, **data: Any) -> dict[str, Any]:
    base = {"area": "tdp-03", "service": "vneid_activation", "outcome": "completed", "happened_at": AT,
            "reason_code": "typo"}  # fmt: skip
    return event("assist.corrected", base | data, subject=subject, time=time)


def void(subject: str, time: str = AT) -> dict[str, Any]:
    return event("assist.voided", {"reason_code": "test"}, subject=subject, time=time)


def tally(*lines: tuple[str, str, int], client_id: str = HAI_THANH, **data: Any) -> dict[str, Any]:
    written = [{"service": service, "outcome": outcome, "count": count} for service, outcome, count in lines]
    base = {"area": "tdp-03", "day": DAY, "version": 1, "covers": "unlisted", "lines": written}
    return event("tally.recorded", base | data, client_id)


def feedback(text: str = "Đề nghị hướng dẫn thêm.", **data: Any) -> dict[str, Any]:
    return event("feedback.raised", {"area": "tdp-03", "kind": "question", "theme": "identity", "text": text} | data)


def session(subject: str | None = None, **data: Any) -> dict[str, Any]:
    return event("session.opened", {"area": "tdp-03", "kind": "support"} | data, subject=subject or str(uuid.uuid4()))


def about(subject: str, name: str, time: str = AT, /, **data: Any) -> dict[str, Any]:
    """An event that goes on with a subject."""
    return event(name, data, subject=subject, time=time)
