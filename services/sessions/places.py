"""Where a submission happened, whether the caller may write there, and the state that it makes.

Guarantee: areas are read by their meaning on the local day; a caller writes only for its own areas, those below them
and those that took over from them.
It reads no table: the book of areas is in memory.
Step 2 of the event path (docs/architecture.md).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

import msgspec

from services.sessions.contract import Rejected, Submission
from shared.areas import Area, AreaBook, UnknownArea
from shared.events import facts
from shared.events.base import TYPE_PREFIX, has_area
from shared.events.sessions import (
    AssistFields,
    Attendance,
    FeedbackRaised,
    IncidentReported,
    ProposalSubmitted,
    SessionClosed,
    SessionOpened,
    TallyLine,
    TallyRecorded,
)
from shared.problems import FieldError

State = (
    facts.AssistState
    | facts.TallyState
    | facts.SessionState
    | facts.FeedbackState
    | facts.IncidentState
    | facts.ProposalState
)


@dataclass(frozen=True)
class Caller:
    """A ward app: its id, and the areas it was given."""

    client_id: str
    areas: frozenset[UUID]

    @property
    def source(self) -> str:
        return f"/apps/{self.client_id}"

    def event(self, name: str, event_id: UUID, subject: UUID, time: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """A CloudEvent of the caller, as its app would send it."""
        return {
            "specversion": "1.0",
            "id": str(event_id),
            "source": self.source,
            "type": f"{TYPE_PREFIX}{name}.v1",
            "subject": str(subject),
            "time": time,
            "data": data,
        }


@dataclass(frozen=True, slots=True)
class Located:
    """A submission with the state that its content makes, and the ward where it happened."""

    submission: Submission
    state: State | facts.AttendanceState | None
    ward: Area | None


class Places:
    """Locates submissions of one caller."""

    def __init__(self, book: AreaBook, caller: Caller) -> None:
        self._book = book
        self._caller = caller
        self._allowed = book.with_successors(caller.areas)

    def locate(self, submission: Submission, marks: Collection[str]) -> Located:
        """The submission with its state; one without an area, about something known, has none.

        Raises:
            Rejected: when an area is not known, or not the caller's to write for.
        """
        data = submission.data
        if not has_area(data):
            return Located(submission, None, None)
        area, found = self._find("data.area", data.area, submission.day)  # type: ignore[attr-defined]
        self.check_allowed(area, submission.day, data.area)  # type: ignore[attr-defined]
        ward = self._book.ward(area, submission.day)
        state = self._state(submission, area, sorted({*marks, *found}))
        return Located(submission, state, ward or self._book.areas[area])

    def check_allowed(self, area: UUID, day: date, shown: str = "") -> None:
        """Raises Rejected `forbidden_area` unless the area, or one above it that day, is the caller's."""
        lineage = list(self._book.lineage(area, day))
        if any(above.area_id in self._allowed for above in lineage):
            return
        ward = next((above for above in lineage if above.level == "ward"), lineage[0] if lineage else None)
        name = ward.name if ward else shown
        message = f"Ứng dụng này không được ghi số liệu cho {name}."
        raise Rejected("forbidden_area", message, (FieldError("data.area", "forbidden_area", message),))

    def home_ward(self) -> UUID | None:
        """The caller's ward, when it has just one area: where what it sends belongs until its own area is known."""
        return next(iter(self._caller.areas)) if len(self._caller.areas) == 1 else None

    def ward_key(self, area: UUID, day: date) -> str:
        """The id of the ward of an area on a day, as text; of the area itself when it is above the wards."""
        return str(self._ward(area, day))

    def _ward(self, area: UUID, day: date) -> UUID:
        ward = self._book.ward(area, day)
        return ward.area_id if ward else area

    def _ward_of_tally(self, area: UUID, day: date) -> UUID:
        """A paper count covers one ward at most: singles are compared with it ward by ward."""
        ward = self._book.ward(area, day)
        if ward is None:
            message = f"Số liệu tổng hợp phải gửi theo phường, xã hoặc tổ, không theo {self._book.areas[area].name}."
            raise Rejected("area_too_high", message, (FieldError("data.area", "area_too_high", message),))
        return ward.area_id

    def _find(self, field: str, reference: str, day: date) -> tuple[UUID, tuple[str, ...]]:
        try:
            located = self._book.locate(reference, day, self._caller.areas)
        except UnknownArea as error:
            raise Rejected("unknown_area", str(error), (FieldError(field, "unknown_area", str(error)),)) from error
        return located.area_id, located.marks

    def _state(self, submission: Submission, area: UUID, marks: list[str]) -> State | facts.AttendanceState:
        for kind, maker in self._makers():
            if isinstance(submission.data, kind):
                state: State | facts.AttendanceState = maker(submission.data, submission, area, marks)
                return state
        raise AssertionError(f"no state for {submission.type}")

    def _makers(self) -> list[tuple[type, Callable[[Any, Submission, UUID, list[str]], Any]]]:
        return [
            (AssistFields, self._assist),
            (TallyRecorded, self._tally),
            (SessionOpened, self._session),
            (SessionClosed, self._closing),
            (Attendance, self._attendance),
            (FeedbackRaised, self._feedback),
            (IncidentReported, self._incident),
            (ProposalSubmitted, self._proposal),
        ]

    def _assist(self, data: AssistFields, sent: Submission, area: UUID, marks: list[str]) -> facts.AssistState:
        home, home_marks = area, cast(tuple[str, ...], ())
        if data.resident_area is not None:
            home, home_marks = self._find("data.resident_area", data.resident_area, sent.day)
        return facts.AssistState(
            day=sent.day,
            area=area,
            ward=self._ward(area, sent.day),
            resident_area=home,
            happened_at=sent.happened_at,
            client=sent.source.removeprefix("/apps/"),
            marks=sorted({*marks, *home_marks}),
            **_same(data, facts.AssistState, leave={"area", "ward", "resident_area", "happened_at", "client"}),
        )

    def _tally(self, data: TallyRecorded, sent: Submission, area: UUID, marks: list[str]) -> facts.TallyState:
        return facts.TallyState(
            day=data.day,
            area=area,
            ward=self._ward_of_tally(area, data.day),
            covers=data.covers,
            version=data.version,
            session=data.session,
            marks=marks,
            lines=[self._line(index, line, sent.day) for index, line in enumerate(data.lines)],
        )

    def _line(self, index: int, line: TallyLine, day: date) -> facts.TallyLineState:
        home = None
        if line.resident_area is not None:
            home, _ = self._find(f"data.lines[{index}].resident_area", line.resident_area, day)
        return facts.TallyLineState(
            service=line.service, outcome=line.outcome, count=line.count, age_band=line.age_band, resident_area=home
        )

    def _session(self, data: SessionOpened, sent: Submission, area: UUID, marks: list[str]) -> facts.SessionState:
        same = _same(data, facts.SessionState, leave={"area"})
        return facts.SessionState(opened_at=sent.time, **self._there(area, sent, marks), **same)

    def _closing(self, data: SessionClosed, sent: Submission, area: UUID, marks: list[str]) -> facts.SessionState:
        """What a closing adds; it is put together with the opening once that is known."""
        same = _same(data, facts.SessionState, leave={"area"})
        there = self._there(area, sent, marks)
        return facts.SessionState(kind="", opened_at=sent.time, closed_at=sent.time, **there, **same)

    def _attendance(self, data: Attendance, sent: Submission, area: UUID, marks: list[str]) -> facts.AttendanceState:
        there = self._there(area, sent, marks)
        return facts.AttendanceState(session=sent.subject, volunteer=data.volunteer, at=sent.time, **there)

    def _feedback(self, data: FeedbackRaised, sent: Submission, area: UUID, marks: list[str]) -> facts.FeedbackState:
        same = _same(data, facts.FeedbackState, leave={"area"})
        return facts.FeedbackState(raised_at=sent.time, **self._there(area, sent, marks), **same)

    def _incident(self, data: IncidentReported, sent: Submission, area: UUID, marks: list[str]) -> facts.IncidentState:
        same = _same(data, facts.IncidentState, leave={"area"})
        return facts.IncidentState(**self._there(area, sent, marks), **same)

    def _proposal(self, data: ProposalSubmitted, sent: Submission, area: UUID, marks: list[str]) -> facts.ProposalState:
        same = _same(data, facts.ProposalState, leave={"area"})
        return facts.ProposalState(**self._there(area, sent, marks), **same)

    def _there(self, area: UUID, sent: Submission, marks: list[str]) -> dict[str, Any]:
        return {"day": sent.day, "area": area, "ward": self._ward(area, sent.day), "marks": marks}


def _same(data: msgspec.Struct, target: type[msgspec.Struct], leave: set[str]) -> dict[str, Any]:
    """The fields that the sent data and the state have in common."""
    names = set(data.__struct_fields__) & set(target.__struct_fields__) - leave
    return {name: getattr(data, name) for name in names}
