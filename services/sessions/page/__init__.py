"""The ward officer's page at `/phuong`: today's paper count, sessions, what was sent, feedback, remarks, downloads.

Guarantee: what the page writes goes through the intake as events of the person's own source, so that the log knows
only events; remarks for the report alone stand in a table. It works without JavaScript, and every page is behind
the cookie of a sign-in (`guard.py`). It does not count: reporting does.
"""

import werkzeug.exceptions
from flask import Blueprint, Flask, Response
from flask_smorest import Api

from services.sessions.intake import Intake
from services.sessions.page import (
    correction,
    downloads,
    feedback,
    one_session,
    remarks,
    remarks_api,
    sent,
    sessions,
    sheets,
    sign_in,
    today,
)
from services.sessions.page.naming import Offices
from services.sessions.page.rendering import FILES, HEADERS, PATH, file, message
from shared import logs
from shared.auth import public
from shared.database import AWAY
from shared.problems import Problem

KEPT_BY_BROWSERS = "public, max-age=31536000, immutable"  # their addresses change with their content
log = logs.get("page")


def register(app: Flask, documented: Api, intake: Intake) -> None:
    """Add the page and the API of its remarks to the sessions service."""
    app.extensions["cds_intake"] = intake
    app.extensions["cds_page_offices"] = Offices()
    app.register_blueprint(_routes())
    documented.register_blueprint(remarks_api.blueprint(intake))


def _routes() -> Blueprint:
    routes = Blueprint("page", __name__, url_prefix=PATH)
    for part in (sign_in, today, downloads, sessions, one_session, sent, correction, feedback, remarks, sheets):
        part.add_routes(routes)
    routes.add_url_rule("/tep/<name>", "file", _file)
    routes.register_error_handler(Problem, _problem)
    routes.register_error_handler(werkzeug.exceptions.HTTPException, _http_error)
    for kind in AWAY:
        routes.register_error_handler(kind, _away)
    routes.after_request(_protect)
    return routes


@public
def _file(name: str) -> Response:
    if name not in FILES:
        raise Problem("not_found", "Không có tệp này.")
    return Response(
        file(name), content_type=f"{FILES[name]}; charset=utf-8", headers={"Cache-Control": KEPT_BY_BROWSERS}
    )


def _protect(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


TITLES = {403: "Không có quyền", 404: "Không tìm thấy", 503: "Máy chủ đang bận"}


def _problem(problem: Problem) -> Response:
    told = problem.detail or " ".join(error.message for error in problem.errors)
    answer = message(problem.status, TITLES.get(problem.status, "Chưa thực hiện được"), told)
    answer.headers.update(problem.headers)
    return answer


def _http_error(error: werkzeug.exceptions.HTTPException) -> Response:
    if error.code == 413:
        return _problem(Problem("body_too_large", "Tệp hoặc nội dung quá lớn. Vui lòng chia nhỏ rồi gửi lại."))
    return _problem(Problem("malformed_request", "Yêu cầu không đọc được."))


def _away(error: Exception) -> Response:
    log.warning("database does not answer", error=type(error).__name__)
    told = (
        "Máy chủ đang bận. Vui lòng bấm quay lại của trình duyệt và gửi lại sau 30 giây; nội dung đã nhập vẫn còn đó."
    )
    return _problem(Problem("unavailable", told, headers={"Retry-After": "30"}))
