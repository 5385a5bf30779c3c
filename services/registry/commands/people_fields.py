"""The fields of a volunteer in the form that is kept, and what must hold between them.

Guarantee: whoever brings them, a request or a spreadsheet, the same is accepted and kept; every wrong field is named
at once, and no sentence repeats a name or a phone.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from services.registry.commands.refusals import refuse
from services.registry.names import fold
from services.registry.phones import canonical_name, canonical_phone
from shared import clock
from shared.events.base import NO_CONTROLS
from shared.events.people import VolunteerKind
from shared.problems import FieldError, Problem

KINDS = get_args(VolunteerKind)
LONGEST = 100
MOST_SKILLS, LONGEST_SKILL = 20, 60
OLDEST = 1900
FIELDS = (
    "full_name",
    "kind",
    "phone",
    "unit",
    "birth_year",
    "skills",
    "languages",
    "joined_on",
    "consent_on",
    "consent_text",
)
Values = dict[str, Any]


def canonical(given: Mapping[str, Any]) -> Values:
    """These fields as they are kept, with their search keys.

    Raises:
        Problem: naming every wrong field.
    """
    made: Values = {}
    errors: list[FieldError] = []
    for name, value in given.items():
        try:
            made[name] = _FORMS[name](value)
        except ValueError as error:
            errors.append(FieldError(name, "invalid", str(error)))
    if errors:
        raise Problem("invalid", errors=errors)
    if "full_name" in made:
        made["folded_name"] = fold(made["full_name"])
    if "unit" in made:
        made["folded_unit"] = fold(made["unit"] or "")
    return made


def check_together(values: Mapping[str, Any]) -> None:
    """Refuse a whole record whose fields contradict each other."""
    born, joined, retired = (values.get(name) for name in ("birth_year", "joined_on", "retired_on"))
    if (values.get("consent_on") is None) != (values.get("consent_text") is None):
        missing = "consent_text" if values.get("consent_on") else "consent_on"
        raise refuse(missing, "incomplete", "Sự đồng ý cần cả ngày (consent_on) và bản văn (consent_text).")
    if born and born > clock.today().year:
        raise refuse("birth_year", "in_the_future", f"Năm sinh {born} còn ở tương lai.")
    if born and joined and joined.year < born:
        raise refuse("joined_on", "before_birth", f"Ngày tham gia {joined} trước năm sinh {born}.")
    if joined and retired and retired < joined:
        raise refuse("joined_on", "after_retirement", f"Ngày tham gia {joined} sau ngày thôi tham gia {retired}.")


def union(*lists: Iterable[str]) -> list[str]:
    """Everything that is in one of the lists, once, however it is spelt, in the order of its first mention."""
    found: dict[str, str] = {}
    for one in (one for part in lists for one in part):
        found.setdefault(fold(one), one)
    return list(found.values())


def _line(value: Any, longest: int = LONGEST) -> str:
    text = canonical_name(value) if isinstance(value, str) else ""
    if not 1 <= len(text) <= longest:
        raise ValueError(f"Cần từ 1 đến {longest} ký tự.")
    if not re.match(NO_CONTROLS, text) or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("Không được có ký tự điều khiển.")
    return text


def _name(value: Any) -> str:
    text = _line(value)
    if not any(char.isalpha() for char in text):
        raise ValueError("Họ tên cần có chữ cái.")
    return text


def _kind(value: Any) -> str:
    if value not in KINDS:
        raise ValueError(f"Giá trị được nhận: {', '.join(KINDS)}.")
    return str(value)


def _year(value: Any) -> int:
    if type(value) is not int or not OLDEST <= value <= 2100:
        raise ValueError(f"Cần một năm từ {OLDEST} đến 2100.")
    return value


def _day(value: Any) -> dt.date:
    if type(value) is not dt.date or not OLDEST <= value.year < 2200:
        raise ValueError("Cần một ngày từ 1900-01-01 đến 2199-12-31.")
    return value


def _lines(value: Any) -> list[str]:
    made = union(_line(one, LONGEST_SKILL) for one in value or ())
    if len(made) > MOST_SKILLS:
        raise ValueError(f"Nhiều nhất {MOST_SKILLS} mục.")
    return made


def _or_none(form: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else form(value)


_FORMS: dict[str, Callable[[Any], Any]] = {
    "full_name": _name,
    "kind": _kind,
    "phone": _or_none(canonical_phone),
    "unit": _or_none(_line),
    "birth_year": _or_none(_year),
    "skills": _lines,
    "languages": _lines,
    "joined_on": _or_none(_day),
    "consent_on": _or_none(_day),
    "consent_text": _or_none(_line),
}
