"""What the rows of a list said so far, so that one person may stand in it twice.

Guarantee: a later row of one person adds what the earlier ones left empty, or changes nothing; one that contradicts
them is refused, because otherwise the same list would change that person there and back each time it is imported; so
is one after a row that was refused for what it says (docs/decisions/0029). It holds across portions, in a rehearsal
too. Pure: it asks no database.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.registry.commands.people_fields import FIELDS
from services.registry.imports.columns import VOLUNTEERS
from services.registry.imports.naming import Asked
from services.registry.imports.report import Refusal, Unfit, titles_of
from services.registry.model import Area, Volunteer
from services.registry.names import fold

FOLDED = ("full_name", "unit")  # another spelling is no contradiction
TITLES = titles_of(VOLUNTEERS)
LOOK_UP = tuple[Any, ...]
SHARED = "Nếu hai người dùng chung một số, vui lòng bỏ trống ô điện thoại của một người, hoặc nhập với khóa name_birth."


@dataclass(slots=True)
class Entry:
    """A row on its way: `values` are the fields that it fills, as they are kept."""

    number: int
    values: dict[str, Any]
    asked: Asked
    refusals: list[Refusal]
    volunteer_id: UUID | None = None
    retired_on: dt.date | None = None
    volunteer: Volunteer | None = None
    area: Area | None = None
    first: "First | None" = None

    @property
    def adds(self) -> bool:
        """Whether the row says anything that is not done already."""
        return bool(self.area or self.retired_on or any(name in self.values for name in FIELDS))


@dataclass(slots=True, eq=False)
class First:
    """One person of the list: all that its rows said, and where that puts them."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    area: UUID | None = None
    names_group: bool = False
    names_ward: bool = False
    retired_on: dt.date | None = None
    subject: UUID | None = None
    is_refused: bool = False

    def takes(self, entry: Entry, now: UUID | None) -> None:
        """Remember what one more row said; `now` is where the person was before it."""
        self.values = {name: value for name, value in entry.values.items() if name in FIELDS} | self.values
        self.area = entry.area.area_id if entry.area else self.area or now
        self.names_group = self.names_group or entry.asked.names_group
        self.names_ward = self.names_ward or entry.asked.names_ward
        self.retired_on = self.retired_on or entry.retired_on


@dataclass(slots=True)
class Earlier:
    """The people of the list so far, by each key that may name them, and by id once they have one."""

    by_key: dict[LOOK_UP, list[First]] = field(default_factory=dict)
    by_id: dict[UUID, First] = field(default_factory=dict)

    def note(self, first: First, keys: list[LOOK_UP]) -> None:
        for key in keys:
            known = self.by_key.setdefault(key, [])
            if first not in known:
                known.append(first)

    def identify(self, first: First, subject: UUID) -> None:
        first.subject = subject
        self.by_id[subject] = first

    def forget(self, first: First) -> None:
        """Its row was refused after all."""
        for known in self.by_key.values():
            if first in known:
                known.remove(first)


def leave_what_is_new(entry: Entry, first: First, key: str, is_other_ward: bool) -> None:
    """Leave of a later row what it adds; `key` is the field by which it is about the same person.

    Raises:
        Unfit: it says something else than the earlier rows.
    """
    if first.is_refused:
        message = f"Trùng người với dòng {first.number}, là dòng không được nhận. Vui lòng sửa hoặc xóa dòng đó."
        raise Unfit(key, "repeated", message)
    said = first.values
    other = [name for name in FIELDS if name in said and name in entry.values and _differ(name, said, entry.values)]
    if entry.area and (first.names_group or (is_other_ward and first.names_ward)):
        other.append("area_id")
    if entry.retired_on and first.retired_on and entry.retired_on != first.retired_on:
        other.append("retired_on")
    if other:
        raise _contradicts(first.number, key, other)
    entry.values = {name: value for name, value in entry.values.items() if name not in said}
    entry.retired_on = entry.retired_on if first.retired_on is None else None


def _differ(name: str, said: dict[str, Any], given: dict[str, Any]) -> bool:
    if name in FOLDED:
        return fold(said[name]) != fold(given[name])
    return bool(said[name] != given[name])


def _contradicts(row: int, key: str, fields: list[str]) -> Unfit:
    what = ", ".join(TITLES.get(name, name) for name in fields)
    remedy = SHARED if "full_name" in fields else "Vui lòng chỉ giữ lại dòng đúng."
    return Unfit(key, "repeated", f"Trùng người với dòng {row} nhưng ghi khác ({what}); dòng trước được giữ. {remedy}")
