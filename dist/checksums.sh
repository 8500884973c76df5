#!/usr/bin/env bash
# dist/checksums.sh FOLDER: writes the sums of a release's archives into action/checksums.txt, for the source as it is now.
set -euo pipefail
folder=$1
list=$(dirname "$0")/../action/checksums.txt

head=$(grep '^#' "$list")
{
  printf '%s\n' "$head"
  printf '%s  source\n' "$(bash "$(dirname "$0")/../action/source-key.sh")"
  (cd "$folder" && sha256sum -- *.tar.gz)
} > "$list.new"
mv "$list.new" "$list"
