"""Problem details (RFC 9457): the flat catalogue of what can go wrong over HTTP, and the one shape of an error.

Guarantee: every error answer is `application/problem+json` with a stable `type` and `code`, names the value and the
remedy in Vietnamese, and never carries a trace, SQL, a host name or a write-only value.
A 4xx says "do not send this again", a 5xx or 429 with `Retry-After` says "send it again".
Used at step 2 of the event path (docs/architecture.md), and by every other door.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, g, has_request_context, json

NUMBER_OF_A_PERSON = re.compile(r"\d{9,}")  # a citizen number, or the greater part of one


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its path (`data.area`), a stable code, a sentence for people."""

    field: str
    code: str
    message: str

    def as_dict(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code, "message": self.message}


CATALOGUE: dict[str, tuple[int, str]] = {
    "malformed_json": (400, "Nội dung không phải JSON hợp lệ"),
    "malformed_request": (400, "Yêu cầu không hợp lệ"),
    "not_cloudevents": (400, "Không phải CloudEvents 1.0"),
    "unauthenticated": (401, "Chưa xác thực"),
    "forbidden": (403, "Không có quyền"),
    "forbidden_area": (403, "Không được ghi cho đơn vị này"),
    "not_found": (404, "Không tìm thấy"),
    "method_not_allowed": (405, "Phương thức không được hỗ trợ"),
    "id_conflict": (409, "Mã sự kiện đã được nhận với nội dung khác"),
    "ahead_of_source": (409, "Vị trí vượt quá nguồn"),
    "epoch_mismatch": (409, "Kỷ nguyên của luồng đã thay đổi"),
    "already_exists": (409, "Đã có"),
    "merged": (409, "Đã gộp vào bản ghi khác"),
    "gone": (410, "Đã xóa"),
    "body_too_large": (413, "Nội dung quá lớn"),
    "batch_too_large": (413, "Lô sự kiện quá lớn"),
    "unsupported_media_type": (415, "Kiểu nội dung không được hỗ trợ"),
    "precondition_failed": (412, "Đã có người khác thay đổi"),
    "rejected": (422, "Sự kiện không được nhận"),
    "invalid": (422, "Giá trị không hợp lệ"),
    "precondition_required": (428, "Cần nói rõ bản đang sửa"),
    "too_many_requests": (429, "Quá nhiều yêu cầu"),
    "internal_error": (500, "Lỗi máy chủ"),
    "unavailable": (503, "Máy chủ đang bận"),
}


@dataclass
class Problem(Exception):
    """Raise it anywhere below a view; the one handler turns it into the answer."""

    code: str
    detail: str = ""
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.code)

    @property
    def status(self) -> int:
        return CATALOGUE[self.code][0]

    def body(self) -> dict[str, Any]:
        status, title = CATALOGUE[self.code]
        made: dict[str, Any] = {
            "type": f"urn:congdongso:problem:{self.code}",
            "title": title,
            "status": status,
            "code": self.code,
        }
        if self.detail:
            made["detail"] = self.detail
        if self.errors:
            made["errors"] = [error.as_dict() for error in self.errors]
        if has_request_context() and "request_id" in g:
            made["request_id"] = g.request_id
        return made | dict(self.extra)

    def response(self) -> Response:
        answer = Response(json.dumps(self.body(), ensure_ascii=False), self.status)
        answer.content_type = "application/problem+json"
        answer.headers.update(self.headers)
        return answer


def unavailable(seconds: int = 30) -> Problem:
    """The answer when the service cannot do its work right now; the sender keeps its data and comes back."""
    detail = f"Máy chủ đang bận. Số liệu trên máy vẫn còn; vui lòng gửi lại sau {seconds} giây."
    return Problem("unavailable", detail, headers={"Retry-After": str(seconds)})


def flatten(messages: Any, prefix: str = "") -> list[FieldError]:
    """marshmallow's nested messages as a flat list of field errors."""
    if isinstance(messages, Mapping):
        nested = [flatten(inner, _join(prefix, without_numbers(str(key)))) for key, inner in messages.items()]
        return [error for part in nested for error in part]
    found = messages if isinstance(messages, list) else [messages]
    return [FieldError(prefix, _code_of(str(message)), str(message)) for message in found]


def without_numbers(text: str) -> str:
    """What a sender wrote, to be told back, without what may be the number of a person in a wrong place."""
    return NUMBER_OF_A_PERSON.sub("…", text)


def _join(prefix: str, key: str) -> str:
    if key == "_schema":
        return prefix
    if key.isdecimal():
        return f"{prefix}[{key}]"
    return f"{prefix}.{key}" if prefix else key


def _code_of(message: str) -> str:
    if "(required)" in message or message.startswith("required"):
        return "required"
    if "(unknown field)" in message:
        return "unknown_field"
    if "thiếu múi giờ" in message:
        return "time_without_offset"
    return "invalid"
