"""`/v1/sessions`, `/v1/assists`, `/v1/subjects`, `/v1/changes`: reported things as they stand, and what changed.

Guarantee: a thing of another ward is 404, as if it were not there; no free text is in any of these answers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from services.sessions import schemas_subjects as schemas
from services.sessions.doors import READ, Blueprint, Desk, missing, secured
from services.sessions.queries import changes as feed
from services.sessions.queries import listings, subjects, texts
from services.sessions.queries.listings import Wanted
from services.sessions.queries.pages import Page
from services.sessions.queries.subjects import Subject, View
from services.sessions.schemas_base import SUBJECT_EXAMPLE
from shared.auth import requires
from shared.database import Connection, transaction


@contextmanager
def reading(desk: Desk) -> Iterator[tuple[Connection, View]]:
    """One transaction, and how far the caller sees in it."""
    view = desk.view()
    with transaction(desk.engine) as connection:
        yield connection, view


def wanted(view: View, query: dict[str, Any]) -> Wanted:
    """What a list's parameters ask for; an area is read on the day asked for, without one on any day."""
    return Wanted(
        within=within(view, query),
        day=query.get("day"),
        status=query.get("status"),
        is_overdue=query.get("overdue"),
        session=query.get("session"),
        after=query["after"],
        limit=query["limit"],
    )


def within(view: View, query: dict[str, Any]) -> frozenset[UUID] | None:
    return view.reach.find(query["area"], query.get("day")) if query["area"] else None


def in_full(found: Subject, **more: Any) -> dict[str, Any]:
    """A thing with what else is told of it."""
    names = (*Subject.__dataclass_fields__, "marks", "status")
    return {name: getattr(found, name) for name in names} | more


def blueprint(desk: Desk) -> Blueprint:
    """The documented routes under /v1."""
    routes = Blueprint("subjects", __name__, url_prefix="/v1", description="What was reported, as it stands")
    _add_sessions(routes, desk)
    _add_single(routes, desk)
    _add_changes(routes, desk)
    return routes


def _add_sessions(routes: Blueprint, desk: Desk) -> None:
    @routes.get("/sessions")
    @routes.doc(**secured(*READ))
    @requires(*READ)
    @routes.arguments(schemas.SessionQuery, location="query")
    @routes.response(200, schemas.SessionPage, example={"items": [_listed_example()], "next": None})
    def list_sessions(query: dict[str, Any]) -> Page:
        """The sessions of the caller's areas, newest day first, also the void ones."""
        with reading(desk) as (connection, view):
            return listings.sessions(connection, view, wanted(view, query))

    @routes.get("/sessions/<uuid:session_id>")
    @routes.doc(**secured(*READ))
    @requires(*READ)
    @routes.response(200, schemas.SessionInFull, example=schemas.SESSION_EXAMPLE)
    def get_session(session_id: UUID) -> dict[str, Any]:
        """One session: its opening, its closing, and how many volunteers checked in."""
        with reading(desk) as (connection, view):
            found = one_or_404(connection, view, session_id, "session", "buổi hỗ trợ")
            return in_full(found, attendance=texts.attendance(connection, session_id))

    @routes.get("/sessions/<uuid:session_id>/assists")
    @routes.doc(**secured(*READ))
    @requires(*READ)
    @routes.arguments(schemas.AssistQuery, location="query")
    @routes.response(200, schemas.AssistPage, example={"items": [schemas.ASSIST_EXAMPLE], "next": None})
    def list_assists(query: dict[str, Any], session_id: UUID) -> Page:
        """The assists that name a session, as far as they are of the caller's areas, also the void ones."""
        with reading(desk) as (connection, view):
            one_or_404(connection, view, session_id, "session", "buổi hỗ trợ")
            return subjects.assists_of(connection, view, session_id, query["after"], query["limit"])


def _add_single(routes: Blueprint, desk: Desk) -> None:
    @routes.get("/assists/<uuid:assist_id>")
    @routes.doc(**secured(*READ))
    @requires(*READ)
    @routes.response(200, schemas.Assist, example=schemas.ASSIST_EXAMPLE)
    def get_assist(assist_id: UUID) -> Subject:
        """One assist, as its newest correction says: what to send again, whole, to correct it.

        Its resident token is null for a reader who is not of its ward, but of an area above it.
        """
        with reading(desk) as (connection, view):
            return subjects.for_reader(view, one_or_404(connection, view, assist_id, "assist", "lượt hỗ trợ"))

    @routes.get("/subjects/<uuid:subject_id>")
    @routes.doc(**secured(*READ))
    @requires(*READ)
    @routes.response(200, schemas.Subject, example=schemas.ASSIST_EXAMPLE)
    def get_subject(subject_id: UUID) -> Subject:
        """One reported thing of any kind: session, assist, tally, feedback, incident, proposal."""
        with reading(desk) as (connection, view):
            return one_or_404(connection, view, subject_id, None, "đối tượng")


def _add_changes(routes: Blueprint, desk: Desk) -> None:
    @routes.get("/changes")
    @routes.doc(**secured(*READ))
    @requires(*READ)
    @routes.arguments(schemas.ChangeQuery, location="query")
    @routes.response(200, schemas.ChangePage, example=_changes_example())
    def list_changes(query: dict[str, Any]) -> feed.Changes:
        """What changed in the caller's areas since a cursor, oldest change first.

        Nothing is skipped, also what commits late: it comes when it is there. What changes again comes again, as it
        stands by then, so keep the newest of each `subject`. After a restore of the platform it all begins anew.
        """
        with reading(desk) as (connection, view):
            return feed.changes(connection, view, query["since"], within(view, query), query["limit"])


def one_or_404(connection: Connection, view: View, subject: UUID, kind: str | None, what: str) -> Subject:
    found = subjects.one(connection, view, subject, kind)
    if found is None:
        raise missing(what, subject)
    return found


def _listed_example() -> dict[str, Any]:
    return {name: value for name, value in schemas.SESSION_EXAMPLE.items() if name != "attendance"}


def _changes_example() -> dict[str, Any]:
    following = "0190f5c2-0000-7000-8000-000000000000~81234~" + SUBJECT_EXAMPLE
    return {"items": [schemas.ASSIST_EXAMPLE], "next": following, "has_more": False}
