"""Clients, as the API takes and gives them."""

from marshmallow import fields, validate

from services.registry.commands.clients import CLIENT_ID, SCOPES
from services.registry.schemas.base import Base, Body, Text, choice, code_field, identifiers
from shared.events.schema import UuidText


class NewClient(Body):
    client_id = code_field(CLIENT_ID, "chữ thường, số, gạch nối", "app-duong-kinh", load_default=None)
    name = Text(required=True, example="Ứng dụng phường Dương Kinh")
    areas = identifiers(1000, load_default=list)
    scopes = fields.List(choice(SCOPES), validate=validate.Length(min=1, max=10))


class Client(Base):
    client_id = fields.String(required=True, metadata={"examples": ["app-duong-kinh"]})
    name = fields.String(metadata={"examples": ["Ứng dụng phường Dương Kinh"]})
    areas = fields.List(UuidText())
    scopes = fields.List(choice(SCOPES))
    enabled_at = fields.AwareDateTime(format="iso")
    revoked_at = fields.AwareDateTime(format="iso", allow_none=True)


class ClientWithSecret(Client):
    client_secret = fields.String(required=True, metadata={"description": "shown once, not stored"})


class Clients(Base):
    items = fields.List(fields.Nested(Client))
