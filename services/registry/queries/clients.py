"""Clients, without their secrets."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registry.model import Client
from services.registry.queries.pages import Rows


def clients(session: Session) -> Rows:
    return session.scalars(sa.select(Client).order_by(Client.client_id)).all()
