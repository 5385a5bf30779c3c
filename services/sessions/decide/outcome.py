"""What can become of a submission, and the rules that all state machines share.

Guarantee: a void is final; what loses is logged and does not apply; what is about something unknown waits.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

import msgspec

from services.sessions.contract import Rejected, Submission
from services.sessions.entities import Entities, Entity
from services.sessions.places import Located, Places
from shared.problems import FieldError


@dataclass(frozen=True, slots=True)
class Decision:
    """The fact to log, and the entity as it stands afterwards (None: unchanged)."""

    fact: msgspec.Struct
    entity: Entity | None
    ward_key: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """The event is kept until what it refers to is known: `subject`, `step`, or `service:<code>`."""

    waits_for: str


@dataclass(frozen=True, slots=True)
class Case:
    """One submission about one entity, with what else a decision needs."""

    item: Located
    entity: Entity | None
    known: Entities
    places: Places

    @property
    def sent(self) -> Submission:
        return self.item.submission

    @property
    def data(self) -> Any:
        return self.item.submission.data

    @property
    def version(self) -> tuple[datetime, UUID]:
        """What orders the versions of one thing, whatever their order of arrival."""
        return (self.sent.time, self.sent.id)

    def current(self) -> Entity:
        """The entity that is changed, which the caller may change."""
        assert self.entity is not None
        self.places.check_allowed(self.entity.state.area, self.entity.state.day)
        return self.entity

    def ward_key(self) -> str:
        """The ward of the entity, for an event that says no area of its own."""
        assert self.entity is not None
        return self.places.ward_key(self.entity.state.area, self.entity.state.day)


def refuse_second(entity: Entity | None, possible: str) -> None:
    """A subject is begun once; what can be sent about it instead is named."""
    if entity is not None:
        then = f" Có thể gửi: {possible}." if possible else " Vui lòng dùng mã subject mới cho nội dung mới."
        raise Rejected("subject_exists", f"Mã subject này đã được ghi bởi một sự kiện khác.{then}")


def wrong(field: str, code: str, message: str) -> NoReturn:
    raise Rejected("invalid_data", f"data.{field}: {message}", (FieldError(f"data.{field}", code, message),))


def unverified(state: Any, known: Entities) -> Any:
    """The state with a mark for each reference that is not known yet."""
    marks = set(state.marks)
    session = getattr(state, "session", None)
    if session is not None and known.get(session) is None:
        marks.add("unverified:session")
    one = getattr(state, "volunteer", None)
    named = [*getattr(state, "volunteers", ()), *getattr(state, "present", ()), *([one] if one else [])]
    if any(volunteer not in known.volunteers for volunteer in named):
        marks.add("unverified:volunteer")
    return msgspec.structs.replace(state, marks=sorted(marks))
