"""The shape of the catalogue for offline use."""

import marshmallow as ma
from marshmallow import fields

from services.sessions.schemas_base import Query, day_field


class CatalogueQuery(Query):
    on = day_field("the day whose groups, venues and volunteers are meant; default: today")


class Named(ma.Schema):
    """A code of the contract with its names."""

    code = fields.String(required=True, metadata={"examples": ["completed"]})
    vi = fields.String(required=True, metadata={"examples": ["thành công"]})
    en = fields.String(required=True, metadata={"examples": ["completed"]})


class Service(ma.Schema):
    """What a resident is helped with."""

    service = fields.String(required=True, metadata={"examples": ["vneid_activation"]})
    name_vi = fields.String(required=True)
    name_en = fields.String(required=True)
    pillars = fields.List(fields.String(), required=True)
    unit = fields.String(required=True, metadata={"description": "what is counted: resident, stall or record"})
    once = fields.Boolean(required=True, metadata={"description": "a resident counts once, ever"})
    due_days = fields.Integer(required=True, allow_none=True)
    may_return = fields.Boolean(required=True, metadata={"description": "whether the outcome `to_return` is possible"})


class Group(ma.Schema):
    """A residential group."""

    area_id = fields.String(required=True)
    code = fields.String(required=True, metadata={"examples": ["tdp-03"]})
    name = fields.String(required=True)
    local_label = fields.String(required=True, allow_none=True, metadata={"examples": ["tổ dân phố"]})


class Venue(ma.Schema):
    """A place where residents are served."""

    venue = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, allow_none=True, metadata={"examples": ["cultural_house"]})
    area_id = fields.String(required=True)


class Ward(ma.Schema):
    """A ward of the caller, with what is in it on the day."""

    area_id = fields.String(required=True)
    code = fields.String(required=True, metadata={"examples": ["11692"]})
    name = fields.String(required=True)
    groups = fields.List(fields.Nested(Group), required=True)
    venues = fields.List(fields.Nested(Venue), required=True)
    volunteers = fields.List(fields.String(), required=True, metadata={"description": "ids; names are in the registry"})


class Catalogue(ma.Schema):
    """Everything that an app needs to work offline; it changes when its `ETag` does."""

    on = fields.String(required=True, metadata={"examples": ["2026-03-15"]})
    services = fields.List(fields.Nested(Service), required=True)
    codes = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(Named)), required=True)
    wards = fields.List(fields.Nested(Ward), required=True)


EXAMPLE = {
    "on": "2026-03-15",
    "services": [
        {
            "service": "vneid_activation",
            "name_vi": "kích hoạt tài khoản định danh điện tử (VNeID) mức độ 2",
            "name_en": "VNeID activation",
            "pillars": ["transform"],
            "unit": "resident",
            "once": True,
            "due_days": None,
            "may_return": True,
        }
    ],
    "codes": {"outcome": [{"code": "completed", "vi": "thành công", "en": "completed"}]},
    "wards": [
        {
            "area_id": "5b1cc62a-6a0c-5a3e-8a52-8d1a2c9d7f10",
            "code": "11692",
            "name": "Phường Dương Kinh",
            "groups": [
                {
                    "area_id": "7d1cc62a-6a0c-5a3e-8a52-8d1a2c9d7f11",
                    "code": "tdp-03",
                    "name": "Tổ dân phố số 3",
                    "local_label": "tổ dân phố",
                }
            ],
            "venues": [
                {
                    "venue": "9f1cc62a-6a0c-5a3e-8a52-8d1a2c9d7f12",
                    "name": "Nhà văn hóa Tổ dân phố số 3",
                    "kind": "cultural_house",
                    "area_id": "7d1cc62a-6a0c-5a3e-8a52-8d1a2c9d7f11",
                }
            ],
            "volunteers": ["a21cc62a-6a0c-5a3e-8a52-8d1a2c9d7f13"],
        }
    ],
}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "description": "the ETag of the catalogue that one has: 304 when it is still the same",
    "schema": {"type": "string", "examples": ['"5d41402abc4b2a76b9719d911017c592"']},
}
