"""What only a few requests need is not loaded by every process."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("library", ["docx", "reportlab"])
def test_libraries_that_write_papers_are_loaded_with_the_first_paper(library: str) -> None:
    """Relays and consumers import the services too: together these libraries take 15 MB in each process."""
    code = f"import sys, deploy.cds.wiring; print({library!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
