"""The start of every process: settings, logs, crash points. One line and exit status 2 when a setting is wrong."""

import os
import sys

from shared import fault, logs
from shared.settings import Settings, SettingsError


def begin() -> Settings:
    """Read the environment once."""
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        print(f"cds: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    logs.configure(settings.log_level)
    fault.arm(os.environ.get("CDS_FAULT", ""))
    return settings
