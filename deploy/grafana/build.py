"""Writes the dashboards as the JSON that Grafana loads: `python -m deploy.grafana.build`.

The files are checked in, so that a deployment needs no builder; a test shows that they are fresh.
"""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana import closings, district, last_person, one_ward, operations, voices, volunteers

FOLDER = Path(__file__).with_name("dashboards")
DASHBOARDS = (district, one_ward, last_person, volunteers, voices, closings, operations)


def generated() -> dict[Path, str]:
    """Each generated file with its content."""
    return {FOLDER / f"{module.UID}.json": _json(module.build().build()) for module in DASHBOARDS}


def _json(board: object) -> str:
    content = json.loads(json.dumps(board, cls=JSONEncoder))
    _number(content)
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _number(content: dict[str, list[dict[str, object]]]) -> None:
    """Ids in the order of the panels: links to a single panel name them."""
    for number, panel in enumerate(content["panels"], 1):
        panel["id"] = number


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
