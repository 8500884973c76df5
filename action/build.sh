#!/usr/bin/env bash
# Builds the program from the source of the action, where no release is to be had.
set -euo pipefail
# shellcheck source=action/said.sh
. "$GITHUB_ACTION_PATH/action/said.sh"

suffix=
if [[ $RUNNER_OS == Windows ]]; then
  suffix=.exe
fi
if [[ -x $FOLDER/shipworthy$suffix ]]; then
  echo "An earlier run built it."
  exit 0
fi
if ! command -v cargo > /dev/null; then
  say error "There is no release of shipworthy for this commit of the action and this runner, and no cargo to build it with. Use a release's tag, or install Rust before this step."
  exit 1
fi
# Where the rules are explained: findings link to it.
if [[ -n $ACTION_REPOSITORY ]]; then
  export SHIPWORTHY_REPOSITORY=$GITHUB_SERVER_URL/$ACTION_REPOSITORY
fi
target=$RUNNER_TEMP/shipworthy/target
cargo build --release --locked --quiet --bin shipworthy --manifest-path "$GITHUB_ACTION_PATH/Cargo.toml" --target-dir "$target"
mkdir -p "$FOLDER"
cp "$target/release/shipworthy$suffix" "$FOLDER/"
