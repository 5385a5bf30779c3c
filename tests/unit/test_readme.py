"""Both READMEs say what the code does: its settings, commands, targets and files, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import click
import pytest
import typer

from deploy.cds.main import app
from shared import settings

PROJECT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.vi.md")
DOCUMENTS = sorted(
    str(path.relative_to(PROJECT)) for path in [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
)
README = pytest.mark.parametrize("name", READMES)


def text_of(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


class Recorder:
    """Stands for the environment and remembers what is asked of it, with the defaults."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def _ask(self, name: str, default: Any) -> Any:
        self.asked.setdefault(f"CDS_{name}", default)
        return default

    str = int = float = bool = _ask


def settings_read() -> dict[str, Any]:
    """The names that `Settings` reads, with their defaults."""
    recorder = Recorder()
    settings._read(recorder)  # type: ignore[arg-type]
    return recorder.asked


def settings_named() -> set[str]:
    """The names that stand in the code anywhere."""
    sources = [path for part in ("shared", "services", "deploy") for path in (PROJECT / part).rglob("*.py")]
    sources += [PROJECT / "tests" / "conftest.py", *(PROJECT / "tests" / "support").rglob("*.py")]
    found = {name for path in sources for name in re.findall(r"\bCDS_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))}
    return {name for name in found if not name.endswith(("_DATABASE", "_URL_FILE"))}


def settings_told(name: str) -> dict[str, tuple[bool, str]]:
    """The table of a README: whether it may come from a file, and its default."""
    found = {}
    for line in text_of(name).splitlines():
        if line.startswith("| `CDS_"):
            names, file, default, _meaning = (cell.strip() for cell in line.strip("|").split("|"))
            for one in re.findall(r"`(CDS_[A-Z_]+)`", names):
                found[one] = (file in ("yes", "có"), default.strip("`"))
    return found


@README
def test_every_setting_of_the_code_is_in_the_table_and_no_other(name: str) -> None:
    told = settings_told(name)

    expanded = set(told) | {f"{setting}_FILE" for setting, (in_file, _) in told.items() if in_file}

    assert expanded == set(settings_read()) | settings_named()


@README
def test_the_table_gives_the_defaults_of_the_code(name: str) -> None:
    told = settings_told(name)
    given = {setting: default for setting, default in settings_read().items() if not setting.endswith("_FILE")}
    given |= {"CDS_BROKER_URL": settings.Settings(home=Path()).broker_url}

    for setting, default in given.items():
        if setting != "CDS_HEADS_INTERVAL_SECONDS":
            assert told[setting][1] == str(default), setting


def commands() -> set[str]:
    return set(names_below(typer.main.get_command(app), "cds"))


def names_below(command: Any, name: str) -> Iterator[str]:
    inner = getattr(command, "commands", {})
    for part, below in inner.items():
        yield from names_below(below, f"{name} {part}")
    if not inner:
        yield name


@README
def test_the_operators_commands_are_all_there_and_exist(name: str) -> None:
    told = {part for part in re.findall(r"`(cds [a-z -]+[a-z])`", text_of(name)) if part != "cds"}

    assert told == commands()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_a_document_mentions_exists(name: str) -> None:
    known = commands() | {name.rpartition(" ")[0] for name in commands()}

    for mentioned in re.findall(r"(?:`|^|\s|/)cds ([a-z-]+(?: [a-z]+)?)", text_of(name), re.MULTILINE):
        words = mentioned.split()
        assert {f"cds {words[0]}", f"cds {mentioned}"} & known, mentioned


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_make_target_that_a_document_mentions_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))

    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text_of(name), re.MULTILINE)) <= targets


@README
def test_every_make_target_is_mentioned(name: str) -> None:
    shown = set(re.findall(r"^([a-z-]+):.*## ", text_of("Makefile"), re.MULTILINE)) - {"help"}

    assert set(re.findall(r"`make ([a-z-]+)`", text_of(name))) == shown


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_relative_link_leads_somewhere(name: str) -> None:
    text = re.sub(r"^```.*?^```", "", text_of(name), flags=re.MULTILINE | re.DOTALL)

    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = unquote(target).partition("#")
        found = (PROJECT / name).parent / path if path else PROJECT / name
        assert found.exists(), target
        if fragment:
            assert fragment in anchors(found.read_text(encoding="utf-8")), target


def anchors(text: str) -> set[str]:
    """What GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_both_languages_have_the_same_examples() -> None:
    english, vietnamese = (
        re.findall(r"^```sh\n(.*?)^```", text_of(name), re.MULTILINE | re.DOTALL) for name in READMES
    )

    assert english == vietnamese


def test_the_command_line_has_no_command_without_help() -> None:
    for name, command in click_commands(typer.main.get_command(app), "cds"):
        assert command.help, name


def click_commands(command: Any, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    for part, below in getattr(command, "commands", {}).items():
        yield from click_commands(below, f"{name} {part}")
