"""Signing in and out: the registry decides; a wrong name and a wrong password are told the same.

Guarantee: the password is passed on to the registry and kept nowhere. After twenty wrong ones within ten minutes the
registry lets the user wait, and so does this page.
"""

import datetime as dt
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from flask import Blueprint, Response, current_app, redirect, request

from services.sessions.page import formats, naming, terms
from services.sessions.page.csrf import csrf_token, is_from_elsewhere
from services.sessions.page.guard import (
    KEPT_FIELDS,
    NOT_A_WRITER,
    SCOPES,
    SIGN_IN,
    forget_signed_in,
    keep_signed_in,
    signed_in,
)
from services.sessions.page.rendering import PATH, page
from shared import logs
from shared.auth import public
from shared.problems import Problem

KEPT = "giu."  # before the names of fields that go along through a sign-in
WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng. Vui lòng kiểm tra và nhập lại."
AWAY = "Chưa đăng nhập được vì máy chủ danh mục đang bận. Vui lòng thử lại sau ít phút."
log = logs.get("page")


def add_routes(routes: Blueprint) -> None:
    routes.add_url_rule("/dang-nhap", "sign_in", sign_in)
    routes.add_url_rule("/dang-nhap", "post_sign_in", post_sign_in, methods=["POST"])
    routes.add_url_rule("/dang-xuat", "sign_out", sign_out, methods=["POST"])


@public
def sign_in() -> Response:
    to = request.args.get("toi", "")
    return page("sign_in.html", to=_own(to), kept=[], user="", problem="", is_ended=False)


@public
def post_sign_in() -> Any:
    if is_from_elsewhere():
        raise Problem("forbidden", "Biểu mẫu đăng nhập không từ trang này. Vui lòng mở lại trang đăng nhập.")
    user, password = request.form.get("ten", "").strip().lower(), request.form.get("mat-khau", "")
    try:
        answer = _ask(user, password)
    except httpx.HTTPError as error:
        log.warning("the registry does not answer", error=type(error).__name__)
        return _again(user, 503, AWAY)
    if answer.status_code == 429:
        return _wait(user, answer)
    if answer.status_code != 200:
        return _again(user, *((503, AWAY) if answer.status_code >= 500 else (401, WRONG)))
    told = answer.json()
    if not set(str(told.get("scope", "")).split()) >= SCOPES:
        return _again(user, 403, NOT_A_WRITER)
    return _signed_in(told)


def _ask(user: str, password: str) -> httpx.Response:
    return httpx.post(
        f"{current_app.extensions['cds_settings'].url_of('registry')}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(quote(user, safe=""), quote(password, safe="")),  # form-encoded first (RFC 6749, 2.3.1)
        timeout=10.0,
        trust_env=False,
    )


def _again(user: str, status: int, problem: str) -> Response:
    kept = _kept()
    answer = page("sign_in.html", status, to=_to(), kept=kept, user=user, problem=problem, is_ended=False)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Cookie realm="congdongso"'
    return answer


def _wait(user: str, told: httpx.Response) -> Response:
    seconds = told.headers.get("Retry-After", "600")
    minutes = -(-int(seconds) // 60) if seconds.isdecimal() else 10
    problem = f"Đã nhập sai nhiều lần. Vui lòng thử lại sau {minutes} phút, hoặc liên hệ IT phụ trách để cấp lại."
    answer = _again(user, 429, problem)
    answer.headers["Retry-After"] = seconds
    return answer


def _signed_in(told: dict[str, Any]) -> Any:
    token, kept = str(told["access_token"]), _kept()
    if kept:
        answer = page("resume.html", to=_to(), kept=kept, shown=_shown(kept), csrf_of_new=csrf_token(token))
    else:
        answer = redirect(_to() or PATH, 303)  # type: ignore[assignment]
    keep_signed_in(answer, token, str(told.get("name", "")), int(told["expires_in"]))
    return answer


def _kept() -> list[tuple[str, str]]:
    """The fields of a form that was sent after its sign-in had ended."""
    found = [(name[len(KEPT) :], value) for name, value in request.form.items(multi=True) if name.startswith(KEPT)]
    return found[:KEPT_FIELDS]


def _shown(kept: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What of it a person has typed, in words."""
    services = naming.services()
    found = [(terms.FIELDS.get(name, ""), _day(value) if name == "ngay" else value) for name, value in kept]
    for name, value in kept:
        kind, _, rest = name.partition(".")
        service, _, outcome = rest.rpartition(".")
        if kind == "n" and outcome in terms.OUTCOMES:
            found.append((f"{services.get(service, service)}: {formats.lower_first(terms.OUTCOMES[outcome])}", value))
    return [(label, value) for label, value in found if label and value]


def _day(value: str) -> str:
    try:
        return formats.day(dt.date.fromisoformat(value))
    except ValueError:
        return value


def _to() -> str:
    return _own(request.form.get("toi", ""))


def _own(address: str) -> str:
    """An address of this page, or nothing."""
    parts = urlsplit(address)
    is_own = not parts.scheme and not parts.netloc and (parts.path == PATH or parts.path.startswith(f"{PATH}/"))
    return address if is_own and "\\" not in address and address.isprintable() else ""


@signed_in
def sign_out() -> Any:
    answer = redirect(SIGN_IN, 303)
    forget_signed_in(answer)  # type: ignore[arg-type]
    return answer
