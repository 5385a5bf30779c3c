"""What the routes of volunteers share: who may see whom, and the version that a change has seen.

Guarantee: names and phones leave by `without_names` only, which keeps them for `registry:write`.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.registry.api.doors import IF_MATCH, expected_version, secured, tagged
from services.registry.commands.refusals import row_or_404, same_version
from services.registry.model import Volunteer
from services.registry.queries import people as queries
from shared import clock
from shared.auth import identity

WRITE = secured("registry:write")
CHANGE = WRITE | {"parameters": [IF_MATCH]}
ONE = "/volunteers/<uuid:volunteer_id>"
NAMES = frozenset({"full_name", "phone"})


def may_see_names() -> bool:
    return "registry:write" in identity().scopes


def only_in() -> frozenset[UUID] | None:
    """The areas to which the caller is limited; None for whoever may see all."""
    return None if may_see_names() else identity().areas


def without_names(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the caller may see of a volunteer."""
    return {name: value for name, value in row.items() if may_see_names() or name not in NAMES}


def known(session: Session, volunteer_id: UUID) -> Volunteer:
    return row_or_404(session, Volunteer, volunteer_id, "tình nguyện viên")


def seen(session: Session, volunteer_id: UUID) -> Volunteer:
    """The volunteer, in the version that the caller has seen."""
    volunteer = known(session, volunteer_id)
    same_version(volunteer, expected_version())
    return volunteer


def shown(session: Session, volunteer: Volunteer, **more: Any) -> Any:
    """The answer after a change."""
    session.flush()
    row = queries.volunteer(session, volunteer.volunteer_id, clock.today())
    return tagged(row | more, volunteer.version, 200)
