"""`services/sessions/asyncapi.yaml`: the streams for machines, made from the catalogue (AsyncAPI 3.0).

A channel for each stream as the broker carries it, and one for the door that ward apps send to; a message for each
event type, with the JSON Schema of what is in it: the fact that is logged, or the event as it is sent. A test compares
the file with the code, and has it judged by AsyncAPI's own parser.
"""

from pathlib import Path
from typing import Any

import msgspec
import yaml

from deploy.cds import wiring
from shared import topology
from shared.events import catalogue
from shared.events.base import Event
from shared.events.catalogue import of_stream
from shared.events.facts import FACTS

FILE = Path(__file__).resolve().parents[2] / "services" / "sessions" / "asyncapi.yaml"
HEAD = "# Made by `python -m deploy.cds.generate` from the code; do not edit.\n"
DOOR = "intake"
DESCRIPTION = """\
What happens in the communities' digital support groups, as events. An event is a CloudEvent 1.0 in its JSON format.

Ward apps send events to the intake (HTTP). What is accepted becomes a fact in the log of its stream, and the broker
carries the facts in segments: a message is the gzip of a JSON array of them (application/cloudevents-batch+json), with
its position in the headers. A position has no gap; whatever the broker drops is read from the feed.
Readers ignore fields that they do not know.
"""

# What is published to the broker; the stream of reporting is read from its feed alone (docs/events.md).
STREAMS = wiring.producers()
EVENTS = tuple(event for event in catalogue.EVENTS if event.STREAM in STREAMS)


def build() -> str:
    """The text of the document, which the sessions service gives at `/asyncapi.yaml`."""
    return HEAD + yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=120)


def document() -> dict[str, Any]:
    """The document as an object."""
    channels = {stream: _stream(stream) for stream in STREAMS} | {DOOR: _door()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Congdongso events",
            "version": "1.0.0",
            "description": DESCRIPTION,
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": _server("amqp", "localhost:5672", "RabbitMQ. A relay of each stream publishes, consumers read."),
            "sessions": _server("http", "localhost:8002", "The sessions service; behind a proxy with TLS."),
        },
        "channels": channels,
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _server(protocol: str, default: str, description: str) -> dict[str, Any]:
    variables = {"host": {"default": default, "description": "as the operator says"}}
    return {"host": "{host}", "protocol": protocol, "description": description, "variables": variables}


def _key(event: type[Event], *, sent: bool = False) -> str:
    return event.__name__ + ("Sent" if sent else "")


def _sentence(cls: type) -> str:
    return " ".join((cls.__doc__ or "").split())


def _stream(stream: str) -> dict[str, Any]:
    readers = ", ".join(wiring.readers_of(stream))
    exchange = {"name": topology.EXCHANGE, "type": "topic", "durable": True}
    return {
        "address": f"{stream}.{{shard}}",
        "title": f"Stream {stream}",
        "description": f"The facts of the {stream} service, in order within a shard. Read by {readers}.",
        "servers": [{"$ref": "#/servers/broker"}],
        "parameters": {"shard": {"description": "0 to the number of shards less one; events of a ward share a shard"}},
        "messages": {
            _key(event): {"$ref": f"#/components/messages/{_key(event)}"} for event in of_stream(stream).values()
        },
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange}},
    }


def _door() -> dict[str, Any]:
    names = [_key(event, sent=True) for event in of_stream("sessions").values()]
    return {
        "address": "/v1/events",
        "title": "The intake",
        "description": "Ward apps post events: binary, structured, or batches with a fate for each. See ward-apps.md.",
        "servers": [{"$ref": "#/servers/sessions"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }


def _operations() -> dict[str, Any]:
    made: dict[str, Any] = {
        f"tell_{stream}": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{stream}"},
            "summary": f"The relay of the {stream} service publishes what it has cut, and waits for the confirm.",
            "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True}},
        }
        for stream in STREAMS
    }
    made["take_events"] = {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{DOOR}"},
        "summary": "The intake accepts, once for each source and id, or says what is wrong with which field.",
        "bindings": {"http": {"method": "POST"}},
    }
    return made


# -- messages ----------------------------------------------------------------------------------------------------


def _messages() -> dict[str, Any]:
    logged = {_key(event): _logged(event) for event in EVENTS}
    return logged | {_key(event, sent=True): _sent(event) for event in of_stream("sessions").values()}


def _logged(event: type[Event]) -> dict[str, Any]:
    more = {"recordedtime": {"type": "string", "format": "date-time", "description": "when it was accepted"},
            "partitionkey": {"type": "string", "description": "the ward that its shard is made from"}}  # fmt: skip
    schema = _envelope(event, FACTS[event].__name__, more)
    return _message(event, _key(event), schema) | {"headers": {"$ref": "#/components/schemas/SegmentHeaders"}}


def _sent(event: type[Event]) -> dict[str, Any]:
    return _message(event, _key(event, sent=True), _envelope(event, event.__name__, {}))


def _message(event: type[Event], name: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "title": event.ce_type(), "summary": _sentence(event),
            "contentType": "application/cloudevents+json", "payload": payload}  # fmt: skip


def _envelope(event: type[Event], data: str, more: dict[str, Any]) -> dict[str, Any]:
    source = {"type": "string", "description": "/apps/<client id> of who told it"}
    properties: dict[str, Any] = {
        "specversion": {"type": "string", "const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "source": source,
        "type": {"type": "string", "const": event.ce_type()},
        "subject": {"type": "string", "format": "uuid", "description": f"the {event.SUBJECT}"},
        "time": {"type": "string", "format": "date-time", "description": "when it happened"},
        **more,
        "data": {"$ref": f"#/components/schemas/{data}"},
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _schemas() -> dict[str, Any]:
    """What is in a message: facts, and events as they are sent. Each struct once, under its own name."""
    kinds: dict[str, type[msgspec.Struct]] = {FACTS[event].__name__: FACTS[event] for event in EVENTS}
    kinds |= {event.__name__: event for event in of_stream("sessions").values()}
    _, components = msgspec.json.schema_components(list(kinds.values()), ref_template="#/components/schemas/{name}")
    positions = {"type": "integer", "minimum": 0}
    header = {
        "type": "object",
        "description": "The AMQP headers of a segment: its position.",
        "required": ["stream", "epoch", "shard", "segment", "events"],
        "properties": {
            "stream": {"type": "string", "enum": list(STREAMS)},
            "epoch": {"type": "string", "format": "uuid", "description": "another one after a restore"},
            "shard": positions,
            "segment": positions | {"minimum": 1, "description": "one more than the one before, without a gap"},
            "events": positions | {"minimum": 1, "description": "how many events are in it"},
        },
    }
    return {"SegmentHeaders": header} | {name: components[name] for name in sorted(components)}


def generated() -> dict[Path, str]:
    """The generated file with its content."""
    return {FILE: build()}
