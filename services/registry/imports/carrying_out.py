"""What was judged is done: registering, correcting, moving and retiring the people of many rows at once.

Guarantee: a few statements for a thousand people, whatever is done with them; what a command still refuses is told of
its row. A change that changes nothing tells nothing.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.registry.commands import people, people_moves
from services.registry.commands.people_fields import FIELDS
from services.registry.imports.earlier import Entry
from services.registry.imports.matching import Job
from services.registry.imports.report import Outcome, refusals_of
from services.registry.imports.retiring import retire_many
from services.registry.model import Volunteer
from shared.problems import Problem
from shared.sheets.cells import clean_text

Done = dict[int, Outcome]


def register(session: Session, job: Job, entries: Sequence[Entry], done: Done) -> None:
    """Those who are new; of whom an earlier portion of a rehearsal registered, what would change is only told."""
    for entry in entries:
        if entry.first and entry.first.subject:
            _told(done[entry.number], [*_fields(entry), *_beside(entry)], entry.first.subject)
    new = [entry for entry in entries if entry.first and entry.first.subject is None]
    leaving = []
    for entry, made in zip(new, people.register_volunteers(session, [_new(one) for one in new]), strict=True):
        assert entry.first
        outcome = done[entry.number]
        if isinstance(made, Problem):
            outcome.refusals = refusals_of(made)
            job.earlier.forget(entry.first)
            continue
        outcome.result, outcome.subject = "created", made.volunteer_id
        job.earlier.identify(entry.first, made.volunteer_id)
        if entry.retired_on:
            leaving.append((made, entry.retired_on))
    retire_many(session, leaving)


def _new(entry: Entry) -> people.NewVolunteer:
    assert entry.area
    return people.NewVolunteer(area_id=entry.area.area_id, **{name: entry.values[name] for name in _fields(entry)})


def _fields(entry: Entry) -> list[str]:
    return [name for name in FIELDS if name in entry.values]


def _beside(entry: Entry) -> list[str]:
    return [*(["area_id"] if entry.area else []), *(["retired_on"] if entry.retired_on else [])]


def _told(outcome: Outcome, changed: Sequence[str], subject: UUID) -> None:
    outcome.result, outcome.changed, outcome.subject = ("changed" if changed else "unchanged"), changed, subject


def upsert(session: Session, job: Job, entries: Sequence[Entry], done: Done) -> None:
    """Correct, then move, then retire; what is refused in the first step goes no further."""
    different = {entry.number: _different(entry) for entry in entries}
    corrected = [entry for entry in entries if different[entry.number]]
    pairs = [(_person(entry), different[entry.number]) for entry in corrected]
    refused = set()
    for entry, result in zip(corrected, people.correct_volunteers(session, pairs), strict=True):
        if isinstance(result, Problem):
            refused.add(entry.number)
            done[entry.number].refusals = refusals_of(result)
    fit = [entry for entry in entries if entry.number not in refused]
    moved = _move(session, job, fit)
    retired = retire_many(session, [(_person(entry), entry.retired_on) for entry in fit if entry.retired_on])
    for entry in fit:
        subject = _person(entry).volunteer_id
        changed = [*different[entry.number], *(["area_id"] if entry.number in moved else [])]
        _told(done[entry.number], [*changed, *(["retired_on"] if subject in retired else [])], subject)


def _move(session: Session, job: Job, entries: Sequence[Entry]) -> set[int]:
    wanted = [entry for entry in entries if entry.area]
    if not wanted:
        return set()
    pairs = [(_person(entry), entry.area.area_id) for entry in wanted if entry.area]
    done = people_moves.move_volunteers(session, pairs, job.day)
    return {entry.number for entry, result in zip(wanted, done, strict=True) if result is True}


def _person(entry: Entry) -> Volunteer:
    assert entry.volunteer
    return entry.volunteer


def _different(entry: Entry) -> dict[str, Any]:
    """The fields in which the row says something else than is known."""
    person = _person(entry)
    return {
        name: value
        for name, value in entry.values.items()
        if name in FIELDS and not _is_same(getattr(person, name), value)
    }


def _is_same(known: Any, given: Any) -> bool:
    """Invisible characters do not pass through a spreadsheet, so they make no difference."""
    if known == given:
        return True
    if isinstance(known, str) and isinstance(given, str):
        return clean_text(known) == given
    return isinstance(known, list) and [clean_text(one) for one in known] == given
