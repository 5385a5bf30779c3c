"""Logs: one JSON object a line on standard error, with ids and never with bodies, names or tokens.

Guarantee: control characters are escaped and long values cut, so one event is one line.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

MAX_VALUE = 2000
SECRET_KEYS = frozenset({"authorization", "access_token", "client_secret", "citizen_number", "phone", "text"})


def configure(level: str = "INFO", *, json_lines: bool = True) -> None:
    """Set up logging for this process, once, at its start."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not json_lines:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tame,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # Asked for at each line: whoever replaces standard error gets the lines.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    logging.basicConfig(stream=sys.stderr, level="WARNING", format="%(name)s: %(message)s", force=True)
    # A queue of a few requests is waitress at work, not news.
    logging.getLogger("waitress.queue").setLevel("ERROR")


def _tame(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key in SECRET_KEYS:
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = _escape(value[:MAX_VALUE])
    return event


def _escape(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def get(name: str) -> Any:
    """A logger that names its component."""
    return structlog.get_logger(component=name)
