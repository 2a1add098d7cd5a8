#!/usr/bin/env bash
# usage: tests/system/venv.sh FOLDER
# Makes the Python environment of the tests in FOLDER and installs the client into it. Does nothing
# when neither the requirements nor the client nor the schema have changed since.
set -euo pipefail
shopt -s globstar nullglob

[ $# -eq 1 ] || { echo "usage: venv.sh FOLDER" >&2; exit 2; }
source=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
venv=$(cd "$1" && pwd)
exec 9>"$venv/lock"
flock 9

cd "$source"
files=(tests/system/requirements.txt tests/system/venv.sh proto/acq/v1/*.proto
       clients/python/{pyproject.toml,setup.py} clients/python/src/**/*.{py,typed})
stamp=$(sha256sum "${files[@]}" | sha256sum)
[ ! -f "$venv/stamp" ] || [ "$(cat "$venv/stamp")" != "$stamp" ] || exit 0

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  { echo "venv: Python 3.11 or later is needed" >&2; exit 1; }
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r tests/system/requirements.txt

# setuptools builds beside its sources, so it gets a copy of them.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp --parents -r clients/python proto "$copy"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
  --force-reinstall "$copy/clients/python"
echo "$stamp" >"$venv/stamp"
