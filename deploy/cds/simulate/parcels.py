"""A parcel as an HTTP request: its body and its headers, in the mode in which the app writes.

Binary, structured and batch mode of CloudEvents, gzip or not, and bodies that are none of these.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

from deploy.cds.simulate.delivery import Parcel

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"


def encode(parcel: Parcel) -> tuple[bytes, dict[str, str]]:
    headers: dict[str, str] = {}
    item = parcel.items[0]
    if parcel.mode == "raw":
        content, headers["Content-Type"] = item.body, STRUCTURED if item.kind == "not_json" else BATCH
    elif parcel.mode == "binary" and item.event:
        content = dump(dict(item.event.data))
        headers["Content-Type"] = "application/json"
        headers |= {f"ce-{name}": value for name, value in item.event.attributes().items()}
    elif parcel.mode == "structured":
        content, headers["Content-Type"] = dump(item.value()), STRUCTURED
    else:
        content, headers["Content-Type"] = dump([one.value() for one in parcel.items]), BATCH
    if parcel.is_gzipped:
        content, headers["Content-Encoding"] = gzip.compress(content, 5, mtime=0), "gzip"
    return content, headers


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
