#!/usr/bin/env bash
# tests/pre-commit.sh: the hook as people use it: the real pre-commit, a repository that commits migrations, and a wheel that is built here. Needs
# what .ci/requirements.txt lists, and the Python that it is installed for.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n '/^version = /{s/^version = "\(.*\)"$/\1/p;q;}' "$root/Cargo.toml")
export PRE_COMMIT_HOME=$work/home PIP_FIND_LINKS="$work/wheels ${PIP_FIND_LINKS-}"
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.org
# Hooks of git set these; what is tested here has repositories of its own.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

fail() {
  printf 'tests/pre-commit.sh: %s\n' "$1" >&2
  exit 1
}

# attempt EXPECTED NAME: commits what is staged, and compares the exit status.
attempt() {
  local status=0
  git commit --quiet --message "$2" > "$work/said" 2>&1 || status=$?
  [[ $status == "$1" ]] || fail "$2: the exit status is $status, not $1: $(cat "$work/said")"
}

said() {
  grep -qF -- "$1" "$work/said" || fail "it does not say \`$1\`: $(cat "$work/said")"
}

# Without optimisation: this tests the package, not the program's speed.
(cd "$root" && maturin build --quiet --locked --profile dev --out "$work/wheels")

"$root/dist/pre-commit-mirror.sh" "$work/mirror"
git -C "$work/mirror" init --quiet
git -C "$work/mirror" add --all
git -C "$work/mirror" commit --quiet --message "$version"
git -C "$work/mirror" tag "v$version"

mkdir "$work/project"
cd "$work/project"
git init --quiet --initial-branch main
# The configuration that docs/pre-commit.md tells people to write.
# shellcheck disable=SC2016 # The backticks are Markdown's.
sed -n '/^```yaml .pre-commit-config.yaml$/,/^```$/{/^```/!p;}' "$root/docs/pre-commit.md" \
  | sed "s|https://github.com/OWNER/shipworthy|$work/mirror|" > .pre-commit-config.yaml
grep -q "rev: v$version" .pre-commit-config.yaml || fail 'the page names another version'
printf 'exclude = ["legacy"]\n' > shipworthy.toml
mkdir -p db/migration legacy
printf '' > flyway.toml
printf 'create table public.orders (id bigint primary key, note text);\n' > db/migration/V1__orders.sql
git add --all
git commit --quiet --message base
pre-commit install > /dev/null
started=$(date +%s%N)
pre-commit install-hooks > /dev/null
installed=$(($(date +%s%N) - started))

# What the hook is not for passes without it.
printf 'hello\n' > README
git add README
attempt 0 'no SQL'
said 'Skipped'

printf 'create index orders_note on public.orders (note);\n' > db/migration/V2__index.sql
git add --all
attempt 1 'a finding'
said 'blocking-index-build'
said 'db/migration/V2__index.sql:1'

# Only a file that is not staged tells that the table is there already.
printf 'create table public.orders (id bigint primary key);\n' > db/migration/V2__index.sql
git add --all
attempt 1 'a finding that a sibling explains'
said 'existing-object'

printf 'create table public.notes (id bigint primary key);\n' > db/migration/V2__index.sql
git add --all
attempt 0 'no finding'
said 'Passed'

# Excluded although it is given by name.
printf 'drop table orders;\n' > legacy/old.sql
git add --all
attempt 0 'an excluded file'

# One run sees all files, also many with odd names.
for number in $(seq 1000 1300); do
  printf 'create table public."t %s" (id bigint primary key);\n' "$number" > "db/migration/V${number}__it's a table.sql"
done
git add --all
started=$(date +%s%N)
pre-commit run --verbose > "$work/said" 2>&1 || fail "$(cat "$work/said")"
took=$(($(date +%s%N) - started))
said 'in 301 files'
[[ $(grep -c 'in [0-9]* files' "$work/said") == 1 ]] || fail 'the files were split'
printf 'pre-commit: %s ms to install the hook from its wheel, %s ms from pre-commit run to the result for 301 files\n' \
  $((installed / 1000000)) $((took / 1000000))
