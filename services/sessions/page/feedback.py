"""Residents' feedback of the ward: what is open, the oldest first, with its texts; forward, answer, resolve, reopen.

Guarantee: a text is shown to who is of its ward, and to nobody else, also not above it; it goes from the form into
the intake and is in no event. A step is dated after the one before it, also where a phone's clock was ahead.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request

from services.sessions.contract import Rejected
from services.sessions.decide.feedback import FOLLOWS, NAMES
from services.sessions.page import naming, queries
from services.sessions.page.desk import Desk, open_desk
from services.sessions.page.guard import intake, signed_in
from services.sessions.page.queries import Entry, Text
from services.sessions.page.rendering import page
from services.sessions.page.sending import Draft, done, new_draft, said, send, sent_draft
from services.sessions.page.sent import find
from services.sessions.queries.listings import due_on
from shared import clock
from shared.database import transaction
from shared.events.facts import FeedbackState, FeedbackStep
from shared.problems import Problem

SHOWN = 8  # with all their forms, so that a page stays below 60 kB


def add_routes(routes: Blueprint) -> None:
    routes.add_url_rule("/y-kien", "feedback", feedback)
    routes.add_url_rule("/y-kien/<uuid:subject>/<step>", "post_step", post_step, methods=["POST"])


@dataclass(frozen=True)
class Shown:
    """A feedback as the page shows it."""

    subject: UUID
    state: FeedbackState
    texts: list[Text] | None  # None: not for a reader above the ward
    drafts: dict[str, Draft]  # by step: each form is an event of its own

    @property
    def due_on(self) -> dt.date | None:
        return due_on(self.state)

    @property
    def is_overdue(self) -> bool:
        return _is_overdue(self.state)

    @property
    def can(self) -> frozenset[str]:
        """The steps that are possible now."""
        return FOLLOWS[self.state.status]

    @property
    def raised_text(self) -> str:
        steps = {step.id for step in self.state.steps}
        return next((one.text for one in self.texts or () if one.event_id not in steps), "")

    def text_of(self, step: FeedbackStep) -> str:
        return next((one.text for one in self.texts or () if one.event_id == step.id), "")


def _is_overdue(state: FeedbackState) -> bool:
    due = due_on(state)
    return state.status != "resolved" and due is not None and due < clock.today()


@signed_in
def feedback() -> Response:
    return _show(open_desk())


def _show(desk: Desk, problem: str = "", about: UUID | None = None) -> Response:
    """The page; after a refusal, with what was typed in the form of one feedback."""
    ward = desk.ward.area_id
    with transaction(intake().engine) as connection:
        found = queries.open_feedback(connection, ward), queries.resolved_feedback(connection, ward)
        open_, resolved = ([one for one in part if desk.may(one.state.area, one.state.day)] for part in found)
        first = _first(open_, about)
        shown = open_[first : first + SHOWN]
        texts = queries.texts(connection, [one.subject for one in shown + resolved])
    return page(
        "feedback.html",
        422 if problem else 200,
        desk=desk,
        tab="/y-kien",
        found=[_shown(desk, one, texts) for one in shown],
        open_count=len(open_),
        first=first,
        before=max(first - SHOWN, 0),
        after=first + SHOWN,
        overdue=sum(_is_overdue(one.state) for one in open_),
        resolved=[_shown(desk, one, texts) for one in resolved],
        offices=naming.offices(),
        problem=problem,
        about=about,
        typed=request.form if about else {},
    )


def _first(entries: list[Entry], about: UUID | None) -> int:
    """Where the page begins: as the address says, or so that it has the feedback which a refusal is about."""
    asked = request.args.get("tu", "")
    place = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 4 else 0
    place = next((number for number, one in enumerate(entries) if one.subject == about), place)
    return min(place, max(len(entries) - 1, 0)) // SHOWN * SHOWN


def _shown(desk: Desk, entry: Entry, texts: Mapping[UUID, list[Text]]) -> Shown:
    state: FeedbackState = entry.state
    seen = texts.get(entry.subject, []) if desk.reach.is_of_ward(state.area, state.day) else None
    last = state.steps[-1].at if state.steps else state.raised_at
    return Shown(entry.subject, state, seen, {step: new_draft(last) for step in NAMES.values()})


@signed_in
def post_step(subject: UUID, step: str) -> Any:
    _, entry = find(subject, "feedback")
    if step not in NAMES.values():
        raise Problem("not_found", "Không có bước này.")
    fate = send(f"feedback.{step}", sent_draft(), entry.subject, _content(step))
    desk = open_desk(day=clock.today())
    if isinstance(fate, Rejected):
        return _show(desk, said(fate), subject)
    return redirect(desk.link("/y-kien", xong=done(fate, step)), 303)


def _content(step: str) -> dict[str, Any]:
    """The data of a step, from its form."""
    form = {name: request.form.get(name, "").strip() for name in ("office", "text", "result", "reason_code", "due_on")}
    wanted = {
        "forwarded": {"to_office": form["office"], "due_on": form["due_on"]},
        "answered": {"office": form["office"], "text": form["text"].replace("\r\n", "\n")},
        "resolved": {"result": form["result"]},
        "reopened": {"reason_code": form["reason_code"], "due_on": form["due_on"]},
    }[step]
    return {name: value for name, value in wanted.items() if value or name != "due_on"}
