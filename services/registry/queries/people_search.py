"""Names and phones as they are searched for, as SQL.

Guarantee: see `people`; a query that asks for nothing is refused by its field, and is never repeated.
"""

from typing import Any

import sqlalchemy as sa

from services.registry.model import Volunteer
from services.registry.names import fold, literal, spellings
from services.registry.phones import canonical_name, phone_ending
from shared.problems import FieldError, Problem


def by_name(query: str) -> sa.ColumnElement[bool]:
    """Each word of the query begins a word of the name."""
    words = _words(query)
    if not words:
        message = "Cần ít nhất một chữ của họ tên."
        raise Problem("invalid", errors=[FieldError("q", "invalid", message)])
    return _or_merged(sa.and_(*(_begins_a_word(Volunteer.folded_name, fold(word)) for word in words)))


def by_phone(typed: str) -> sa.ColumnElement[bool]:
    """The number in any notation, or the last digits of it."""
    try:
        ending = phone_ending(typed)
    except ValueError as error:
        raise Problem("invalid", errors=[FieldError("phone", "invalid", str(error))]) from None
    is_whole = ending.startswith("+")
    return _or_merged(Volunteer.phone == ending if is_whole else Volunteer.phone.like(f"%{literal(ending)}"))


def distance(query: str) -> sa.ColumnElement[int]:
    """How many words of the query are not in the name with just these diacritics."""
    found = [sa.or_(*(_begins_a_word(Volunteer.full_name, one) for one in spellings(word))) for word in _words(query)]
    return sum((sa.case((one, 0), else_=1) for one in found), start=sa.literal_column("0"))


def _words(query: str) -> list[str]:
    return [word for word in canonical_name(query).split() if fold(word)]


def _begins_a_word(name: Any, word: str) -> sa.ColumnElement[bool]:
    spaced: sa.ColumnElement[str] = sa.literal(" ") + name
    return spaced.like(f"% {literal(word)}%", escape="\\")


def _or_merged(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Records of which this is true, and those that such a record was merged into."""
    itself = sa.select(Volunteer.volunteer_id).where(condition)
    final = sa.select(Volunteer.merged_into).where(condition, Volunteer.merged_into.is_not(None))
    return sa.or_(Volunteer.volunteer_id.in_(itself), Volunteer.volunteer_id.in_(final))
