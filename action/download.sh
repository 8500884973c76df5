#!/usr/bin/env bash
# Puts the program into a folder of the runner: from the release of the very source that the action has, if its checksums are known.
# Where there is no such release, tells what the source is called (`source-key`), and build.sh builds it.
set -euo pipefail
# shellcheck source=action/said.sh
. "$GITHUB_ACTION_PATH/action/said.sh"

version=$(sed -n '/^version = /{s/^version = "\(.*\)"$/\1/p;q;}' "$GITHUB_ACTION_PATH/Cargo.toml")
key=$(bash "$GITHUB_ACTION_PATH/action/source-key.sh")
folder=$RUNNER_TEMP/shipworthy/$key
mkdir -p "$folder"
tell folder "$folder"

build_instead() {
  printf '%s: it is built from the source of the action.\n' "$1"
  tell source-key "$key"
  exit 0
}

case $RUNNER_OS-$RUNNER_ARCH in
  Linux-X64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64) target=aarch64-unknown-linux-musl ;;
  macOS-X64) target=x86_64-apple-darwin ;;
  macOS-ARM64) target=aarch64-apple-darwin ;;
  Windows-X64) target=x86_64-pc-windows-msvc ;;
  *) build_instead "No release is made for $RUNNER_OS on $RUNNER_ARCH" ;;
esac
archive=shipworthy-$version-$target.tar.gz

listed() {
  sed -n "s/^\([0-9a-f]\{64\}\)  $1\$/\1/p" "$GITHUB_ACTION_PATH/action/checksums.txt"
}
expected=$(listed "$archive")
if [[ -z $expected || $(listed source) != "$key" ]]; then
  build_instead "This commit of the action is no release"
fi

# Older runners leave the repository's name out; the folder has it: .../_actions/OWNER/NAME/REF.
repository=$ACTION_REPOSITORY
fetched_to='/_actions/([^/]+/[^/]+)/'
if [[ -z $repository && ${GITHUB_ACTION_PATH//\\//} =~ $fetched_to ]]; then
  repository=${BASH_REMATCH[1]}
fi
if [[ -z $repository ]]; then
  build_instead "The action was not fetched from a repository with releases"
fi

# On Windows, tar takes `D:` for the name of another machine: everything happens in the folder.
cd "$folder"
url=$GITHUB_SERVER_URL/$repository/releases/download/v$version/$archive
if ! curl --fail --silent --show-error --location --proto '=https' --retry 3 --max-time 300 --output "$archive" "$url"; then
  say warning "$url cannot be downloaded. shipworthy is built from the action's source instead, which takes some minutes."
  build_instead "There is no release to be had"
fi
if command -v sha256sum > /dev/null; then
  actual=$(sha256sum < "$archive")
else
  actual=$(shasum -a 256 < "$archive")
fi
actual=${actual%% *}
if [[ $actual != "$expected" ]]; then
  rm -f "$archive"
  say error "$url is not the archive of this release: its SHA-256 is $actual, action/checksums.txt says $expected. Nothing of it was run."
  exit 1
fi
tar -xzf "$archive"
rm "$archive"
printf 'shipworthy %s for %s\n' "$version" "$target"
