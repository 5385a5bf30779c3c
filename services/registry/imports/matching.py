"""Whom a row is about, by the stated key.

Guarantee: by default the key is the id if the row has one, else the phone, else the folded name with the birth year
and the ward. A key that several records have refuses the row and says so; and by default a phone does not make one
person of two whose given names and birth years both differ.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from services.registry.commands.placements_bulk import whereabouts
from services.registry.imports.earlier import LOOK_UP, SHARED, Earlier, Entry, First
from services.registry.imports.places import Places
from services.registry.imports.report import Unfit
from services.registry.model import Area, Volunteer
from services.registry.queries import people_lookup

Key = Literal["auto", "phone", "name_birth", "id"]
KEYS: dict[Key, str] = {
    "auto": "mã tình nguyện viên nếu có, nếu không thì số điện thoại, nếu không thì họ tên + năm sinh + xã, phường",
    "phone": "số điện thoại",
    "name_birth": "họ tên + năm sinh + xã, phường",
    "id": "mã tình nguyện viên",
}
Candidate = tuple[First | None, Volunteer | None]


@dataclass(slots=True)
class Job:
    """One list: on which day and by which key it is read, and whom its rows have been about so far."""

    day: dt.date
    ward: UUID | None = None
    key: Key = "auto"
    default_kind: str | None = None
    earlier: Earlier = field(default_factory=Earlier)


class Known:
    """The records that some rows may be about, read with one statement for each kind of key."""

    def __init__(self, session: Session, job: Job, places: Places, entries: Sequence[Entry]) -> None:
        self._job, self._places = job, places
        phones = _given(entries, "phone") if job.key in ("auto", "phone") else set()
        names = {name for entry in entries if by_name(job, entry) and (name := entry.values.get("folded_name"))}
        self._ids = people_lookup.by_ids(session, self._asked_ids(entries))
        self._phones = people_lookup.by_phones(session, phones) if phones else {}
        self._names = people_lookup.by_names(session, names) if names else {}
        grouped = (one for some in (*self._phones.values(), *self._names.values()) for one in some)
        everyone = {one.volunteer_id for one in (*self._ids.values(), *grouped)}
        self._areas = whereabouts(session, everyone, job.day) if everyone else {}
        self._wards = places.ward_of(self._areas.values())

    def _asked_ids(self, entries: Sequence[Entry]) -> set[UUID]:
        """Those that rows name, and those that earlier rows with the same keys were about."""
        keys = (key for entry in entries for key in self.keys_of(entry))
        firsts = (first for key in keys for first in self._job.earlier.by_key.get(key, ()))
        return {entry.volunteer_id for entry in entries if entry.volunteer_id} | {
            first.subject for first in firsts if first.subject
        }

    def area_of(self, entry: Entry) -> UUID | None:
        """Where the person of a row is, after the earlier rows."""
        if entry.first and entry.first.area:
            return entry.first.area
        return self._areas.get(entry.volunteer.volunteer_id) if entry.volunteer else None

    def ward_at(self, area_id: UUID | None) -> Area | None:
        if area_id and area_id not in self._wards:
            self._wards |= self._places.ward_of([area_id])
        return self._wards.get(area_id) if area_id else None

    def keys_of(self, entry: Entry) -> list[LOOK_UP]:
        """All that later rows may name this person with."""
        phone, name = entry.values.get("phone"), entry.values.get("folded_name")
        return [*([("phone", phone)] if phone else []), *([self._name_key(entry)] if name else [])]

    def match(self, entry: Entry) -> Candidate:
        """Whom the row is about: what earlier rows said of them, and their record; neither for somebody new.

        Raises:
            Unfit: nobody has this id, or several have this key.
        """
        if entry.volunteer_id:
            return self._by_id(entry.volunteer_id)
        return self._by_name(entry) if by_name(self._job, entry) else self._by_phone(entry)

    def _by_id(self, volunteer_id: UUID) -> Candidate:
        if found := self._ids.get(volunteer_id):
            return self._job.earlier.by_id.get(volunteer_id), found
        raise Unfit("volunteer_id", "unknown_volunteer", f"Không có tình nguyện viên mang mã {volunteer_id}.")

    def _by_phone(self, entry: Entry) -> Candidate:
        phone = entry.values["phone"]
        first, found = _one(
            self._candidates(("phone", phone), self._phones.get(phone, [])), "phone", "số điện thoại này"
        )
        if found and first is None and self._job.key == "auto" and not _may_be(found, entry):
            born = f", năm sinh {found.birth_year}" if found.birth_year else ""
            message = f"Số điện thoại này trong sổ là của {found.full_name}{born}. {SHARED}"
            raise Unfit("phone", "phone_of_another", f"{message} Nếu là một người, vui lòng nhập với khóa phone.")
        return first, found

    def _by_name(self, entry: Entry) -> Candidate:
        key = self._name_key(entry)
        _, name, born, ward = key
        same = [
            one
            for one in self._names.get(name or "", [])
            if one.birth_year == born
            and (its := self.ward_at(self._areas.get(one.volunteer_id)))
            and its.area_id == ward
        ]
        found = self._candidates(key, same)
        if len(found) > 1 and not entry.values.get("phone"):
            found = [one for one in found if _has_no_phone(*one)] or found
        return _one(found, "full_name", "họ tên, năm sinh, xã, phường này")

    def _candidates(self, key: LOOK_UP, found: Sequence[Volunteer]) -> list[Candidate]:
        """Records, and people of earlier rows: those that are both are one."""
        earlier = self._job.earlier
        recorded: list[Candidate] = [(earlier.by_id.get(one.volunteer_id), one) for one in found]
        both = [first for first, _ in recorded]
        listed = [first for first in earlier.by_key.get(key, []) if first not in both]
        return recorded + [(first, self._ids.get(first.subject) if first.subject else None) for first in listed]

    def _name_key(self, entry: Entry) -> LOOK_UP:
        try:
            ward = self._places.ward(entry.asked)
        except Unfit:
            ward = None
        values = entry.values
        return "name", values.get("folded_name"), values.get("birth_year"), ward.area_id if ward else None


def key_field(job: Job, entry: Entry) -> str:
    """The field by which a row is about somebody."""
    if entry.volunteer_id:
        return "volunteer_id"
    return "full_name" if by_name(job, entry) else "phone"


def by_name(job: Job, entry: Entry) -> bool:
    """Whether the row is about somebody by name."""
    if entry.volunteer_id:
        return False
    return job.key == "name_birth" or (job.key == "auto" and not entry.values.get("phone"))


def _given(entries: Iterable[Entry], name: str) -> set[str]:
    return {value for entry in entries if not entry.volunteer_id and (value := entry.values.get(name))}


def _has_no_phone(first: First | None, found: Volunteer | None) -> bool:
    return (first is None or first.values.get("phone") is None) and (found is None or found.phone is None)


def _one(found: Sequence[Candidate], key: str, what: str) -> Candidate:
    if len(found) > 1:
        ids = ", ".join(str(one.volunteer_id) for _, one in found[:3] if one) or "trong danh sách này"
        message = f"Có {len(found)} người có {what} ({ids}). Vui lòng nhập theo mã tình nguyện viên."
        raise Unfit(key, "ambiguous", message)
    return found[0] if found else (None, None)


def _may_be(volunteer: Volunteer, entry: Entry) -> bool:
    """One person with another spelling, and not another of the family: the given name or the birth year agrees."""
    name = entry.values.get("folded_name")
    born = entry.values.get("birth_year")
    same_year = born is not None and born == volunteer.birth_year
    return name is None or same_year or volunteer.folded_name.split()[-1:] == name.split()[-1:]
