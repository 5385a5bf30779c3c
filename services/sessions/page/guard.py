"""Who may see a page: the cookie holds the registry's own token, verified at each request like any other.

Guarantee: without a valid cookie a page leads to the sign-in and a sent form is not lost: what was typed goes
along, when the browser says that the form was ours. Nothing is kept on the server; a revoked client is out within a
second.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import quote, unquote, urlencode

from flask import Response, current_app, g, redirect, request

from services.sessions.intake import Intake
from services.sessions.page.csrf import COOKIE, FIELD, check_csrf, is_from_here
from services.sessions.page.rendering import PATH, page
from services.sessions.places import Caller
from shared.auth import identity
from shared.problems import Problem

SIGN_IN = f"{PATH}/dang-nhap"
NAME_COOKIE = "cds_phuong_ten"
SCOPES = frozenset({"events:write", "events:read"})
KEPT_FIELDS = 400
NOT_A_WRITER = "Tài khoản này không có quyền ghi số liệu. Vui lòng liên hệ IT phụ trách."
View = TypeVar("View", bound=Callable[..., Any])


def signed_in(view: View) -> View:
    """The page needs the cookie of a sign-in, and a form the code that goes with it."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            g.identity = current_app.extensions["cds_verifier"].identify(f"Bearer {request.cookies.get(COOKIE, '')}")
        except Problem as problem:
            if problem.code != "unauthenticated":
                raise
            return _to_sign_in()
        g.person_name = unquote(request.cookies.get(NAME_COOKIE, ""))[:200] or identity().client_id
        if not identity().scopes >= SCOPES:
            raise Problem("forbidden", NOT_A_WRITER)
        if request.method == "POST":
            check_csrf()
        return view(*args, **kwargs)

    guarded.__dict__["authorisation"] = "page cookie"
    return cast(View, guarded)


def _to_sign_in() -> Any:
    here = request.full_path.rstrip("?")
    if request.method == "GET":
        return redirect(f"{SIGN_IN}?{urlencode({'toi': here})}", 303)
    kept = kept_fields() if is_from_here() else []
    answer = page("sign_in.html", 401, to=here, kept=kept, user="", problem="", is_ended=True)
    answer.headers["WWW-Authenticate"] = 'Cookie realm="congdongso"'
    return answer


def kept_fields() -> list[tuple[str, str]]:
    """What was typed into the form of this request, in its order."""
    found = [(name, value) for name, value in request.form.items(multi=True) if name != FIELD]
    return found[:KEPT_FIELDS]


def keep_signed_in(answer: Response, token: str, name: str, seconds: int) -> None:
    """Give the browser the token, and the name to greet by, for as long as the token lives."""
    is_https = request.is_secure or request.headers.get("Origin", "").startswith("https://")
    for cookie, value in ((COOKIE, token), (NAME_COOKIE, quote(name))):
        answer.set_cookie(
            cookie, value, max_age=seconds, expires=int(time.time()) + seconds, path=PATH, secure=is_https,
            httponly=True, samesite="Strict",
        )  # fmt: skip


def forget_signed_in(answer: Response) -> None:
    for cookie in (COOKIE, NAME_COOKIE):
        answer.delete_cookie(cookie, path=PATH, httponly=True, samesite="Strict")


def token() -> str:
    """The token of this request, to ask other services in the same name."""
    return request.cookies.get(COOKIE, "")


def caller() -> Caller:
    return Caller(identity().client_id, identity().areas)


def intake() -> Intake:
    return cast(Intake, current_app.extensions["cds_intake"])
