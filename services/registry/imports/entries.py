"""A row of a list of volunteers in the form that the registry keeps, and what speaks against carrying it out.

Guarantee: whatever a command would refuse is refused before anything is changed, with every wrong column named, so
that a row is carried out whole or not at all.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.registry.commands.people_fields import FIELDS, canonical, check_together
from services.registry.commands.people_rules import changeable, not_before_joining
from services.registry.imports.earlier import Entry
from services.registry.imports.matching import Job
from services.registry.imports.naming import asked_by
from services.registry.imports.report import Refusal, Unfit, refusals_of
from services.registry.model import Volunteer
from shared.problems import FieldError, Problem
from shared.sheets import Row

NOT_KEPT = frozenset({"note"})


def entry_of(row: Row, job: Job) -> Entry:
    """The row in the form that is kept; what is empty is left out."""
    errors = [one for one in row.errors if one.key not in NOT_KEPT and one.code != "required"]
    refusals = [Refusal(one.key, one.code, one.message) for one in errors]
    given: dict[str, Any] = {name: value for name in FIELDS if (value := row.values.get(name)) is not None}
    if isinstance(born := given.get("birth_year"), dt.date):
        given["birth_year"] = born.year
    try:
        values = canonical(given)
    except Problem as problem:
        values = {}
        refusals += refusals_of(problem)
    retired_on = row.values.get("retired_on")
    entry = Entry(row.number, values, asked_by(row.values), refusals)
    entry.retired_on = retired_on if isinstance(retired_on, dt.date) else None
    _identify(entry, row.values.get("volunteer_id"), job)
    return entry


def _identify(entry: Entry, text: Any, job: Job) -> None:
    """The id, where the key asks for it, and whatever else the key cannot do without."""
    if job.key in ("auto", "id") and text:
        try:
            entry.volunteer_id = UUID(str(text))
        except ValueError:
            message = f"Mã «{text}» không phải mã của Congdongso. Vui lòng dùng mã trong tệp đã xuất, hoặc bỏ trống."
            entry.refusals.append(Refusal("volunteer_id", "invalid", message))
    needed = {"id": "volunteer_id", "phone": "phone", "name_birth": "full_name"}.get(job.key)
    has = entry.volunteer_id if needed == "volunteer_id" else entry.values.get(needed or "")
    if needed and not has and not entry.refusals:
        entry.refusals.append(Refusal(needed, "required", "Thiếu giá trị của khóa nhập."))


def check(entry: Entry, job: Job) -> None:
    """Raises Problem or Unfit with what speaks against the row."""
    if entry.volunteer:
        _check_change(entry, entry.volunteer, job)
    elif entry.first:  # registered in an earlier portion of a rehearsal, and taken back with it
        _check_together(entry.first.values | entry.values)
    else:
        _check_new(entry, job)


def _check_new(entry: Entry, job: Job) -> None:
    if job.default_kind:
        entry.values.setdefault("kind", job.default_kind)
    missing = [
        FieldError(name, "required", f"Người mới cần có {what}.")
        for name, what in (("full_name", "họ và tên"), ("kind", "đối tượng"))
        if name not in entry.values
    ]
    if entry.area is None:
        missing.append(FieldError("ward", "required", "Người mới cần có xã, phường."))
    if missing:
        raise Problem("invalid", errors=missing)
    _check_together(entry.values | {"retired_on": entry.retired_on})


def _check_change(entry: Entry, person: Volunteer, job: Job) -> None:
    changeable(person)
    after = {name: entry.values.get(name, getattr(person, name)) for name in FIELDS}
    _check_together(after | {"retired_on": entry.retired_on or person.retired_on})
    if entry.area and after["joined_on"] and job.day < after["joined_on"]:
        not_before_joining(Volunteer(joined_on=after["joined_on"]), job.day, "area_id")


def _check_together(values: Mapping[str, Any]) -> None:
    """With the words of a list: the two halves of a consent stand in two columns."""
    if (values.get("consent_on") is None) != (values.get("consent_text") is None):
        raise Unfit(
            "consent_text" if values.get("consent_on") else "consent_on",
            "incomplete",
            "Sự đồng ý cần cả hai cột: Ngày đồng ý và Văn bản đồng ý.",
        )
    check_together(values)
