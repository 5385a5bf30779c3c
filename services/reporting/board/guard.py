"""Who may see the board: a bearer token, the cookie of a sign-in, or anyone where the deployment opens it.

Guarantee: the cookie holds the registry's own token and is verified at each request like any other; nothing is kept on
the server. A page without it leads to the sign-in, the figures as JSON answer 401.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import Response, current_app, g, redirect, request

from services.reporting.board.words import words
from shared.auth import Identity, refused
from shared.problems import Problem

COOKIE = "cds_bang"
SIGN_IN, SIGN_OUT = "/bang/dang-nhap", "/bang/dang-xuat"
SCOPE = "reports:read"
LIVE = "X-Board-Live"  # what the script sends with its questions
View = TypeVar("View", bound=Callable[..., Any])


def is_open() -> bool:
    """Whether this deployment shows the board to everyone who can reach it."""
    return bool(current_app.extensions["cds_settings"].board_public)


def reader() -> Identity | None:
    """The verified reader of this request; None when there is none and none is needed.

    Raises:
        Problem: 401 without a valid token, 403 without the scope, 503 when the keys cannot be had.
    """
    header, cookie = request.headers.get("Authorization"), request.cookies.get(COOKIE)
    if is_open() and not header:
        return None
    if not header and not cookie:
        raise refused(words()("no_token"))
    found: Identity = current_app.extensions["cds_verifier"].identify(header or f"Bearer {cookie}")
    if SCOPE not in found.scopes:
        raise Problem("forbidden", words()("no_scope"))
    return found


def reads_figures(view: View) -> View:
    """The figures of the board as JSON."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        g.identity = reader()
        return view(*args, **kwargs)

    guarded.__dict__["authorisation"] = "reports:read or board cookie"
    return cast(View, guarded)


def sees_board(view: View) -> View:
    """A page of the board; without a sign-in it leads there, and what the script fetches is told 401."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            g.identity = reader()
        except Problem as problem:
            if problem.code != "unauthenticated" or request.headers.get("Authorization"):
                raise
            if LIVE in request.headers:
                return problem.response()
            return redirect(f"{SIGN_IN}?{urlencode({'toi': request.full_path.rstrip('?')})}", 303)
        return view(*args, **kwargs)

    guarded.__dict__["authorisation"] = "page cookie"
    return cast(View, guarded)


def keep_signed_in(answer: Response, token: str, seconds: int) -> None:
    """Give the browser the token, for as long as it lives."""
    is_https = request.is_secure or request.headers.get("Origin", "").startswith("https://")
    answer.set_cookie(
        COOKIE, token, max_age=seconds, expires=int(time.time()) + seconds, path="/", secure=is_https,
        httponly=True, samesite="Lax",
    )  # fmt: skip


def forget_signed_in(answer: Response) -> None:
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
