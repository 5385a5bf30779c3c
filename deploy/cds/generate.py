"""Every file of the repository that is made from the code: `python -m deploy.cds.generate` makes them.

Guarantee: with `--check` nothing is written, and the exit status is 1 when one of them is not what the code says.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from deploy.docs import build_events

PROJECT = Path(__file__).resolve().parents[2]
MADE: dict[str, Callable[[], str]] = {
    "docs/events.md": build_events.build,
}


def stale() -> list[str]:
    """The files that are not what the code says."""
    return [name for name, build in MADE.items() if _text(name) != build()]


def _text(name: str) -> str:
    path = PROJECT / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main(arguments: list[str]) -> int:
    found = stale()
    if "--check" not in arguments:
        for name in found:
            (PROJECT / name).write_text(MADE[name](), encoding="utf-8")
            print(f"made {name}")
        return 0
    for name in found:
        print(f"{name} is stale: python -m deploy.cds.generate", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
