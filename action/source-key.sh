#!/usr/bin/env bash
# Prints what tells this source from any other: a sum over all that the program is built from. A release is taken only for the very source that
# it was built from (checksums.txt), and a cache knows a built program again by it.
set -euo pipefail
cd "$(dirname "$0")/.."

sum=(sha256sum)
if ! command -v sha256sum > /dev/null; then
  sum=(shasum -a 256)
fi
# On Windows a star stands before each name.
find -L Cargo.toml Cargo.lock src rules -type f | LC_ALL=C sort | xargs "${sum[@]}" | tr -d '*' | "${sum[@]}" | cut -d ' ' -f 1
