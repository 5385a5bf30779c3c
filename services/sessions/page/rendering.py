"""Templates to answers: every page with the same frame, the same security headers, and nothing cached.

Guarantee: every value is escaped; a page loads only its own style sheet, script and icon from this address, runs
nothing inline, posts only here, and cannot be framed.
"""

import datetime as dt
from functools import cache
from importlib import resources
from typing import Any

import jinja2
from flask import Response, g, request

from services.sessions.page import formats, terms
from services.sessions.page.csrf import csrf_token
from shared import clock

PATH = "/phuong"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
FILES = {"phuong.css": "text/css", "phuong.js": "text/javascript", "bieu-tuong.svg": "image/svg+xml"}


def page(template: str, status: int = 200, **values: Any) -> Response:
    """An HTML page; `done` in the address names what was done just before."""
    made = _environment().get_template(template).render(
        csrf=csrf_token(),
        done=terms.DONE.get(request.args.get("xong", "")),
        today=clock.today(),
        version=version(),
        who=g.get("person_name", ""),
        **({"desk": None} | values),
    )  # fmt: skip
    return Response(made, status, content_type="text/html; charset=utf-8")


def message(status: int, title: str, text: str, **values: Any) -> Response:
    """A page that says one thing."""
    return page("message.html", status, title=title, text=text, **values)


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("services.sessions.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "day": formats.day,
        "long_day": formats.long_day,
        "moment": formats.moment,
        "hour": formats.hour,
        "number": formats.number,
        "lower_first": formats.lower_first,
    }
    made.globals |= {"path": PATH, "terms": terms, "share": formats.share, "date": dt.date}
    return made


@cache
def file(name: str) -> bytes:
    """The style sheet, the script or the icon."""
    return resources.files("services.sessions.page").joinpath("files", name).read_bytes()


@cache
def version() -> str:
    """Changes with the files, so that a browser may keep them."""
    import hashlib

    return hashlib.sha256(b"".join(file(name) for name in FILES)).hexdigest()[:12]
