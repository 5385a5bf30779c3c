"""Importing volunteers: up to a thousand rows at a time, each by itself.

Guarantee: a row is carried out whole or refused whole; an empty cell never erases what is known; a row that says what
is known already changes nothing and tells nothing. Another ward or group in the list is a move from the day of the
job on. The same rows in the same order are judged alike, whether for real, as a rehearsal or in other portions.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from services.registry.imports.carrying_out import Done, register, upsert
from services.registry.imports.earlier import LOOK_UP, Entry, First, leave_what_is_new
from services.registry.imports.entries import check, entry_of
from services.registry.imports.matching import Job, Known, key_field
from services.registry.imports.naming import says_the_same
from services.registry.imports.places import Places
from services.registry.imports.report import Outcome, Unfit, refusals_of
from services.registry.model import Area
from shared.problems import Problem
from shared.sheets import Row

ROWS = 1_000  # of one transaction


def import_volunteers(session: Session, job: Job, rows: Sequence[Row]) -> list[Outcome]:
    """What became of each row, in their order."""
    places = Places(session, job.day, job.ward)
    entries = [entry_of(row, job) for row in rows]
    done = {entry.number: Outcome(entry.number, _name(entry), "refused", refusals=entry.refusals) for entry in entries}
    waiting = [entry for entry in entries if not entry.refusals]
    while waiting:
        waiting = _wave(session, job, places, waiting, done)
    return [done[entry.number] for entry in entries]


def _wave(session: Session, job: Job, places: Places, entries: Sequence[Entry], done: Done) -> list[Entry]:
    """Carry out one row of each person; those of a person who is at it already have to wait, and are given back."""
    known = Known(session, job, places, entries)
    at_it: set[First] = set()
    later, ready = list[Entry](), list[Entry]()
    for entry in entries:
        (ready if _judge(entry, job, places, known, at_it) else later).append(entry)
        done[entry.number].name = done[entry.number].name or _name(entry)
    ready = [entry for entry in ready if not entry.refusals]
    register(session, job, [entry for entry in ready if entry.volunteer is None], done)
    upsert(session, job, [entry for entry in ready if entry.volunteer], done)
    return later


def _name(entry: Entry) -> str:
    return str(entry.values.get("full_name") or (entry.volunteer.full_name if entry.volunteer else None) or "")


def _judge(entry: Entry, job: Job, places: Places, known: Known, at_it: set[First]) -> bool:
    """Find whom the row is about and where, and refuse it now if anything speaks against it; False: not yet."""
    keys, now = known.keys_of(entry), None
    is_matched = False
    try:
        entry.first, entry.volunteer = known.match(entry)
        is_matched = True
        if entry.first in at_it:
            return False
        now = known.area_of(entry)
        entry.area = _area(entry, places, known, now)
        if entry.first:
            is_other_ward = known.ward_at(entry.area.area_id if entry.area else now) != known.ward_at(now)
            leave_what_is_new(entry, entry.first, key_field(job, entry), is_other_ward)
        check(entry, job)
    except Unfit as unfit:
        entry.refusals.append(unfit.refusal)
    except Problem as problem:
        entry.refusals += refusals_of(problem)
    if not entry.refusals and (entry.first is None or entry.adds):
        at_it.add(_noted(entry, job, keys, now))
    elif entry.refusals and is_matched and entry.first is None:
        _noted(entry, job, keys, now).is_refused = True  # else the next import would take it for a correction
    return True


def _noted(entry: Entry, job: Job, keys: list[LOOK_UP], now: UUID | None) -> First:
    first = entry.first = entry.first or First(entry.number)
    first.takes(entry, now)
    job.earlier.note(first, keys)
    if entry.volunteer:
        job.earlier.identify(first, entry.volunteer.volunteer_id)
    return first


def _area(entry: Entry, places: Places, known: Known, now: UUID | None) -> Area | None:
    """Where the row puts somebody; None where they are already."""
    asked, ward = entry.asked, known.ward_at(now)
    if now is None:
        return places.find(asked)
    is_there = says_the_same(asked, ward, places.area(now))
    if is_there and asked.ward_code and asked.ward:
        return None
    try:
        found = places.find(asked)
    except Unfit:
        if is_there and asked.names_ward:
            return None
        raise
    is_same = found is None or found.area_id in (now, ward.area_id if ward else None)
    return None if is_same else found
