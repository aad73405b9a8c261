#!/bin/sh
# Resolves for every platform and Python >= 3.11, with hashes and without index addresses, so that any package index serves.
set -eu
cd "$(dirname "$0")/.."
uv="$(dirname "$PYTHON")/uv"
resolve() { "$uv" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-annotate --no-header "$@"; }
resolve pyproject.toml --group dev -o requirements/dev.lock
printf 'uv\n' | resolve - -o requirements/uv.lock
