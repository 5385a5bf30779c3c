"""`/v1/feedback`: what residents raised, where it is on its way, what is overdue.

Guarantee: the texts are given to a reader of the feedback's very ward only, one feedback at a time; lists have none.
"""

from typing import Any
from uuid import UUID

from services.sessions import schemas_subjects as schemas
from services.sessions.api_subjects import in_full, one_or_404, reading, wanted
from services.sessions.doors import READ, Blueprint, Desk, secured
from services.sessions.queries import listings, texts
from shared import clock
from shared.auth import requires


def blueprint(desk: Desk) -> Blueprint:
    """The documented routes under /v1."""
    routes = Blueprint("feedback", __name__, url_prefix="/v1", description="Feedback of residents on its way")

    @routes.get("/feedback")
    @routes.doc(**secured(*READ))
    @requires(*READ)
    @routes.arguments(schemas.FeedbackQuery, location="query")
    @routes.response(200, schemas.FeedbackPage, example={"items": [_listed_example()], "next": None})
    def list_feedback(query: dict[str, Any]) -> dict[str, Any]:
        """The feedback of the caller's areas with its steps, newest day first, without texts."""
        with reading(desk) as (connection, view):
            page = listings.feedback(connection, view, wanted(view, query), clock.today())
        items = [in_full(found, due_on=listings.due_on(found.state)) for found in page.items]
        return {"items": items, "next": page.next}

    @routes.get("/feedback/<uuid:feedback_id>")
    @routes.doc(**secured(*READ))
    @requires(*READ)
    @routes.response(200, schemas.FeedbackInFull, example=schemas.FEEDBACK_EXAMPLE)
    def get_feedback(feedback_id: UUID) -> dict[str, Any]:
        """One feedback with its steps, and what was said in its texts for those of its ward."""
        with reading(desk) as (connection, view):
            found = one_or_404(connection, view, feedback_id, "feedback", "ý kiến")
            said = texts.texts(connection, view, found)
        return in_full(found, due_on=listings.due_on(found.state), texts=said)

    return routes


def _listed_example() -> dict[str, Any]:
    return {name: value for name, value in schemas.FEEDBACK_EXAMPLE.items() if name != "texts"}
