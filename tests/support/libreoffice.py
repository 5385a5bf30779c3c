"""Files as LibreOffice opens and saves them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def saved_as(path: Path, form: str, target: Path, *options: str) -> Path:
    """The file as LibreOffice saves it, in a profile of its own."""
    office = shutil.which("soffice")
    assert office, "soffice is missing: apt-get install libreoffice-calc-nogui libreoffice-writer-nogui"
    command = [office, f"-env:UserInstallation={(target / 'profile').as_uri()}", "--headless", *options]
    subprocess.run(
        [*command, "--convert-to", form, "--outdir", str(target), str(path)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    [saved] = target.glob(f"{path.stem}*.{form.partition(':')[0]}")
    return saved
