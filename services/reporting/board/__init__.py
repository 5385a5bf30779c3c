"""The board at `/`: one page that a leader reads on a phone and on the screen in the hall, and one of each area.

Guarantee: it is rendered here from one snapshot of the figures, whole without JavaScript; the script draws charts from
the page's own tables and asks every few seconds whether it has changed. It loads nothing from elsewhere, shows no
personal data, and is behind a sign-in unless the deployment opens it (`CDS_BOARD_PUBLIC`).
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
import werkzeug.exceptions
from flask import Blueprint, Flask, Response, make_response
from flask_smorest import Api

from services.reporting.board import api, pages, sign_in
from services.reporting.board.rendering import HEADERS, message
from services.reporting.board.words import words
from shared import logs
from shared.areas import AreaCache
from shared.database import AWAY
from shared.problems import Problem

log = logs.get("board")


def register(app: Flask, documented: Api, engine: sa.Engine, areas: AreaCache) -> None:
    """Add the board and its figures as JSON to the reporting service; a browser finds it at `/`."""
    routes = Blueprint("board", __name__)
    whole = pages.add_routes(routes, engine, areas)
    sign_in.add_routes(routes)
    routes.register_error_handler(Problem, _problem)
    routes.register_error_handler(werkzeug.exceptions.HTTPException, _http_error)
    for kind in AWAY:
        routes.register_error_handler(kind, _away)
    routes.after_request(protect)
    app.register_blueprint(routes)
    documented.register_blueprint(api.blueprint(engine, areas))
    app.extensions["cds_front"] = lambda: _front(whole)


def _front(whole: Callable[[], Any]) -> Response:
    """The board at `/`, which is no route of the blueprint: it has the same errors and headers."""
    try:
        return protect(make_response(whole()))
    except Problem as problem:
        return protect(_problem(problem))
    except AWAY as error:
        return protect(_away(error))


def protect(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


def _problem(problem: Problem) -> Response:
    t = words()
    title = t(f"error_{problem.status}") if problem.status in (403, 404, 503) else t("error")
    told = problem.detail or " ".join(error.message for error in problem.errors)
    answer = message(404 if problem.status == 422 else problem.status, title, told)
    answer.headers.update(problem.headers)
    return answer


def _http_error(error: werkzeug.exceptions.HTTPException) -> Response:
    return _problem(Problem("not_found" if error.code == 404 else "malformed_request", words()("not_read")))


def _away(error: Exception) -> Response:
    log.warning("database does not answer", error=type(error).__name__)
    return _problem(Problem("unavailable", words()("away"), headers={"Retry-After": "30"}))
