"""Loading the sample: its registry part by the registry's commands, its story through the public API, once.

Guarantee: run again it loads only what is missing. How far it came is kept in the home, so an interrupted loading goes
on; a plan that was sent half is sent again whole, and what is there already is a duplicate.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deploy.cds import settle
from deploy.cds.home import read_json, write_json
from deploy.cds.registry_commands import add_client, renew_client
from deploy.cds.registry_sample import load_officer, load_sample
from deploy.cds.simulate import run
from deploy.cds.simulate.targets import Targets, read_clients
from deploy.sample import story
from shared import clock
from shared.settings import SERVICES, Settings

VIEWER = "viewer-sample"
CLIENTS_FILE = "clients.json"
STATE_FILE = "sample.json"
LAST_DAYS = 30


class SampleError(Exception):
    """One line for the operator: why the sample could not be loaded."""


def load(settings: Settings, on_progress: Callable[[str, int, int], None]) -> dict[str, Any]:
    """Load what is missing of the sample; what was loaded, by plan.

    Raises:
        SampleError: when a service does not take it.
    """
    targets = _registry_part(settings)
    if not settle.wait(settings, 60):
        raise SampleError("the services do not take in the registry's areas; see the log lines above")
    return _story(settings, targets, on_progress)


def _registry_part(settings: Settings) -> Targets:
    """Areas, venues, volunteers, ward apps and an officer; the addresses and secrets, kept in the home."""
    path = settings.home / CLIENTS_FILE
    kept = read_json(path) or {}
    secrets = {entry["client_id"]: entry["client_secret"] for entry in kept.get("clients", [])}
    for client in load_sample(settings):
        if client.client_secret is not None:
            secrets[client.client_id] = client.client_secret
        elif client.client_id not in secrets:
            secrets[client.client_id] = str(renew_client(settings, client.client_id).client_secret)
    viewer = (kept.get("viewer") or {}).get("client_secret") or _viewer(settings)
    urls = {service: settings.url_of(service) for service in SERVICES}
    content = story.clients_file(secrets, urls, (VIEWER, viewer)) | {"officer": _officer(settings, kept)}
    if content != kept:
        write_json(path, content)
    return read_clients(content)[0]


def _viewer(settings: Settings) -> str:
    try:
        made = add_client(settings, "Người xem (dữ liệu mẫu)", client_id=VIEWER, scopes=("reports:read",))
    except Exception:
        made = renew_client(settings, VIEWER)
    return str(made.client_secret)


def _officer(settings: Settings, kept: dict[str, Any]) -> dict[str, str]:
    """The page of the ward's officer and its sign-in; a password that is not kept any more is renewed."""
    loaded = load_officer(settings)
    password = loaded.client_secret or (kept.get("officer") or {}).get("password")
    if password is None:
        password = str(renew_client(settings, loaded.client_id).client_secret)
    return {"page": f"{settings.url_of('sessions')}/phuong", "user": loaded.client_id, "password": password}


def _story(settings: Settings, targets: Targets, on_progress: Callable[[str, int, int], None]) -> dict[str, Any]:
    """March 2023 once; then the days from the last one told up to now."""
    path = settings.home / STATE_FILE
    state = read_json(path) or {}
    loaded: dict[str, Any] = {}
    if not state.get("march_2023"):
        loaded["march_2023"] = _tell(story.march_2023(), targets, "3/2023", on_progress)
        state["march_2023"] = True
        write_json(path, state)
    plan = _days_to_tell(state)
    if plan is not None:
        loaded["last_days"] = _tell(plan, targets, "30 ngày", on_progress)
        state["told_until"] = clock.now().isoformat()
        write_json(path, state)
    return loaded


def _days_to_tell(state: dict[str, Any]) -> Any:
    """The plan of the last days; after a restart on a later day, of the days since. None when today was told."""
    now = clock.now()
    told = state.get("told_until")
    if told is None:
        return story.last_days(now, LAST_DAYS)
    missing = (clock.local_day(now) - clock.local_day(dt.datetime.fromisoformat(told))).days
    if missing <= 0:
        return None
    days = min(missing - 1, LAST_DAYS)
    plan = story.last_days(now, days, 50 * (days + 1))
    return replace(plan, seed=f"{plan.seed}-{clock.local_day(now)}")


def _tell(plan: Any, targets: Targets, name: str, on_progress: Callable[[str, int, int], None]) -> dict[str, Any]:
    outcome = run(plan, targets, has_baseline=False, on_progress=lambda sent, total: on_progress(name, sent, total))
    if outcome.surprises:
        raise SampleError(f"the sample was not taken as expected: {outcome.surprises[0]}")
    return outcome.summary()
