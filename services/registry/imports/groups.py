"""Importing residential groups: names, labels and how many households and people there are.

Guarantee: a row is about the group of its ward with its code, or without a code with its name; a new one gets the code
that its number gives, and is there from the first day of its ward. An empty cell erases nothing; the same list again
changes nothing and tells nothing.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.registry.commands.areas import NewGroup, change_area, declare_group
from services.registry.imports.columns import NUMBERS
from services.registry.imports.naming import asked_by
from services.registry.imports.places import Places
from services.registry.imports.report import Outcome, Refusal, Unfit, refusals_of
from services.registry.model import Area
from services.registry.phones import canonical_name
from shared.problems import Problem
from shared.sheets import Row
from shared.sheets.columns import fold
from shared.sheets.wordings import group_words

CODE = re.compile(r"[a-z][a-z0-9-]{0,31}")
LONGEST, MOST_PEOPLE = 100, 200_000_000
PREFIXES = {"to": "tdp", "": "tdp"}
FIELDS = ("name", "local_label", *NUMBERS)


@dataclass(slots=True)
class GroupJob:
    """One list: on which day its wards are looked up, the ward of rows that name none, and the groups so far."""

    day: dt.date
    ward: UUID | None = None
    subjects: dict[UUID, int] = field(default_factory=dict)
    seen: dict[tuple[UUID, str], int] = field(default_factory=dict)


def import_groups(session: Session, job: GroupJob, rows: Sequence[Row]) -> list[Outcome]:
    """What became of each row, in their order."""
    places = Places(session, job.day, job.ward)
    return [_import(session, job, places, row) for row in rows]


def _import(session: Session, job: GroupJob, places: Places, row: Row) -> Outcome:
    outcome = Outcome(row.number, str(row.values.get("name") or row.values.get("group_code") or ""), "refused")
    outcome.refusals = [Refusal(one.key, one.code, one.message) for one in row.errors if one.code != "required"]
    outcome.refusals += _bad(row)
    if outcome.refusals:
        return outcome
    try:
        _carry_out(session, job, places, row, outcome)
    except Unfit as unfit:
        outcome.refusals = [unfit.refusal]
    except Problem as problem:
        outcome.refusals = refusals_of(problem)
    return outcome


def _bad(row: Row) -> list[Refusal]:
    """What no command checks: sizes, and the form of a code."""
    found = []
    code = str(row.values.get("group_code") or "").casefold()
    if code and not CODE.fullmatch(code):
        message = f"Mã «{code}» không dùng được. Cần chữ thường không dấu, số, gạch nối, bắt đầu bằng chữ: tdp-03."
        found.append(Refusal("group_code", "invalid", message))
    for key, title in NUMBERS.items():
        value = row.values.get(key)
        if isinstance(value, int) and not 0 <= value <= MOST_PEOPLE:
            found.append(Refusal(key, "out_of_range", f"{title} {value} không hợp lý. Cần một số từ 0 trở lên."))
    for key in ("name", "local_label"):
        if len(str(row.values.get(key) or "")) > LONGEST:
            found.append(Refusal(key, "too_long", f"Dài quá {LONGEST} ký tự."))
    return found


def _carry_out(session: Session, job: GroupJob, places: Places, row: Row, outcome: Outcome) -> None:
    ward = places.ward(asked_by(row.values))
    if ward is None:
        raise Unfit("ward", "required", "Thiếu xã, phường. Vui lòng thêm cột Xã/phường hoặc chọn xã, phường khi nhập.")
    values: dict[str, Any] = {key: value for key in FIELDS if (value := row.values.get(key)) is not None}
    for key in ("name", "local_label"):
        if key in values:
            values[key] = canonical_name(str(values[key]))
    group = _known(places.groups_of(ward), row, values.get("name"))
    _refuse_repeated(job, ward, group, row, values)
    if group is None:
        group = _declare(session, ward, row, values)
        places.forget_groups(ward)
        outcome.result = "created"
    else:
        outcome.changed = tuple(key for key, value in values.items() if getattr(group, key) != value)
        outcome.result = "changed" if change_area(session, group, values) else "unchanged"
    outcome.subject, outcome.name = group.area_id, group.name
    job.subjects[group.area_id] = row.number


def _known(groups: Sequence[Area], row: Row, name: str | None) -> Area | None:
    code = str(row.values.get("group_code") or "").casefold()
    if code:
        found = [one for one in groups if one.code == code]
        found = [one for one in found if name and fold(one.name) == fold(name)] or found if len(found) > 1 else found
    elif name:
        found = [one for one in groups if fold(one.name) == fold(name)]
        found = found or [one for one in groups if group_words(one.name) == group_words(name)]
    else:
        raise Unfit("name", "required", "Cần mã tổ hoặc tên tổ.")
    if len(found) > 1:
        several = ", ".join(f"{one.code} {one.name}" for one in found)
        raise Unfit("group_code" if code else "name", "ambiguous", f"Có {len(found)} tổ như vậy: {several}.")
    return found[0] if found else None


def _refuse_repeated(job: GroupJob, ward: Area, group: Area | None, row: Row, values: dict[str, Any]) -> None:
    """A list that names one group twice would not say which numbers hold."""
    code, name = str(row.values.get("group_code") or "").casefold(), fold(values.get("name", ""))
    keys = [(ward.area_id, f"{kind} {text}") for kind, text in (("code", code), ("name", name)) if text]
    number = job.subjects.get(group.area_id) if group else job.seen.get(keys[0])
    if number:
        raise Unfit("name", "repeated", f"Trùng với dòng {number}; chỉ dòng đầu được xét.")
    for key in keys:
        job.seen.setdefault(key, row.number)


def _declare(session: Session, ward: Area, row: Row, values: dict[str, Any]) -> Area:
    if "name" not in values:
        raise Unfit("name", "required", f"Chưa có tổ này trong {ward.name}; tổ mới cần có tên.")
    code = str(row.values.get("group_code") or "").casefold() or _code_of(values["name"])
    content = dict(values)
    content.setdefault("local_label", _label_of(values["name"]))
    return declare_group(session, NewGroup(ward_id=ward.area_id, code=code, **content))


def _code_of(name: str) -> str:
    """`tdp-03` for `Tổ dân phố số 3`, `thon-dong` for `Thôn Đông`."""
    label, rest = group_words(name)
    number = f"{int(rest):02}" if rest.isdecimal() else rest
    code = re.sub(r"[^a-z0-9]+", "-", f"{PREFIXES.get(label, label)} {number}").strip("-")[:32].rstrip("-")
    if not CODE.fullmatch(code):
        raise Unfit("group_code", "required", f"Không đặt được mã cho «{name}». Vui lòng thêm cột Mã tổ, ví dụ tdp-03.")
    return code


LABELS = {
    "khu pho": "khu phố", "thon": "thôn", "khom": "khóm", "ap": "ấp", "ban": "bản", "buon": "buôn", "bon": "bon",
    "xom": "xóm", "lang": "làng", "soc": "sóc", "phum": "phum", "tieu khu": "tiểu khu", "khu": "khu",
    "khu dan cu": "khu dân cư",
}  # fmt: skip


def _label_of(name: str) -> str:
    return LABELS.get(group_words(name)[0], "tổ dân phố")
