"""Official counts, as the API takes and gives them."""

import datetime as dt

from marshmallow import fields

from services.registry.schemas.base import Base, Body, Text, day, identifier, limit_field, number
from services.registry.schemas.catalogue import service_code
from services.registry.schemas.targets import MOST, Cursor
from shared.events.schema import DateText, StrictInteger


class CountQuery(Base):
    limit = limit_field()
    after = Cursor("/([0-9]{4}-[0-9]{2}-[0-9]{2})", dt.date.fromisoformat, "/2026-03-15")
    area = identifier(load_default=None)
    on = day(load_default=None)
    service = service_code(load_default=None)
    first = day(load_default=None, data_key="from")
    last = day(load_default=None, data_key="to")


class NewCount(Body):
    area_id = identifier(required=True)
    service = service_code(required=True)
    as_of = day(required=True)
    done = number(0, MOST, required=True)
    source = Text(200, required=True, example="Công an thành phố Hải Phòng")


class Count(Base):
    area_id = identifier()
    service = fields.String(metadata={"examples": ["vneid_activation"]})
    as_of = DateText(metadata={"examples": ["2026-03-15"]})
    done = StrictInteger(metadata={"description": "cumulative"})
    source = fields.String(metadata={"examples": ["Công an thành phố Hải Phòng"]})
    version = StrictInteger()
