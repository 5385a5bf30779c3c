"""`docs/events.md` from the catalogue: every event type, its fields, who tells it and who reads it.

Guarantee: types, sentences, fields and limits come from the event classes, readers from the consumers' tables. Nothing
here is written by hand but the headings. `python -m deploy.cds.generate` writes it, `--check` compares.
"""

import datetime as dt
import re
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

import msgspec
from msgspec import Meta

from deploy.cds import wiring
from shared.events import facts
from shared.events.base import END, Event, write_only_fields
from shared.events.catalogue import STREAMS, of_stream

FILE = Path(__file__).resolve().parents[2] / "docs" / "events.md"
PLAIN: dict[Any, str] = {
    UUID: "uuid",
    dt.date: "date",
    dt.datetime: "time with offset",
    str: "text",
    int: "integer",
    bool: "boolean",
}
INTRODUCTION = """\
<!-- Made by `python -m deploy.cds.generate` from the code; do not edit. -->

# Events

Every event type of this release. An event is a CloudEvent 1.0; `type` is `vn.congdongso.<name>.v1`. Ward apps send the
types of the sessions stream ([ward-apps.md](ward-apps.md)); the registry tells its own. Each type has a JSON Schema at
`GET /v1/schemas/<type>` of the sessions service. Unknown fields are refused by name. ✎ marks a write-only field: it is
taken in, kept apart or turned into a token at once, and is in no event that anyone reads.
"""


def build() -> str:
    """The text of `docs/events.md`."""
    parts = [INTRODUCTION, *(_overview(stream) for stream in STREAMS)]
    for stream in STREAMS:
        parts.append(f"## Stream `{stream}`, type by type\n")
        parts += [_event(event) for event in of_stream(stream).values()]
    parts.append(_facts())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"


def _overview(stream: str) -> str:
    readers = ", ".join(f"`{name}`" for name in wiring.readers_of(stream)) or "whoever wants it, from its feed"
    lines = [
        f"## Stream `{stream}`\n",
        f"Told by the service `{stream}`; read by {readers}.\n",
        "| event | about | happens when | read by |",
        "|---|---|---|---|",
    ]
    for event in of_stream(stream).values():
        lines.append(
            f"| [`{event.NAME}`](#{_anchor(event)}) | {event.SUBJECT} | {_sentence(event)} | {_readers(event)} |"
        )
    return "\n".join(lines) + "\n"


def _anchor(event: type[Event]) -> str:
    return event.NAME.replace(".", "")


def _sentence(cls: type) -> str:
    return " ".join((cls.__doc__ or "").split())


def _readers(event: type[Event]) -> str:
    found = [
        f"{name} (`{handler.__name__}`)"
        for name, consumer in wiring.CONSUMERS.items()
        for handler in consumer.handlers.get(event, ())
    ]
    return "<br>".join(found) or "nobody yet"


def _event(event: type[Event]) -> str:
    parts = [
        f"### {event.NAME}\n",
        f"{_sentence(event)}\n",
        f"`{event.ce_type()}`, subject: the {event.SUBJECT}'s UUID.\n",
        _table(event),
        _rule_list(event),
    ]
    nested = [_nested(inner) for inner in _structs(event)]
    return "\n".join([*parts, *nested])


def _rule_list(event: type[Event]) -> str:
    return "".join(f"\n- `{field}`: {message}" for field, message in _rules(event)) + "\n"


def _nested(cls: type[msgspec.Struct]) -> str:
    return f"`{cls.__name__}`: {_sentence(cls)}\n\n{_table(cls)}\n"


def _table(cls: type[msgspec.Struct]) -> str:
    hidden = write_only_fields(cls) if issubclass(cls, Event) else frozenset()
    lines = ["| field | type | required | allowed, default | meaning |", "|---|---|---|---|---|"]
    for field in msgspec.structs.fields(cls):
        name = f"`{field.encode_name}`" + (" ✎" if field.name in hidden else "")
        required = "yes" if field.required else ""
        allowed = "; ".join(_allowed(field.type)) + _default(field)
        cells = (name, _name(field.type), required, allowed.strip("; "), _meaning(field.type))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def _default(field: msgspec.structs.FieldInfo) -> str:
    value = field.default if field.default is not msgspec.NODEFAULT else None
    return "" if value in (None, msgspec.UNSET) else f"; default `{msgspec.json.encode(value).decode()}`"


