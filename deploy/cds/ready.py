"""Asks a process whether it is ready: `python -m deploy.cds.ready PORT`, for health checks of containers.

Only the standard library, since it runs every few seconds. Status 0: ready; 1: not, and the answer says why.
"""

import sys
import urllib.error
import urllib.request

SECONDS = 4


def main(port: int) -> int:
    """Print what `/readyz` of this machine's port answers; 0 when it is ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=SECONDS) as answer:
            print(answer.read().decode())
            return 0
    except urllib.error.HTTPError as error:
        print(error.read().decode())
    except OSError as error:
        print(error)
    return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
