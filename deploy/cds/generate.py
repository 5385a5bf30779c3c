"""Every file of the repository that is made from the code: `python -m deploy.cds.generate` makes them.

Guarantee: with `--check` nothing is written, and the exit status is 1 when one of them is not what the code says.
Needs what the tests need (requirements/test.txt).
"""

import sys
from pathlib import Path

from deploy.docs import build_asyncapi, build_events
from deploy.grafana import build as dashboards
from deploy.rabbitmq import definitions

PROJECT = Path(__file__).resolve().parents[2]


def generated() -> dict[Path, str]:
    """Every generated file with its content."""
    return build_events.generated() | build_asyncapi.generated() | definitions.generated() | dashboards.generated()


def stale() -> dict[Path, str]:
    """The files that are not what the code says, with what they should be."""
    return {path: content for path, content in generated().items() if _text(path) != content}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main(arguments: list[str]) -> int:
    found = stale()
    is_check = "--check" in arguments
    for path, content in found.items():
        name = path.relative_to(PROJECT)
        if is_check:
            print(f"{name} is stale: python -m deploy.cds.generate", file=sys.stderr)
        else:
            path.write_text(content, encoding="utf-8")
            print(f"made {name}")
    return 1 if is_check and found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
