#!/bin/sh
# What can be judged without running the services: style, types, import boundaries, and generated files that are fresh.
# Runs all of them and fails at the end, so that one run shows everything.
set -u

cd "$(dirname "$0")/../.." || exit 1
failed=

run() {
    name=$1
    shift
    if output=$("$@" 2>&1); then
        printf 'check: %-18s ok\n' "$name"
    else
        printf '%s\n' "$output"
        printf 'check: %-18s FAILED\n' "$name"
        failed="$failed $name"
    fi
}

run lint .venv/bin/ruff check .
run format .venv/bin/ruff format --check .
run types .venv/bin/mypy
run imports .venv/bin/lint-imports
if [ -f deploy/cds/generate.py ]; then
    run 'generated files' .venv/bin/python -m deploy.cds.generate --check
fi

[ -z "$failed" ] || { printf 'check failed:%s\n' "$failed" >&2; exit 1; }
