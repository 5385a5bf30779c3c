#!/bin/sh
# Compiles pyproject.toml into requirements/test.txt (everything) and requirements/run.txt (runtime, embedded database),
# for Python 3.11 to 3.13 on every platform, with hashes and without any address. The versions of run are those of test.
# Needs uv, and uses it for nothing else. Without --upgrade, pinned versions stay where they still fit.
set -eu

cd "$(dirname "$0")/../.."
command -v uv >/dev/null || { echo "make lock needs uv (pip install uv)" >&2; exit 1; }

compile() {
    output=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
        --extra embedded --group build "$@" pyproject.toml --output-file "$output"
    { echo "# Compiled from pyproject.toml by \`make lock\`; do not edit."; cat "$output"; } >"$output.new"
    mv "$output.new" "$output"
}

compile requirements/test.txt --group test "$@"
compile requirements/run.txt --constraints requirements/test.txt
wc -l requirements/*.txt
