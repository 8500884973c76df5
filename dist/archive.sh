#!/usr/bin/env bash
# dist/archive.sh TARGET PROGRAM FOLDER: packs a program built for a target as a release has it.
set -euo pipefail
target=$1 program=$2 folder=$3
cd "$(dirname "$0")/.."

version=$(sed -n '/^version = /{s/^version = "\(.*\)"$/\1/p;q;}' Cargo.toml)
inside=$(mktemp -d)
trap 'rm -r "$inside"' EXIT
cp "$program" README.md LICENSE-APACHE LICENSE-MIT "$inside"
mkdir -p "$folder"
# The names in the archive are those of the folder, without one around them: action/download.sh unpacks it where it is.
tar -czf "$folder/shipworthy-$version-$target.tar.gz" -C "$inside" "$(basename "$program")" README.md LICENSE-APACHE LICENSE-MIT
