"""What an event type is: one annotated class, from which everything else is derived.

Guarantee: the class is the only definition. `msgspec` decodes it fast, `schema.py` derives the marshmallow
schema that explains a refusal field by field, and both accept and refuse the same inputs.
It does not know what an event means for a service.
Step 1 of the event path (docs/architecture.md): the contract at the door.
"""

import datetime as dt
import re
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta

TYPE_PREFIX = "vn.congdongso."

# A string that ends here: `$` would let a trailing line feed pass in Python, and `\Z` is not known to JSON Schema.
END = r"(?![\s\S])"
# No C0 or C1 control character anywhere; free text may have line feeds and tabs.
NO_CONTROLS = r"^(?![\s\S]*[\u0000-\u001f\u007f-\u009f])"
NO_CONTROLS_BUT_LINES = r"^(?![\s\S]*[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f])"

Code = Annotated[str, Meta(pattern=rf"^[a-z][a-z0-9_]{{0,39}}{END}", description="a code of the catalogue")]
OfficeCode = Annotated[str, Meta(pattern=rf"^[a-z0-9][a-z0-9_-]{{0,39}}{END}", description="code of an office")]
AreaRef = Annotated[
    str,
    Meta(
        pattern=rf"^([0-9]{{2,5}}(/[a-z0-9][a-z0-9-]{{0,31}})?|[a-z][a-z0-9-]{{0,31}}){END}",
        description='"tdp-03" (in the app\'s own ward), "11692" or "11692/tdp-03"; meaning on the local day',
        examples=["tdp-03"],
    ),
]
ResidentToken = Annotated[
    str,
    Meta(
        pattern=rf"^k[1-9][0-9]{{0,3}}\.[A-Za-z0-9_-]{{43}}{END}",
        description="made by the platform from a citizen number",
    ),
]
CitizenNumber = Annotated[
    str,
    Meta(
        pattern=rf"^[0-9]{{12}}{END}",
        description="write-only: turned into a resident token at once, never stored",
        extra_json_schema={"writeOnly": True},
        extra={"write_only": True},
    ),
]
ShortText = Annotated[str, Meta(min_length=1, max_length=100, pattern=NO_CONTROLS)]
FreeText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        pattern=NO_CONTROLS_BUT_LINES,
        description="write-only: kept apart, never in the log, the broker, metrics or exports",
        extra_json_schema={"writeOnly": True},
        extra={"write_only": True},
    ),
]
Moment = Annotated[dt.datetime, Meta(tz=True)]
MOST_COUNTED = 100_000
Count = Annotated[int, Meta(ge=0, le=MOST_COUNTED)]
Version = Annotated[int, Meta(ge=1, le=1_000_000)]


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The data of an event. Subclasses set the class variables and say in one sentence when it happens."""

    NAME: ClassVar[str]
    STREAM: ClassVar[str]
    SUBJECT: ClassVar[str]
    MAJOR: ClassVar[int] = 1

    def __post_init__(self) -> None:
        for field, message in self.rules():
            raise ValueError(f"{field}: {message}")

    def rules(self) -> list[tuple[str, str]]:
        """The rules between fields that the value breaks, as (field, what is expected)."""
        return []

    @classmethod
    def ce_type(cls) -> str:
        """The CloudEvents `type`, with its version: `vn.congdongso.assist.recorded.v1`."""
        return f"{TYPE_PREFIX}{cls.NAME}.v{cls.MAJOR}"


def has_area(event: Event) -> bool:
    """Whether the event says where it happened; one about something known happens where that did."""
    return "area" in event.__struct_fields__


def write_only_fields(cls: type[Event]) -> frozenset[str]:
    """Names of the fields that never reach the log (free text, citizen number)."""
    found = set()
    for field in msgspec.structs.fields(cls):
        for meta in _metas(field.type):
            if meta.extra and meta.extra.get("write_only"):
                found.add(field.name)
    return frozenset(found)


def _metas(annotation: Any) -> list[Meta]:
    own = [m for m in getattr(annotation, "__metadata__", ()) if isinstance(m, Meta)]
    nested = [m for arg in getattr(annotation, "__args__", ()) if not isinstance(arg, str) for m in _metas(arg)]
    return own + nested


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The CloudEvents 1.0 attributes that Congdongso reads; extension attributes of others are let pass."""

    specversion: Annotated[str, Meta(pattern=rf"^1\.0{END}")]
    id: UUID
    source: Annotated[str, Meta(pattern=rf"^/apps/[a-z0-9][a-z0-9-]{{0,62}}{END}")]
    type: Annotated[str, Meta(max_length=200)]
    subject: UUID
    time: Moment
    data: Any = msgspec.UNSET
    datacontenttype: str | None = None
    dataschema: str | None = None
    traceparent: Annotated[str, Meta(max_length=64)] | None = None


TYPE_PATTERN = re.compile(r"vn\.congdongso\.([a-z_]+\.[a-z_]+)\.v([1-9][0-9]{0,3})")
