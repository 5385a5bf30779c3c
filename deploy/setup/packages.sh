#!/bin/sh
# Makes sure that Debian or Ubuntu packages are there: installs the missing ones as root or with a sudo that asks no
# password, and otherwise says in one line what to install, and fails. Services that such an installation starts are
# stopped and not enabled: the tests run their own nodes and nobody asked for a broker on this machine.
set -eu

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=
for package in "$@"; do
    case $package in
        rabbitmq-server) command -v rabbitmq-server >/dev/null || [ -x /usr/sbin/rabbitmq-server ] || missing="$missing $package" ;;
        nodejs) command -v node >/dev/null || missing="$missing $package" ;; # another packaging brings npm along
        npm) command -v npm >/dev/null || missing="$missing $package" ;;
        prometheus) command -v promtool >/dev/null || missing="$missing $package" ;;
        *) installed "$package" || missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo="sudo -n"
else
    sudo=no
fi
if [ "$sudo" = no ] || ! command -v apt-get >/dev/null; then
    printf 'please install, and run this again:  sudo apt-get install --no-install-recommends%s\n' "$missing" >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    # shellcheck disable=SC2086 # $sudo is empty or two words
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1
}
printf 'packages: installing%s\n' "$missing"
# shellcheck disable=SC2086 # a list of words
if ! { apt update && apt install --no-install-recommends $missing; }; then
    tail -n 15 "$log" >&2
    printf 'packages: the installation failed; by hand:  sudo apt-get install%s\n' "$missing" >&2
    exit 1
fi
for service in $missing; do
    case $service in rabbitmq-server | prometheus) ;; *) continue ;; esac
    if [ -d /run/systemd/system ]; then
        $sudo systemctl disable --now "$service" >/dev/null 2>&1 || true
    else
        $sudo service "$service" stop >/dev/null 2>&1 || true
    fi
    # Erlang's port mapper, which the broker's start brought along; it refuses to end while a node uses it.
    [ "$service" != rabbitmq-server ] || $sudo epmd -kill >/dev/null 2>&1 || true
done
