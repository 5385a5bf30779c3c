"""Volunteers, as the API takes them."""

from typing import get_args

from marshmallow import fields, validate

from services.registry.schemas.base import (
    UUID_EXAMPLE,
    Base,
    Body,
    PageQuery,
    Text,
    choice,
    code_field,
    day,
    identifier,
    limit_field,
    number,
)
from shared.events.people import VolunteerKind

KINDS = get_args(VolunteerKind)
STATUSES = ("active", "retired", "merged", "erased")
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PAIR = code_field(
    f"{UUID}/{UUID}", "giá trị “next” của trang trước", f"{UUID_EXAMPLE}/{UUID_EXAMPLE}", load_default=None
)


def texts() -> fields.List[str]:
    return fields.List(Text(60, example="tin học văn phòng"), validate=validate.Length(max=20))


class Filters(Base):
    ward = identifier(load_default=None)
    area = identifier(load_default=None)
    unit = Text(load_default=None, example="Chi đoàn tổ dân phố số 3")
    skill = Text(60, load_default=None, example="tin học văn phòng")
    team = identifier(load_default=None)
    kind = choice(KINDS, load_default=None)
    status = choice(STATUSES, load_default=None)
    on = day(load_default=None)


class VolunteerQuery(PageQuery, Filters):
    """Without `status`, volunteers who were merged or erased are left out."""


class VolunteerSearch(Filters):
    """Names and phones are searched for in a body: an address is logged on its way.

    `q`: each word begins a word of the name, in any order, with or without diacritics; names with just these
    diacritics come first. `phone`: a number in any notation, or its last digits, at least four.
    """

    limit = number(1, 500, load_default=100)
    after = identifier(load_default=None)
    q = Text(load_default=None, example="nguyen van an")
    phone = Text(30, load_default=None, example="0990 000 001")


class Person(Base):
    """What a record says of a person; a field that is absent is left as it is."""

    full_name = Text(example="Nguyễn Văn An")
    phone = Text(30, allow_none=True, example="0990 000 001")
    kind = choice(KINDS)
    unit = Text(allow_none=True, example="Chi đoàn tổ dân phố số 3")
    birth_year = number(1900, 2100, allow_none=True)
    skills = texts()
    languages = texts()
    joined_on = day("2023-03-01", allow_none=True)
    consent_on = day("2023-03-01", allow_none=True)
    consent_text = Text(allow_none=True, example="v1-2023")


class VolunteerChange(Body, Person):
    """A field that is null is emptied."""


class NewVolunteer(Body, Person):
    full_name = Text(required=True, example="Nguyễn Văn An")
    kind = choice(KINDS, required=True)
    area_id = identifier(required=True)


class Move(Body):
    """A ward or a residential group, and since when."""

    area_id = identifier(required=True)
    on = day(required=True)


class On(Body):
    on = day(required=True)


class Reason(Body):
    reason = Text(200, required=True, example="Theo đề nghị của người có dữ liệu")


class Merge(Body):
    """`from` is merged into the volunteer of the address; `choices` are the fields in which they differ."""

    from_ = identifier(required=True, data_key="from")
    choices = fields.Nested(Person, load_default=dict)


class TwoPersons(Body):
    other = identifier(required=True)


class DuplicatesQuery(Base):
    limit = limit_field()
    after = PAIR
    ward = identifier(load_default=None)
