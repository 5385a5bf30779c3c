"""The numbered steps of docs/architecture.md are those of the modules' docstrings, module by module; the crash table
tells of every crash point; generated documents are fresh.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from deploy.cds import generate
from shared import fault

PROJECT = Path(__file__).resolve().parents[2]
TEXT = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
STEPS = range(1, 10)
SAID = re.compile(r"[Ss]teps? ([1-9])(?: and ([1-9]))? of\s+the\s+event\s+path")


def steps_of_modules() -> dict[int, set[str]]:
    """By step, the modules whose docstring names it."""
    found: dict[int, set[str]] = defaultdict(set)
    for part in ("shared", "services", "deploy"):
        for path in (PROJECT / part).rglob("*.py"):
            said = SAID.search(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
            for step in said.groups() if said else ():
                if step:
                    found[int(step)].add(str(path.relative_to(PROJECT)))
    return found


def steps_of_document() -> dict[int, set[str]]:
    """By step, the modules that its section lists."""
    found = {}
    for number, section in re.findall(r"^## ([1-9])\. (.*?)(?=^## )", TEXT, re.MULTILINE | re.DOTALL):
        listed = re.search(r"^Modules: (.*?)\n\n", section, re.MULTILINE | re.DOTALL)
        assert listed, f"step {number} lists no modules"
        found[int(number)] = set(re.findall(r"`([\w/.]+\.py)`", listed.group(1)))
    return found


def test_the_steps_are_numbered_one_to_nine_in_order() -> None:
    assert [int(number) for number in re.findall(r"^## ([0-9]+)\. ", TEXT, re.MULTILINE)] == list(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_lists_just_the_modules_whose_docstring_names_it(step: int) -> None:
    assert steps_of_document()[step] == steps_of_modules()[step]


def test_the_crash_table_tells_of_every_crash_point_in_order() -> None:
    assert re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", TEXT, re.MULTILINE) == [str(point) for point in fault.Point]


def test_every_module_that_a_document_names_exists() -> None:
    for document in [PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").rglob("*.md")]:
        for name in re.findall(r"`((?:shared|services|deploy|tests)/[\w/.]+)`", document.read_text(encoding="utf-8")):
            assert (PROJECT / name).exists(), f"{document.name}: {name}"


def test_generated_documents_are_fresh() -> None:
    assert [path.name for path in generate.stale()] == []
