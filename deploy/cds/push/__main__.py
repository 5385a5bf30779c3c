"""`python -m deploy.cds.push`: the client without the rest of `cds`."""

import sys

from deploy.cds.push.command import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
