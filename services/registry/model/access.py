"""Who may use the platform: clients, and the keys that sign their tokens."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.registry.model.base import Base


class Client(Base):
    __tablename__ = "client"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret_sha256: Mapped[bytes]
    areas: Mapped[list[UUID]]
    scopes: Mapped[list[str]]
    enabled_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]


class SigningKey(Base):
    __tablename__ = "signing_key"

    kid: Mapped[str] = mapped_column(primary_key=True)
    private_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    retired_at: Mapped[dt.datetime | None] = mapped_column(comment="signs no more; verifies until it is removed")
