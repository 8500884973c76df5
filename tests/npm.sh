#!/usr/bin/env bash
# tests/npm.sh PROGRAM: npm's packages of a release, as people install them: assembled from an archive, packed, installed from the tarballs without
# a network, and run.
set -euo pipefail
program=$(realpath "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
version=$(sed -n '/^version = /{s/^version = "\(.*\)"$/\1/p;q;}' "$root/Cargo.toml")

fail() {
  printf 'tests/npm.sh: %s\n' "$1" >&2
  exit 1
}

# A build for tests is large: its symbols are of no use here.
strip -o "$work/shipworthy" "$program"
"$root/dist/archive.sh" x86_64-unknown-linux-musl "$work/shipworthy" "$work/archives"
if node "$root/dist/npm/assemble.mjs" "$work/archives" "$work/whole" 2> /dev/null; then
  fail 'a release with one platform passes for a whole one'
fi
node "$root/dist/npm/assemble.mjs" "$work/archives" "$work/packages" --partial

mkdir "$work/tarballs" "$work/project"
for package in shipworthy linux-x64; do
  (cd "$work/packages/$package" && npm pack --silent --pack-destination "$work/tarballs" > /dev/null)
done
cd "$work/project"
printf '{"name": "project", "private": true}\n' > package.json
npm install --silent --offline --no-audit --no-fund "$work/tarballs/shipworthy-linux-x64-$version.tgz" \
  "$work/tarballs/shipworthy-$version.tgz"

[[ $(npx --offline shipworthy --version) == "shipworthy $version" ]] || fail 'it is not the version of Cargo.toml'
printf 'DROP TABLE orders;\n' > drop.sql
printf 'SELECT 1;\n' > harmless.sql
status=0
npx --offline shipworthy check --output-format concise drop.sql > findings || status=$?
[[ $status == 1 ]] || fail "findings: the exit status is $status, not 1"
grep -q dropped-table findings || fail 'it does not say what it found'
npx --offline shipworthy check harmless.sql > /dev/null || fail 'what is harmless does not pass'
npx --offline shipworthy check --output-format concise - < drop.sql > /dev/null && fail 'standard input does not arrive'

# Without the package of the platform it says what is missing.
rm -r node_modules/@shipworthy
status=0
npx --offline shipworthy --version 2> said || status=$?
if [[ $status != 2 ]] || ! grep -q '@shipworthy/linux-x64 is not installed' said; then
  fail "$(cat said)"
fi
echo "npm's packages: assembled, packed, installed and run"
