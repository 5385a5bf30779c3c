"""The rules of the house: each module says what it is for, none is too long, and nothing private is in the repository."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
FOLDERS = ("shared", "services", "deploy")
MODULES = sorted(path for folder in FOLDERS for path in (PROJECT / folder).rglob("*.py"))
LONGEST = 400
EVERY_MODULE = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
# In two pieces, so that this file does not find itself.
PRIVATE = re.compile(
    "|".join(
        [
            "/wor" + r"k/",
            "/roo" + r"t/",
            "/hom" + r"e/(?!runner\b)[a-z]",
            "/Use" + "rs/[a-z]",
            r"(?:^|\s)--(?:extra-)?" + r"index-url[ =]",
            r"(?:npm|pypi|proxy|artifact)[a-z0-9.-]*\.(?:internal|local|corp)\b",
        ]
    )
)


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True).stdout
    return [PROJECT / name.decode() for name in names.split(b"\0") if name]


def private_lines(text: str) -> list[str]:
    return [line.strip()[:120] for line in text.splitlines() if PRIVATE.search(line)]


def test_the_modules_are_found() -> None:
    assert len(MODULES) > 100


@EVERY_MODULE
def test_a_module_says_what_it_is_for(path: Path) -> None:
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))

    assert told
    assert len(told.splitlines()[0]) > 10


@EVERY_MODULE
def test_no_module_is_longer_than_four_hundred_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_no_tracked_text_names_a_private_machine() -> None:
    found: dict[str, list[str]] = {}
    for path in tracked():
        content = path.read_bytes() if path.is_file() else b""
        if b"\0" not in content and (lines := private_lines(content.decode("utf-8"))):
            found[str(path.relative_to(PROJECT))] = lines

    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "cd " + "/wor" + "k/main",
        "PATH=" + "/roo" + "t/.pyenv/bin",
        "--index" + "-url https://example.org/simple",
        "/hom" + "e/minh/x",
        "https://pypi" + ".internal/simple",
    ],
)
def test_the_name_of_a_private_machine_would_be_found(line: str) -> None:
    assert private_lines(f"first\n{line}\n") == [line]


@pytest.mark.parametrize(
    "line",
    ["https://pypi.org/simple", "at work/home", "services/registry", "/tmp/x", "framework/x", "--no-emit-index-url"],
)
def test_what_is_public_is_let_pass(line: str) -> None:
    assert private_lines(line) == []
