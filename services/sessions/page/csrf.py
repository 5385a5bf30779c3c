"""The proof that a form came from our own page: a code that only who holds the cookie could have been given.

Guarantee: a post without the code of its own sign-in changes nothing (403). The code is derived from the cookie and the
services' shared secret; nothing is stored.
"""

import hashlib
import hmac

from flask import current_app, request

from shared.problems import Problem

COOKIE = "cds_phuong"
FIELD = "csrf"


def csrf_token(cookie: str | None = None) -> str:
    """The code for the forms of a sign-in: that of the request, or of the cookie given."""
    held = request.cookies.get(COOKIE, "") if cookie is None else cookie
    secret: str = current_app.extensions["cds_settings"].internal_secret
    return hmac.new(secret.encode(), f"page form:{held}".encode(), hashlib.sha256).hexdigest()


def check_csrf() -> None:
    """Raises Problem 403 when a form is not from our page, or from an earlier sign-in."""
    given = request.form.get(FIELD, "")
    if not hmac.compare_digest(given.encode(), csrf_token().encode()):
        raise Problem("forbidden", "Biểu mẫu đã cũ hoặc không từ trang này. Vui lòng mở lại trang và gửi lại.")


def is_from_here() -> bool:
    """Whether the browser says that a form was on one of our own pages."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "")
    return site == "same-origin" if site else origin.partition("://")[2] == request.host


def is_from_elsewhere() -> bool:
    """Whether the browser says that a form was on somebody else's page."""
    return request.headers.get("Sec-Fetch-Site", "none") in ("cross-site", "same-site")
