"""Importing lists over the API: what is asked, and the report of what became of each row."""

from marshmallow import fields, validate

from services.registry.schemas.base import Base, Text, choice, code_field, day, identifier
from shared.events.schema import StrictInteger

KEYS = ("auto", "phone", "name_birth", "id")
RESULTS = ("created", "changed", "unchanged", "refused")
SHOWN = 500  # of each list in a report


def ward_code() -> fields.Field[str]:
    return code_field("[0-9]{5}", "mã xã, phường gồm 5 chữ số", "11692", load_default=None)


class ExportQuery(Base):
    """The list of a day, of one ward or of all."""

    ward = ward_code()
    on = day(load_default=None)


class ImportQuery(Base):
    """`ward` is that of rows that name none; `on` is the day whose names and codes the list uses, and of moves."""

    dry_run = fields.Boolean(
        load_default=False,
        error_messages={"invalid": "Cần true hoặc false."},
        metadata={"description": "do all the work and keep nothing of it"},
    )
    ward = ward_code()
    on = day(load_default=None)
    reason = Text(200, load_default=None, example="Danh sách của Đoàn phường tháng 3/2026")


class VolunteersImportQuery(ImportQuery):
    key = choice(
        KEYS,
        load_default="auto",
    )


class Heading(Base):
    column = fields.String(metadata={"examples": ["C"]})
    heading = fields.String(metadata={"examples": ["Số điện thoại (*)"]})
    field = fields.String(metadata={"examples": ["phone"]})
    title = fields.String(metadata={"examples": ["Điện thoại"]})


class UnknownHeading(Base):
    column = fields.String(metadata={"examples": ["L"]})
    heading = fields.String(metadata={"examples": ["Cỡ áo"]})


class Understood(Base):
    """What was made of the file, and what is assumed where it says nothing."""

    format = fields.String(metadata={"examples": ["xlsx"]})
    sheet = fields.String()
    other_sheets = fields.List(fields.String())
    header_rows = fields.List(StrictInteger(), validate=validate.Length(equal=2))
    columns = fields.List(fields.Nested(Heading))
    not_understood = fields.List(fields.Nested(UnknownHeading))
    assumed = fields.List(fields.String(metadata={"examples": ["Ô trống không xóa điều đã biết."]}))


class Counts(Base):
    created = StrictInteger()
    changed = StrictInteger()
    unchanged = StrictInteger()
    refused = StrictInteger()
    ignored = StrictInteger(metadata={"description": "rows that are no entries: titles, totals, signatures"})
    probable_duplicates = StrictInteger()


class CellRefused(Base):
    column = fields.String(allow_none=True, metadata={"examples": ["D"]})
    field = fields.String(metadata={"examples": ["phone"]})
    code = fields.String(metadata={"examples": ["bad_phone"]})
    message = fields.String()


class RowRefused(Base):
    row = StrictInteger()
    name = fields.String()
    errors = fields.List(fields.Nested(CellRefused))


class RowChanged(Base):
    row = StrictInteger()
    name = fields.String()
    id = identifier()
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")
    titles = fields.List(fields.String())


class RowIgnored(Base):
    row = StrictInteger()
    reason = fields.String(metadata={"examples": ["total"]})
    told = fields.String()


class ProbableDuplicate(Base):
    """Somebody of the list who is probably in the registry already; nothing was merged."""

    row = StrictInteger()
    name = fields.String()
    id = identifier()
    other_id = identifier()
    other_name = fields.String()
    score = StrictInteger(metadata={"description": "1 to 100, a ranking and no probability"})
    reason = fields.String()


class ImportReport(Base):
    """What became of each row; of each list at most the first 500, and then `is_complete` is false."""

    dry_run = fields.Boolean()
    understood = fields.Nested(Understood)
    counts = fields.Nested(Counts)
    refused = fields.List(fields.Nested(RowRefused))
    changed = fields.List(fields.Nested(RowChanged))
    ignored = fields.List(fields.Nested(RowIgnored))
    probable_duplicates = fields.List(fields.Nested(ProbableDuplicate))
    is_complete = fields.Boolean()
