"""Offices to which residents and feedback are referred: the shipped ones, and those that a deployment adds.

Guarantee: an upsert that changes nothing appends nothing; an office that is closed is told as declared again when it is
used again, and as closed again when something of it changes meanwhile. Loading the shipped offices again leaves what
a client has changed.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from services.registry.commands.catalogue import changed_by_clients, differences
from services.registry.commands.refusals import area_or_refuse
from services.registry.journal import Told, subject_of, tell
from services.registry.model import Office
from services.registry.reference import rows
from shared.events.registry import OfficeClosed, OfficeDeclared
from shared.problems import Problem


def declare_offices(session: Session) -> int:
    """Declare the shipped offices that are new or changed; how many they were."""
    theirs = changed_by_clients(session, "office")
    shipped = [row for row in rows("offices.csv") if row["code"] not in theirs]
    return sum(put_office(session, row["code"], {"name": row["name"]}) for row in shipped)


def add_office(session: Session, code: str, content: Mapping[str, Any]) -> Office:
    if session.get(Office, code):
        raise Problem("already_exists", f"Đã có cơ quan {code}. Vui lòng sửa bằng PATCH.")
    put_office(session, code, content)
    return session.get_one(Office, code)


def put_office(session: Session, code: str, content: Mapping[str, Any]) -> bool:
    """Declare an office, or what it is now; whether that is new."""
    if content.get("area_id"):
        area_or_refuse(session, content["area_id"], "area_id")
    office = session.get(Office, code)
    if office is None:
        office = Office(code=code, **content)
        session.add(office)
    elif not (changed := differences(office, content)):
        return False
    else:
        for name, value in changed.items():
            setattr(office, name, value)
    tell(session, [_declared(office), *([_closed(office, office.closed_on)] if office.closed_on else [])])
    return True


def close_office(session: Session, office: Office, on: dt.date) -> bool:
    """Nothing is referred to the office from `on`; another day corrects the one before."""
    if office.closed_on == on:
        return False
    office.closed_on = on
    tell(session, [_closed(office, on)])
    return True


def reopen_office(session: Session, office: Office) -> bool:
    if office.closed_on is None:
        return False
    office.closed_on = None
    tell(session, [_declared(office)])
    return True


def _declared(office: Office) -> Told:
    event = OfficeDeclared(office=office.code, name=office.name, area=office.area_id)
    return Told(subject_of("office", office.code), event)


def _closed(office: Office, on: dt.date) -> Told:
    return Told(subject_of("office", office.code), OfficeClosed(office=office.code, on=on))