# -- annotations in words ------------------------------------------------------------------------------------


def _unwrapped(annotation: Any) -> tuple[Any, list[Meta]]:
    """The type below Annotated and Optional, and what is said about it."""
    metas: list[Meta] = []
    while True:
        if hasattr(annotation, "__metadata__"):
            metas += [one for one in annotation.__metadata__ if isinstance(one, Meta)]
            annotation = annotation.__origin__
        elif get_origin(annotation) in (Union, types.UnionType):
            (annotation,) = (one for one in get_args(annotation) if one is not type(None))
        else:
            return annotation, metas


def _name(annotation: Any) -> str:
    plain, _ = _unwrapped(annotation)
    if get_origin(plain) is list:
        return f"{_name(get_args(plain)[0])}[]"
    if get_origin(plain) is Literal:
        return "code"
    return PLAIN.get(plain) or str(plain.__name__)


def _allowed(annotation: Any) -> Iterator[str]:
    """Codes, and limits of length, number and form."""
    plain, metas = _unwrapped(annotation)
    if get_origin(plain) is Literal:
        yield ", ".join(f"`{value}`" for value in get_args(plain))
    if get_origin(plain) is list:
        yield from _allowed(get_args(plain)[0])
    unit = {list: "items", str: "characters"}.get(get_origin(plain) or plain, "")
    for meta in metas:
        yield from _range(meta.ge, meta.le, "")
        yield from _range(meta.min_length, meta.max_length, unit)
        if meta.pattern and not meta.examples and not meta.pattern.startswith("^(?!"):
            yield f"`{meta.pattern.removesuffix(END)}$`"


def _range(least: Any, most: Any, unit: str) -> Iterator[str]:
    words = f" {unit}" if unit else ""
    if least is not None and most is not None:
        yield f"{least} to {most}{words}"
    elif least is not None:
        yield f"{least} or more{words}"
    elif most is not None:
        yield f"at most {most}{words}"


def _meaning(annotation: Any) -> str:
    plain, metas = _unwrapped(annotation)
    said = [meta.description for meta in metas if meta.description]
    if not said and get_origin(plain) is list:
        return _meaning(get_args(plain)[0])
    return "; ".join(said)


def _structs(cls: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """The parts of an event that are objects of their own."""
    for field in msgspec.structs.fields(cls):
        plain, _ = _unwrapped(field.type)
        inner = get_args(plain)[0] if get_origin(plain) is list else plain
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            yield inner


def _rules(event: type[Event]) -> list[tuple[str, str]]:
    """The rules between fields, found by asking for them: every code alone, and every optional field filled."""
    rules: Callable[[Any], list[tuple[str, str]]] = event.rules
    found: dict[tuple[str, str], None] = {}
    fields = msgspec.structs.fields(event)
    empty = {field.name: None for field in fields}
    for field in fields:
        plain, _ = _unwrapped(field.type)
        if get_origin(plain) is Literal:
            for code in get_args(plain):
                found |= dict.fromkeys(rules(SimpleNamespace(**empty | {field.name: code})))
    filled = {field.name: "given" for field in fields}
    found |= dict.fromkeys(rules(SimpleNamespace(**filled)))
    return list(found)


# -- facts -----------------------------------------------------------------------------------------------------


def _facts() -> str:
    """What the log, the broker and the feed carry instead of the submission."""
    made = {fact: event for event, fact in facts.FACTS.items() if event.STREAM == "sessions"}
    parts = [
        "## What readers get\n",
        "The `data` of a sessions event in the log, the broker and the feed is a fact: what was told, with its day and "
        "its areas resolved, what held before, and whether it applies. Registry events are their own facts. Readers "
        "ignore fields that they do not know.\n",
    ]
    shown: dict[type[msgspec.Struct], None] = {}
    for fact in made:
        of = ", ".join(f"`{event.NAME}`" for event, kind in facts.FACTS.items() if kind is fact)
        parts.append(f"### {fact.__name__}\n\nOf {of}. {_sentence(fact)}\n\n{_table(fact)}\n")
        shown |= dict.fromkeys(_structs(fact))
    for state in list(shown):
        shown |= dict.fromkeys(_structs(state))
    parts += [f"### {state.__name__}\n\n{_sentence(state)}\n\n{_table(state)}\n" for state in shown]
    return "\n".join(parts)


def generated() -> dict[Path, str]:
    """The generated file with its content."""
    return {FILE: build()}
