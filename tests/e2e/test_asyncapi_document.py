"""The document at `/asyncapi.yaml` is an AsyncAPI document to AsyncAPI's own parser, and what it says of events is true."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from deploy.cds import wiring
from deploy.docs.build_asyncapi import EVENTS, FILE, document
from shared.events.catalogue import of_stream
from shared.settings import Settings
from tests.support import javascript

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
DOCUMENT = document()
SCRIPT = """
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.env.FILE, "utf8"));
const operations = document.operations().all().map((one) => [one.id(), one.messages().all().length]);
const found = diagnostics.map((one) => [one.severity, one.code, one.message, one.path.join("/")]);
console.log(JSON.stringify({ version: document.version(), operations, found }));
"""
ENVELOPE = {
    "specversion": "1.0",
    "id": "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b",
    "source": "/apps/app-11692-2025",
    "subject": "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6c",
    "time": "2026-03-15T18:10:00+07:00",
    "recordedtime": "2026-03-15T18:10:05+07:00",
    "partitionkey": "x",
}


def test_asyncapis_own_parser_finds_nothing_wrong(tmp_path: Path) -> None:
    told = json.loads(javascript.run(SCRIPT, tmp_path, {"PATH": os.environ["PATH"], "FILE": str(FILE)}))

    assert [one for one in told["found"] if one[1] != "asyncapi-latest-version"] == []
    assert told["version"] == "3.0.0"
    assert dict(told["operations"]) == {
        "tell_registry": len(of_stream("registry")),
        "tell_sessions": len(of_stream("sessions")),
        "take_events": len(of_stream("sessions")),
    }


def test_the_sessions_service_gives_the_document_to_everyone() -> None:
    settings = Settings(
        home=Path("/nowhere"),
        database_urls={"sessions": "postgresql://nobody@127.0.0.1:1/nothing"},
        resident_token_keys={1: bytes(32)},
    )

    answer = wiring.create_app("sessions", settings).test_client().get("/asyncapi.yaml")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/vnd.aai.asyncapi+yaml")
    assert answer.data == FILE.read_bytes()


def validator(message: str) -> Any:
    """What checks a payload: its schema, with the components that it refers to."""
    schema = copy.deepcopy(DOCUMENT["components"]["messages"][message]["payload"])
    return jsonschema.Draft202012Validator(schema | {"components": DOCUMENT["components"]})


def sample(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8"))
    return found[0] if isinstance(found, list) else found


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.NAME)
def test_what_is_logged_is_what_its_message_says(event: Any) -> None:
    logged = sample(GOLDEN / "logged" / f"{event.ce_type()}.json")
    whole = logged if "specversion" in logged else ENVELOPE | {"type": event.ce_type(), "data": logged}

    assert [error.message for error in validator(event.__name__).iter_errors(whole)] == []
    assert list(validator(event.__name__).iter_errors(whole | {"type": "vn.congdongso.other.v1"}))
    assert list(validator(event.__name__).iter_errors(whole | {"data": []}))


@pytest.mark.parametrize("event", of_stream("sessions").values(), ids=lambda event: event.NAME)
def test_what_is_sent_is_what_its_message_says(event: Any) -> None:
    data = sample(GOLDEN / f"{event.ce_type()}.json")
    whole = ENVELOPE | {"type": event.ce_type(), "data": data}
    judge = validator(f"{event.__name__}Sent")

    assert [error.message for error in judge.iter_errors(whole)] == []
    assert list(judge.iter_errors(whole | {"data": data | {"colour": "red"}}))
