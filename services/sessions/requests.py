"""From an HTTP request to parsed CloudEvents: binary, structured and batch mode, plain or gzip.

Guarantee: bodies are bounded before and after inflation; what cannot be read is a problem detail that says why.
It does not look into the events.
Step 2 of the event path (docs/architecture.md).
"""

import zlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from flask import Request
from gunicorn.http.errors import ParseException

from shared import strict_json
from shared.problems import Problem

MAX_BATCH = 1000
MAX_RATIO = 100
ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time", "dataschema", "traceparent")


@dataclass(frozen=True, slots=True)
class Received:
    """The values of a request, and whether they came as a batch."""

    values: list[Any]
    is_batch: bool
    mode: str


def receive(request: Request, limit: int) -> Received:
    """The CloudEvents of a request.

    Raises:
        Problem: 400, 413 or 415, when the request as a whole cannot be read.
    """
    media_type = request.mimetype
    if media_type == "application/cloudevents-batch+json":
        return Received(_batch(_json(request, limit)), True, "batch")
    if media_type == "application/cloudevents+json":
        return Received([_json(request, limit)], False, "structured")
    if "ce-specversion" in request.headers or "ce-id" in request.headers:
        return Received([_binary(request, limit)], False, "binary")
    raise Problem(
        "unsupported_media_type",
        f"Content-Type “{media_type[:60]}” không dùng được ở đây. Vui lòng gửi application/cloudevents+json, "
        "application/cloudevents-batch+json, hoặc application/json kèm các header ce-*.",
    )


def _batch(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Problem("not_cloudevents", "Một lô phải là một mảng JSON các sự kiện.")
    if len(value) > MAX_BATCH:
        raise Problem(
            "batch_too_large", f"Lô có {len(value)} sự kiện; tối đa {MAX_BATCH}. Vui lòng chia nhỏ.",
            extra={"limit": MAX_BATCH},
        )  # fmt: skip
    return value


def _binary(request: Request, limit: int) -> dict[str, Any]:
    # The official Python package sends none unless datacontenttype is set; it is JSON then.
    if request.mimetype not in ("application/json", ""):
        raise Problem("unsupported_media_type", "Ở chế độ binary, Content-Type phải là application/json.")
    found = {name: request.headers.get(f"ce-{name}") for name in ATTRIBUTES}
    attributes: dict[str, Any] = {name: unquote(value) for name, value in found.items() if value is not None}
    return attributes | {"data": _json(request, limit)}


def _json(request: Request, limit: int) -> Any:
    try:
        return strict_json.loads(_body(request, limit))
    except strict_json.MalformedJson as error:
        raise Problem("malformed_json", str(error)) from error


def _body(request: Request, limit: int) -> bytes:
    body = _sent(request, limit)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "identity":
        return body
    if encoding != "gzip":
        raise Problem(
            "unsupported_media_type", f"Content-Encoding “{encoding[:40]}” không được hỗ trợ; chỉ nhận gzip.",
            headers={"Accept-Encoding": "gzip"},
        )  # fmt: skip
    return _inflate(body, limit)


def _sent(request: Request, limit: int) -> bytes:
    """The bytes of the body, as many as its length says, or all of its chunks up to the limit."""
    if request.content_length is None:
        # werkzeug cuts chunks off at its limit without a word: one byte more shows it.
        request.max_content_length = limit + 1
    try:
        body = request.get_data(cache=False)
    except (OSError, ParseException) as error:  # gunicorn reads the chunks while we do
        raise Problem("malformed_request", "Nội dung không được gửi trọn vẹn (chunked).") from error
    if len(body) > limit:
        raise Problem("body_too_large", f"Nội dung vượt {limit} byte.", extra={"limit": limit})
    if request.content_length not in (None, len(body)):
        raise Problem("malformed_request", f"Nội dung có {len(body)} byte, khác với Content-Length đã báo.")
    return body


def _inflate(body: bytes, limit: int) -> bytes:
    """Inflate at most `limit` bytes; one byte more is a refusal, and is never made."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise Problem("malformed_request", "Nội dung không phải gzip hợp lệ.") from error
    if len(plain) > limit or len(plain) > MAX_RATIO * max(len(body), 1024):
        raise Problem("body_too_large", f"Nội dung sau khi giải nén vượt {limit} byte.", extra={"limit": limit})
    if not inflater.eof or inflater.unused_data:
        raise Problem("malformed_request", "Nội dung gzip bị cắt hoặc thừa.")
    return plain
