#!/usr/bin/env bash
# usage: tests/recording/exports/venv.sh FOLDER
# Makes the Python environment of these tests in FOLDER. Does nothing when it is as wanted.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: venv.sh FOLDER" >&2; exit 2; }
wanted=$(cd "$(dirname "$0")" && pwd)/requirements.txt
mkdir -p "$1"
venv=$(cd "$1" && pwd)
exec 9>"$venv/lock"
flock 9
if ! cmp -s "$wanted" "$venv/requirements.txt"; then
  [ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$venv/requirements.txt"
fi
