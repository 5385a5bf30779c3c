"""The examples of the documents, run as they stand against the embedded default, and the figures that come of them."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.reporting.api import FAMILIES
from services.sessions.contract import TYPES
from services.sessions.decide.feedback import FOLLOWS
from shared.settings import DEFAULT_PORTS
from tests.support import javascript
from tests.support.embedded import Ward, embedded
from tests.support.postgres import TestPostgres

PROJECT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(sh|python|javascript)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def ward(postgres: TestPostgres) -> Iterator[Ward]:
    with embedded(postgres) as running:
        yield running


def run_examples(document: str, ward: Ward) -> list[str]:
    """What each block of a document prints, run one after the other in one shell, in a folder like the project's."""
    tools = ward.folder / "bin"
    tools.mkdir(exist_ok=True)
    make_tool(tools / "python3", f'exec "{sys.executable}" "$@"')
    if shutil.which("curl") is None:
        make_tool(tools / "curl", f'exec "{sys.executable}" "{PROJECT / "tests" / "support" / "curl.py"}" "$@"')
    script = ["set -euo pipefail", f'PATH="{tools}:$PATH"']
    for number, (language, code) in enumerate(BLOCK.findall((PROJECT / document).read_text(encoding="utf-8"))):
        if language == "python":
            (ward.folder / f"block-{number}.py").write_text(code, encoding="utf-8")
            code = f"python3 block-{number}.py"
        elif language == "javascript":
            javascript.write(code, ward.folder, f"block-{number}.mjs")
            code = f"node block-{number}.mjs"
        script += [code, "printf '\\n\\f'"]
    text = "\n".join(script)
    for service, port in DEFAULT_PORTS.items():
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{ward.settings.ports[service]}")
    done = subprocess.run(["bash", "-c", text], cwd=ward.folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [part.strip() for part in done.stdout.split("\f")]


def make_tool(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(0o755)


def added(after: dict[tuple[str, ...], int], before: dict[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    return {key: change for key, count in after.items() if (change := count - before.get(key, 0))}


@pytest.mark.parametrize("document", ["README.md", "README.vi.md"])
def test_the_first_event_of_the_readme_is_counted(document: str, ward: Ward) -> None:
    before = ward.figures("service", "outcome")

    _token, answer, _figure, *_ = run_examples(document, ward)

    assert json.loads(answer)["status"] == "accepted"
    assert added(ward.figures("service", "outcome"), before) == {("vneid_activation", "completed"): 1}


def test_the_third_step_of_the_readme_shows_the_figure(ward: Ward) -> None:
    run_examples("README.md", ward)
    assert ward.figures("service")

    figure = json.loads(run_examples("README.md", ward)[2])

    assert figure["rows"][0]["area"]["name"] == "Tổ dân phố số 3"
    assert figure["rows"][0]["assists"] >= 1


def test_the_examples_for_ward_apps_are_answered_and_counted_as_written(ward: Ward) -> None:
    before = ward.figures("service", "outcome", "age_band")

    printed = run_examples("docs/ward-apps.md", ward)

    statuses = [json.loads(answer)["status"] for answer in printed[2:5]]
    assert statuses == ["accepted", "accepted", "accepted"]  # the third is a dry run, and counts nowhere
    batch, official, in_javascript = (part.splitlines() for part in printed[5:8])
    assert [line.split()[1] for line in batch] == ["accepted", "accepted", "rejected"]
    assert "unknown_area" in batch[2]
    assert official == in_javascript == ["201 accepted", "201 accepted"]
    sheet, template = printed[8].split("\ufeff")
    assert json.loads(sheet)["counts"] == {"created": 2, "changed": 0, "unchanged": 0, "refused": 0, "ignored": 0}
    assert template.startswith("Ngày,Mã xã/phường,")
    assert json.loads(printed[9])["title"] == "vn.congdongso.assist.recorded.v1"
    assert [json.loads(answer)["status"] for answer in printed[10].replace("}{", "}\n{").splitlines()] == [
        "accepted",
        "accepted",
    ]
    assert "Lượt hỗ trợ" in printed[11]
    assert added(ward.figures("service", "outcome", "age_band"), before) == {
        ("vneid_activation", "completed", "60_plus"): 1,
        ("vneid_activation", "to_return", "unknown"): 1,
        ("vneid_activation", "completed", "unknown"): 5,
        ("digital_skills", "completed", "unknown"): 1,
        ("digital_skills", "completed", "60_plus"): 1,
    }


def test_the_examples_of_reading_figures_are_answered(ward: Ward) -> None:
    _token, by_service, by_ward, files, evidence, *_ = run_examples("docs/reporting-api.md", ward)

    for answer in (by_service, by_ward, evidence):
        assert {"rows", "totals", "freshness"} <= set(json.loads(answer))
    assert files.lstrip("\ufeff").startswith("Mã đơn vị,Đơn vị,Mã nội dung hỗ trợ,")
    assert (ward.folder / "hours.xlsx").read_bytes().startswith(b"PK")


def test_the_document_of_reading_figures_tells_every_family() -> None:
    text = (PROJECT / "docs" / "reporting-api.md").read_text(encoding="utf-8")

    assert {f"`/v1/{family.name}`" for family in FAMILIES} <= set(re.findall(r"`/v1/[a-z-]+`", text))


def test_the_steps_of_a_feedback_in_the_document_are_those_of_the_code() -> None:
    text = (PROJECT / "docs" / "ward-apps.md").read_text(encoding="utf-8")
    table = text.partition("| after | may come |")[2].partition("\n\n")[0]
    rows = [re.findall(r"`(\w+)`", line) for line in table.splitlines() if "`" in line]

    assert {first: set(others) for first, *others in rows} == {step: set(then) for step, then in FOLLOWS.items()}


def test_the_document_names_every_type_that_goes_on_with_a_thing() -> None:
    text = (PROJECT / "docs" / "ward-apps.md").read_text(encoding="utf-8")

    for event in TYPES.values():
        short = event.NAME.removeprefix("feedback.")
        assert f"`{event.NAME}`" in text or f"`{short}`" in text, event.NAME
