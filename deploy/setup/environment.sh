#!/bin/sh
# Makes .venv from requirements/run.txt or requirements/test.txt, and installs this project into it.
# Does nothing when .venv already fits: its stamp holds the digests of what it was made from. `test` contains `run`.
# Writes nothing outside the clone but pip's cache; python3-venv is installed by apt when it is missing and allowed.
set -eu

kind=${1:?run or test}
cd "$(dirname "$0")/../.."
here=$(pwd -P)
stamp=.venv/.made-from

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }
digest() { cat "$@" | sha256sum | cut -c1-16; }

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1; }
has_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The first Python that fits and can make an environment; otherwise the first that fits.
find_python() {
    fallback=
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        fits "$candidate" || continue
        has_venv "$candidate" && { command -v "$candidate"; return; }
        fallback=${fallback:-$candidate}
    done
    [ -n "$fallback" ] || die "Python 3.11, 3.12 or 3.13 is needed: apt-get install python3 (or set PYTHON)"
    version=$("$fallback" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    deploy/setup/packages.sh "python$version-venv" >&2
    has_venv "$fallback" || die "$fallback cannot make environments: apt-get install python$version-venv"
    command -v "$fallback"
}

make_environment() {
    python=$(find_python)
    say "environment: making .venv with $("$python" -V)"
    rm -rf .venv
    "$python" -m venv .venv
    had_run='' had_test='' had_project=''
}

# pip's output is shown only when it fails: what a machine's own configuration makes it say is not for our readers.
pip_install() {
    .venv/bin/python -m pip install --quiet "$@" >.venv/install.log 2>&1 && return
    cat .venv/install.log >&2
    die "environment: the installation failed; the lines above say why"
}

install_lock() {
    started=$(date +%s)
    say "environment: installing requirements/$1.txt (a minute at first)"
    pip_install --require-hashes -r "requirements/$1.txt"
    say "environment: installed in $(($(date +%s) - started)) s"
}

[ -w . ] || die "$here cannot be written by $(id -un): clone it into a folder of your own"
exec 9>.venv.lock # two makes at once: the second waits, and then finds the work done
if command -v flock >/dev/null; then flock 9; fi

want_run=$(digest requirements/run.txt)
want_test=$(digest requirements/test.txt)
want_project=$(digest pyproject.toml)
at='' had_run='' had_test='' had_project=''
if [ -x .venv/bin/python ] && [ -f "$stamp" ] && .venv/bin/python -c '' 2>/dev/null; then
    { read -r at; read -r had_run; read -r had_test; read -r had_project; } <"$stamp" || true
fi

# Moved, broken, or made from another lock: from scratch, so that nothing stale remains.
stale=
[ "$at" = "$here" ] && [ "$had_run" = "$want_run" ] || stale=1
[ "$had_test" = "$want_test" ] || [ "$had_test" = - ] || stale=1
if [ -n "$stale" ]; then
    make_environment
    had_test=-
    [ "$kind" = test ] || install_lock run
fi
if [ "$kind" = test ] && [ "$had_test" != "$want_test" ]; then
    rm -f "$stamp"
    install_lock test
    had_test=$want_test
elif [ "$had_project" = "$want_project" ]; then
    exit 0
fi
pip_install --no-deps --no-build-isolation --no-index --editable .
printf '%s\n' "$here" "$want_run" "$had_test" "$want_project" >"$stamp"
