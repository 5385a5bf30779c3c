"""Sheets over HTTP: a file in the body of a request, and a file as an answer.

Guarantee: a body that is no sheet by its type, or is too large, is refused before it is read to its end; what speaks
against a file becomes one problem. No cache keeps what is sent back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import flask
from flask import Response
from werkzeug.exceptions import RequestEntityTooLarge

from shared.problems import FieldError, Problem
from shared.sheets.columns import SheetError
from shared.sheets.guard import UPLOAD_LIMITS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
CSV = "text/csv"
BINARY = {"type": "string", "format": "binary"}
BODY = {"required": True, "content": {kind: {"schema": BINARY} for kind in (XLSX, ODS, CSV)}}

MOST_BYTES = UPLOAD_LIMITS.file_bytes
TOO_LARGE = f"Tệp lớn hơn {MOST_BYTES >> 20} MB; vui lòng chia thành nhiều tệp, {{}}."
OTHER_TYPE = f"Vui lòng gửi tệp bảng tính với Content-Type: {XLSX}, {ODS} hoặc {CSV}."
NO_STORE = {"Cache-Control": "no-store"}


@contextmanager
def uploaded(remedy: str) -> Iterator[bytes]:
    """The body of the request as the bytes of a sheet; `remedy` is what helps, besides, when it is too large.

    Raises:
        Problem: 413, 415; 422 with what speaks against the file when a SheetError leaves the block.
    """
    try:
        yield _body(remedy)
    except SheetError as error:
        if error.code == "file_too_large":
            raise Problem("body_too_large", TOO_LARGE.format(remedy)) from None
        raise Problem("invalid", error.message, errors=[FieldError("file", error.code, error.message)]) from None


def _body(remedy: str) -> bytes:
    if flask.request.mimetype not in (XLSX, ODS, CSV):
        raise Problem("unsupported_media_type", OTHER_TYPE)
    flask.request.max_content_length = MOST_BYTES
    try:
        return flask.request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Problem("body_too_large", TOO_LARGE.format(remedy)) from None


def sent(stream: IO[bytes], kind: str, name: str) -> Response:
    """An open file as a download; it is closed with the answer."""
    answer = flask.send_file(stream, mimetype=kind, as_attachment=True, download_name=name)
    answer.headers.update(NO_STORE)
    return answer


def not_kept(report: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """The answer that tells what became of a file."""
    return report, 200, NO_STORE
