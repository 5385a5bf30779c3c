"""Successions and their rehearsals, as the API takes and gives them."""

from marshmallow import fields, validate

from services.registry.model import SUCCESSIONS
from services.registry.schemas.areas import described
from services.registry.schemas.base import Base, Body, choice, code_field, day, identifier, identifiers, limit_field
from shared.events.schema import StrictBoolean, StrictInteger, UuidText

KIND = {"description": "how an area that goes on existing gives something away: move, with the area on both sides"}


class SuccessionQuery(Base):
    limit = limit_field()
    after = code_field("[A-Za-z0-9/-]{1,80}", "giá trị “next” của trang trước", "", load_default=None)
    area = described(identifier(load_default=None), "on either side")
    on = day("2025-07-01", load_default=None)
    since = day("2025-01-01", load_default=None, data_key="from")
    until = day("2025-12-31", load_default=None, data_key="to")
    kind = choice(SUCCESSIONS, load_default=None)


class DryRunQuery(Base):
    dry_run = fields.Boolean(
        load_default=False,
        truthy={"true"},
        falsy={"false"},
        error_messages={"invalid": "Cần true hoặc false."},
        metadata={"description": "only tell what would change; nothing is written and no event is told"},
    )


class NewSuccessor(Base):
    area_id = identifier(required=True)
    is_main = StrictBoolean(load_default=False)
    groups = identifiers(1000, load_default=list)
    venues = identifiers(1000, load_default=list)
    teams = identifiers(1000, load_default=list)
    volunteers = identifiers(1000, load_default=list)


class NewSuccession(Body):
    on = day("2025-07-01", required=True)
    kind = choice(SUCCESSIONS, required=True, metadata=KIND)
    from_ = fields.List(UuidText(), required=True, data_key="from", validate=validate.Length(1, 100))
    to = fields.List(fields.Nested(NewSuccessor), required=True, validate=validate.Length(1, 100))


class Succession(Base):
    from_id = identifier()
    to_id = identifier()
    succeeds_on = day("2025-07-01")
    kind = choice(SUCCESSIONS)
    is_main = StrictBoolean()
    stays = StrictBoolean(metadata={"description": "the predecessor goes on existing"})


class AreaNamed(Base):
    area_id = identifier()
    code = fields.String(metadata={"examples": ["11692"]})
    name = fields.String(metadata={"examples": ["Phường Dương Kinh"]})


class SuccessorNamed(AreaNamed):
    is_main = StrictBoolean()


class ListedSuccession(Base):
    on = day("2025-07-01")
    kind = choice(SUCCESSIONS)
    stays = StrictBoolean(metadata={"description": "the predecessor goes on existing and gave something away"})
    from_ = fields.Nested(AreaNamed, data_key="from", attribute="from")
    to = fields.List(fields.Nested(SuccessorNamed))


class Successions(Base):
    items = fields.List(fields.Nested(ListedSuccession), required=True)
    next = fields.String(allow_none=True)


class CountedMoves(Base):
    groups = StrictInteger()
    volunteers = StrictInteger()
    teams = StrictInteger()
    venues = StrictInteger()


class MovedGroup(AreaNamed):
    residents = StrictInteger(allow_none=True)


class SuccessionMove(Base):
    to = fields.Nested(AreaNamed)
    is_main = StrictBoolean()
    groups = fields.List(fields.Nested(MovedGroup))
    volunteers = StrictInteger(metadata={"description": "also those in the groups"})
    teams = StrictInteger()
    venues = StrictInteger()


class LaterMove(Base):
    on = day("2027-01-01")
    group = fields.Nested(AreaNamed)
    to = fields.Nested(AreaNamed)


class Ambiguous(CountedMoves):
    code = choice(("by_default", "same_code"))
    message = fields.String()


class ClientNamed(Base):
    client_id = fields.String()
    name = fields.String()


class CampaignNamed(Base):
    campaign_id = identifier()
    name = fields.String()
    starts_on = day("2026-03-01")
    ends_on = day("2026-03-31")


class TargetNamed(Base):
    area = fields.Nested(AreaNamed)
    campaign_id = identifier()
    service = fields.String()


class Rehearsal(Base):
    """What a succession would change."""

    on = day("2027-01-01")
    kind = choice(SUCCESSIONS)
    is_known = StrictBoolean(metadata={"description": "declared already, just so: nothing would change"})
    ends = fields.List(fields.Nested(AreaNamed))
    stays = fields.List(fields.Nested(AreaNamed))
    moves = fields.List(fields.Nested(SuccessionMove))
    totals = fields.Nested(CountedMoves)
    later = fields.List(
        fields.Nested(LaterMove), metadata={"description": "groups carried on by successions known already"}
    )
    clients = fields.List(fields.Nested(ClientNamed))
    campaigns = fields.List(fields.Nested(CampaignNamed))
    targets = fields.List(fields.Nested(TargetNamed))
    ambiguous = fields.List(fields.Nested(Ambiguous))
