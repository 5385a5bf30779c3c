"""What services and offices are called: services by the catalogue as told, offices by the registry itself.

Guarantee: a district's own service is offered as soon as it is known here, an office at most five minutes later.
The page never waits longer than two seconds for the offices, nor again for half a minute; meanwhile the shipped
ones stand there.
"""

import time
from threading import Lock

import httpx
from flask import current_app

from services.sessions.page import terms
from services.sessions.page.guard import intake, token
from services.sessions.queries.catalogue import service_names
from shared import logs
from shared.database import transaction

FRESH_SECONDS, AGAIN_SECONDS, WAIT_SECONDS = 300, 30, 2.0
log = logs.get("page")


def services() -> dict[str, str]:
    """Every service that can be counted, with its name, the common ones first."""
    with transaction(intake().engine) as connection:
        found = service_names(connection)
    known = [code for code in terms.SERVICES if code in found]
    return {code: found[code] for code in [*known, *found]}


class Offices:
    """A process's names of the offices that residents are referred to."""

    def __init__(self) -> None:
        self._found = terms.OFFICES
        self._again_at = float("-inf")
        self._lock = Lock()

    def current(self) -> dict[str, str]:
        with self._lock:
            is_due = time.monotonic() >= self._again_at
            if is_due:
                self._again_at = time.monotonic() + AGAIN_SECONDS
        if is_due and (told := _ask()):
            self._found = {code: told[code] for code in terms.OFFICES if code in told} | told
            self._again_at = time.monotonic() + FRESH_SECONDS
        return self._found


def _ask() -> dict[str, str]:
    """The offices that are not closed; none when the registry does not answer."""
    url = f"{current_app.extensions['cds_settings'].url_of('registry')}/v1/offices?limit=500"
    try:
        answer = httpx.get(
            url, headers={"Authorization": f"Bearer {token()}"}, timeout=WAIT_SECONDS, trust_env=False
        ).raise_for_status()
        return {str(one["code"]): str(one["name"]) for one in answer.json()["items"] if not one.get("closed_on")}
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        log.warning("the offices cannot be had", error=type(error).__name__)
        return {}


def offices() -> dict[str, str]:
    found: Offices = current_app.extensions["cds_page_offices"]
    return found.current()
