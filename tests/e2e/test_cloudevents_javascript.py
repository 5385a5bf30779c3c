"""The official JavaScript `cloudevents` package is a client: what it sends in either mode is accepted and counted."""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import javascript
from tests.support.embedded import Ward, embedded
from tests.support.postgres import TestPostgres

APP = "app-11692-2025"
DATA = {"area": "tdp-03", "service": "online_safety", "outcome": "completed"}
# Each mode by hand and by the package's own emitter; every event twice, as a phone does that missed the answer.
SCRIPT = """
import { CloudEvent, HTTP, Mode, emitterFor, httpTransport } from "cloudevents";

const { address, token, mode, how, attributes, data } = JSON.parse(process.env.GIVEN);
const event = new CloudEvent({ ...attributes, data });
const answers = [];
if (how === "message") {
  const message = mode === "binary" ? HTTP.binary(event) : HTTP.structured(event);
  for (let turn = 0; turn < 2; turn++) {
    const headers = { ...message.headers, Authorization: `Bearer ${token}` };
    const answer = await fetch(address, { method: "POST", headers, body: message.body });
    answers.push([answer.status, await answer.json()]);
  }
} else {
  const emit = emitterFor(httpTransport(address), { mode: mode === "binary" ? Mode.BINARY : Mode.STRUCTURED });
  for (let turn = 0; turn < 2; turn++) {
    const answer = await emit(event, { headers: { Authorization: `Bearer ${token}` } });
    answers.push([turn === 0 ? 201 : 200, JSON.parse(answer.body)]);
  }
}
console.log(JSON.stringify(answers));
"""


@pytest.fixture(scope="module")
def ward(postgres: TestPostgres) -> Iterator[Ward]:
    with embedded(postgres) as running:
        yield running


def send(ward: Ward, folder: Path, mode: str, how: str, **more: Any) -> list[tuple[int, dict[str, Any]]]:
    attributes = {"id": str(uuid.uuid4()), "source": f"/apps/{APP}", "type": "vn.congdongso.assist.recorded.v1",
                  "subject": str(uuid.uuid4())} | more  # fmt: skip
    given = {"address": f"{ward.url('sessions')}/v1/events", "token": ward.token(APP), "mode": mode, "how": how,
             "attributes": attributes, "data": DATA}  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "GIVEN": json.dumps(given)}
    return [(status, body) for status, body in json.loads(javascript.run(SCRIPT, folder, environment))]


def count(ward: Ward) -> int:
    return ward.figures("service").get(("online_safety",), 0)


@pytest.mark.parametrize("how", ["message", "emitter"])
@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_an_event_of_the_official_javascript_package_is_counted_once(
    ward: Ward, tmp_path: Path, mode: str, how: str
) -> None:
    before = count(ward)

    first, again = send(ward, tmp_path, mode, how)

    assert (first[0], first[1]["status"]) == (201, "accepted"), first
    assert (again[0], again[1]["status"]) == (200, "duplicate"), again
    assert again[1]["recordedtime"] == first[1]["recordedtime"]
    assert count(ward) == before + 1


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_its_time_of_another_zone_and_its_extensions_do_no_harm(ward: Ward, tmp_path: Path, mode: str) -> None:
    before = count(ward)
    more = {"time": "2026-01-01T02:00:00+07:00", "datacontenttype": "application/json", "device": "may-bang-01"}

    first, _ = send(ward, tmp_path, mode, "message", **more)

    assert (first[0], first[1]["status"]) == (201, "accepted"), first
    assert count(ward) == before, "it counts on its own day"


def test_the_lock_names_versions_and_no_address_to_fetch_them_from() -> None:
    lock = (javascript.SOURCE / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(lock)["packages"]

    assert "resolved" not in lock
    assert "://" not in lock
    assert all(package.get("integrity") for name, package in packages.items() if name)
    pinned = json.loads((javascript.SOURCE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pinned.values())
