"""The officer's words for sections V and VI, asked of the sessions service, where they are written and kept.

Guarantee: they are asked for in the caller's own name, so a report shows nobody what the sessions service would not;
asking takes three seconds at most. Where they cannot be had the report says so in their place and is made all the same.
Nothing of them is kept here.
"""

import datetime as dt
from typing import Any

import httpx

from services.reporting.documents.parts import Remarks
from services.reporting.reports.units import Unit
from shared import logs

WAIT_SECONDS = 3.0
NOT_HAD = "(chưa lấy được ý kiến của cán bộ)"
SECTIONS = ("difficulties", "tasks")
log = logs.get("reports")


def remarks(url: str, authorization: str, unit: Unit, day: dt.date) -> Remarks:
    """What the officers of a unit wrote of a day; of the whole, ward by ward."""
    asked = {"day": day.isoformat()} | ({"ward": unit.code} if unit.area_id else {})
    try:
        answer = httpx.get(
            f"{url}/v1/remarks", params=asked, headers={"Authorization": authorization}, timeout=WAIT_SECONDS,
            trust_env=False, follow_redirects=False,
        ).raise_for_status()  # fmt: skip
        items: list[dict[str, Any]] = answer.json()["items"]
        return Remarks(*(_section(items, section, is_named=unit.area_id is None) for section in SECTIONS))
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        log.warning("the remarks cannot be had", error=type(error).__name__, day=str(day), unit=unit.code)
        return Remarks(NOT_HAD, NOT_HAD)


def _section(items: list[dict[str, Any]], section: str, *, is_named: bool) -> str:
    texts = [item for item in items if item["section"] == section]
    return "\n".join(f"{item['ward']['name']}: {item['text']}" if is_named else str(item["text"]) for item in texts)
