"""Signing in to the board and out: the registry decides; a wrong name and a wrong password are told the same.

Guarantee: the password is passed on to the registry and kept nowhere. After twenty wrong ones within ten minutes the
registry lets the user wait, and so does this page.
"""

from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from flask import Blueprint, Response, current_app, redirect, request

from services.reporting.board.guard import SCOPE, SIGN_IN, SIGN_OUT, forget_signed_in, keep_signed_in
from services.reporting.board.rendering import page
from services.reporting.board.words import words
from shared import logs
from shared.auth import public
from shared.problems import Problem

log = logs.get("board")


def add_routes(routes: Blueprint) -> None:
    routes.add_url_rule(SIGN_IN, "sign_in", sign_in)
    routes.add_url_rule(SIGN_IN, "post_sign_in", post_sign_in, methods=["POST"])
    routes.add_url_rule(SIGN_OUT, "sign_out", sign_out, methods=["POST"])


@public
def sign_in() -> Response:
    return page("sign_in.html", to=_own(request.args.get("toi", "")), user="", problem="")


@public
def post_sign_in() -> Any:
    _from_here()
    user, password = request.form.get("ten", "").strip().lower(), request.form.get("mat-khau", "")
    try:
        answer = _ask(user, password)
    except httpx.HTTPError as error:
        log.warning("the registry does not answer", error=type(error).__name__)
        return _again(user, 503, words()("registry_away"))
    if answer.status_code == 429:
        again = _again(user, 429, words()("wait"))
        again.headers["Retry-After"] = answer.headers.get("Retry-After", "600")
        return again
    if answer.status_code != 200:
        away = answer.status_code >= 500
        return _again(user, 503 if away else 401, words()("registry_away" if away else "wrong_password"))
    told = answer.json()
    if SCOPE not in str(told.get("scope", "")).split():
        return _again(user, 403, words()("no_scope"))
    to = redirect(_own(request.form.get("toi", "")) or "/", 303)
    keep_signed_in(to, str(told["access_token"]), int(told["expires_in"]))  # type: ignore[arg-type]
    return to


def _ask(user: str, password: str) -> httpx.Response:
    return httpx.post(
        f"{current_app.extensions['cds_settings'].url_of('registry')}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(quote(user, safe=""), quote(password, safe="")),  # form-encoded first (RFC 6749, 2.3.1)
        timeout=10.0,
        trust_env=False,
    )


def _again(user: str, status: int, problem: str) -> Response:
    answer = page("sign_in.html", status, to=_own(request.form.get("toi", "")), user=user, problem=problem)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Cookie realm="congdongso"'
    return answer


def _from_here() -> None:
    """Raises Problem 403 when the browser says that the form was on somebody else's page."""
    if request.headers.get("Sec-Fetch-Site", "none") in ("cross-site", "same-site"):
        raise Problem("forbidden", words()("not_ours"))


def _own(address: str) -> str:
    """An address of this service, or nothing."""
    parts = urlsplit(address)
    is_own = not parts.scheme and not parts.netloc and address.startswith("/") and not address.startswith("//")
    return address if is_own and "\\" not in address and address.isprintable() else ""


@public
def sign_out() -> Any:
    _from_here()
    answer = redirect(SIGN_IN, 303)
    forget_signed_in(answer)  # type: ignore[arg-type]
    return answer
