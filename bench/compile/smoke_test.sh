#!/usr/bin/env bash
# The programs that are compiled for their time's sake also run.
set -eu
cd "$(dirname "$0")"

./handlers
./actors
