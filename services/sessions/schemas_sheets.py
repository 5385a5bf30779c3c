"""Uploading sheets of paper counts and of assists: what is asked, and the report of what became of each row."""

import marshmallow as ma
from marshmallow import fields

from services.sessions.schemas_base import Query, day_field, text
from shared.events.schema import DateText


def _ward() -> fields.String:
    meaning = "the ward of rows that name none; not needed when the caller has one ward"
    return text("[0-9]{5}", "mã xã, phường gồm 5 chữ số", meaning, "11692")


class SheetQuery(Query):
    """`ward` and `on` are those of rows that name none."""

    dry_run = fields.Boolean(
        load_default=False,
        truthy={"true"},
        falsy={"false"},
        error_messages={"invalid": "Cần true hoặc false (boolean)."},
        metadata={"description": "answer as if, and store nothing"},
    )
    ward = _ward()
    on = day_field("the day of rows that tell none; without it, such a row is refused")


class TalliesQuery(SheetQuery):
    covers = fields.String(
        load_default="unlisted",
        validate=ma.validate.OneOf(("unlisted", "all"), error="Giá trị được nhận: unlisted, all."),
        metadata={"description": "whether the book holds only what was not recorded one by one, or all"},
    )


class SheetHeading(ma.Schema):
    column = fields.String(required=True, metadata={"examples": ["C"]})
    heading = fields.String(required=True, metadata={"examples": ["Nội dung hỗ trợ (*)"]})
    field = fields.String(required=True, metadata={"examples": ["service"]})
    title = fields.String(required=True, metadata={"examples": ["Nội dung hỗ trợ"]})


class UnknownSheetHeading(ma.Schema):
    column = fields.String(required=True, metadata={"examples": ["L"]})
    heading = fields.String(required=True, metadata={"examples": ["Họ và tên"]})


class SheetUnderstood(ma.Schema):
    """What was made of the file, and what is assumed where it says nothing."""

    format = fields.String(required=True, metadata={"examples": ["xlsx"]})
    sheet = fields.String(required=True)
    other_sheets = fields.List(fields.String(), required=True)
    header_rows = fields.List(fields.Integer(), required=True, validate=ma.validate.Length(equal=2))
    columns = fields.List(fields.Nested(SheetHeading), required=True)
    not_understood = fields.List(fields.Nested(UnknownSheetHeading), required=True)
    assumed = fields.List(fields.String(metadata={"examples": ["Mỗi dòng là một lượt hỗ trợ."]}), required=True)


class SheetCounts(ma.Schema):
    created = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True, metadata={"description": "known already, with the same content"})
    refused = fields.Integer(required=True)
    ignored = fields.Integer(required=True, metadata={"description": "rows that are no entries: titles, totals…"})


class SheetCellRefused(ma.Schema):
    column = fields.String(required=True, allow_none=True, metadata={"examples": ["D"]})
    field = fields.String(required=True, metadata={"examples": ["outcome"]})
    code = fields.String(required=True, metadata={"examples": ["unknown_choice"]})
    message = fields.String(required=True, metadata={"description": "in Vietnamese: what was read, what is possible"})


class SheetRowRefused(ma.Schema):
    row = fields.Integer(required=True)
    errors = fields.List(fields.Nested(SheetCellRefused), required=True)


class SheetRowChanged(ma.Schema):
    row = fields.Integer(required=True)
    fields_ = fields.List(fields.String(), required=True, data_key="fields", attribute="fields")
    titles = fields.List(fields.String(), required=True)


class SheetRowIgnored(ma.Schema):
    row = fields.Integer(required=True)
    reason = fields.String(required=True, metadata={"examples": ["total"]})
    told = fields.String(required=True)


class SheetBook(ma.Schema):
    """One paper count: a day and a place."""

    area = fields.String(required=True, metadata={"examples": ["Tổ dân phố số 3"]})
    day = DateText(required=True)
    result = fields.String(required=True, validate=ma.validate.OneOf(("created", "changed", "unchanged", "refused")))
    version = fields.Integer(required=True)
    count = fields.Integer(required=True, metadata={"description": "0: a zero report"})
    completed = fields.Integer(required=True)
    rows = fields.List(fields.Integer(), required=True)
    others = fields.Integer(
        required=True, metadata={"description": "further counts of that place and day, from an app or a form"}
    )


class SheetReport(ma.Schema):
    """What became of each row; of each list at most the first 500, and then `is_complete` is false."""

    dry_run = fields.Boolean(required=True)
    understood = fields.Nested(SheetUnderstood, required=True)
    counts = fields.Nested(SheetCounts, required=True)
    refused = fields.List(fields.Nested(SheetRowRefused), required=True)
    changed = fields.List(fields.Nested(SheetRowChanged), required=True)
    ignored = fields.List(fields.Nested(SheetRowIgnored), required=True)
    is_complete = fields.Boolean(required=True)
    tallies = fields.List(fields.Nested(SheetBook), metadata={"description": "of a sheet of paper counts"})
