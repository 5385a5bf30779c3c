"""Templates to answers: every page of the board with the same frame and the same security headers.

Guarantee: every value is escaped; a page loads only files of this address, runs nothing inline, asks and posts only
here, and cannot be framed. The chart library is the file that `LOCK` names, by its hash.
"""

import gzip
import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode

import jinja2
from flask import Response, request

from services.reporting.board import formats
from services.reporting.board.guard import COOKIE, SIGN_IN, SIGN_OUT, is_open
from services.reporting.board.words import LANGUAGE_NAMES, LANGUAGES, code_name, language, short_service, words
from shared.auth import public
from shared.problems import Problem

FILES_AT = "/bang/tep"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-cache, private",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Vary": "Accept, Accept-Encoding, Cookie",
}
CHARTS = "chartjs/chart.umd.min.js"
FILES = {
    "bang.css": "text/css",
    "bang.js": "text/javascript",
    "giao-dien.js": "text/javascript",
    "bieu-tuong.svg": "image/svg+xml",
    CHARTS: "text/javascript",
}
LOCK = "chartjs/lock.json"
KEPT_BY_BROWSERS = "public, max-age=31536000, immutable"  # their addresses change with their content


def page(template: str, status: int = 200, **values: Any) -> Response:
    """An HTML page in the language asked for."""
    return compressed(Response(render(template, **values), status, content_type="text/html; charset=utf-8"))


def render(template: str, **values: Any) -> str:
    spoken = language()
    return _environment().get_template(template).render(
        t=words(),
        f=formats.Formats(spoken),
        lang=spoken,
        other=next(one for one in LANGUAGES if one != spoken),
        here=_here,
        file=lambda name: f"{FILES_AT}/{name}?{version()}",
        version=version(),
        has_sign_in=not is_open(),
        is_signed_in=COOKIE in request.cookies and not is_open(),
        sign_in=SIGN_IN,
        sign_out=SIGN_OUT,
        charts=CHARTS,
        library=lock(),
        code_name=code_name,
        service_name=short_service,
        language_names=LANGUAGE_NAMES,
        **values,
    )  # fmt: skip


def message(status: int, title: str, text: str) -> Response:
    """A page that says one thing."""
    return page("message.html", status, title=title, text=text)


def _here(path: str | None = None, spoken: str | None = None) -> str:
    """An address of the board, in the language of this request unless another is given."""
    asked = {"lang": spoken or language()}
    query = urlencode({name: value for name, value in asked.items() if value != LANGUAGES[0]})
    return (path or request.path) + (f"?{query}" if query else "")


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("services.reporting.board"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@public
def file_view(name: str) -> Response:
    """A style sheet, a script, an icon."""
    if name not in FILES:
        raise Problem("not_found", words()("no_file"))
    answer = Response(file(name), content_type=f"{FILES[name]}; charset=utf-8")
    answer.headers["Cache-Control"] = KEPT_BY_BROWSERS
    return compressed(answer)


def compressed(answer: Response) -> Response:
    """The answer as gzip, where the browser takes it."""
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        answer.set_data(_gzip(answer.get_data()))
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


@cache
def file(name: str) -> bytes:
    return resources.files("services.reporting.board").joinpath("files", name).read_bytes()


@cache
def lock() -> dict[str, str]:
    """The vendored library: name, version, licence, file and sha256, as they were taken in."""
    found: dict[str, str] = json.loads(file(LOCK))
    return found


@cache
def version() -> str:
    """Changes with the files, so that a browser may keep them."""
    return hashlib.sha256(b"".join(file(name) for name in FILES)).hexdigest()[:12]
