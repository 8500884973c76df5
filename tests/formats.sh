#!/usr/bin/env bash
# Validates every machine format against what its readers validate it with. Needs python3, npm and, unless SCHEMAS names a folder with the
# schemas, git and GitHub. Not a part of .ci/run: GitHub is not at hand everywhere.
#
#   SCHEMAS=folder tests/formats.sh [PATH...]     PATHs are checked beside a file with hostile names
#
# The schemas: reviewdog's DiagnosticResult.json and Diagnostic.json, GitLab's codeclimate.json (of a single entry), Jenkins' junit-10.xsd.
# For Checkstyle nobody publishes one: tests/schemas/checkstyle.xsd is ours, after what Checkstyle writes and reviewdog reads.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Files of a public repository.
schemas() {
  local repository=$1 path
  git clone --quiet --bare --depth 1 --filter=blob:none "https://github.com/$repository" "$work/${repository##*/}"
  for path in "${@:2}"; do
    git -C "$work/${repository##*/}" show "HEAD:$path" > "$work/schemas/${path##*/}"
  done
}

if [[ -n ${SCHEMAS:-} ]]; then
  cp -R "$SCHEMAS" "$work/schemas"
else
  mkdir "$work/schemas"
  schemas reviewdog/reviewdog proto/rdf/jsonschema/{DiagnosticResult,Diagnostic}.json
  schemas gitlabhq/gitlabhq app/validators/json_schemas/codeclimate.json
  schemas jenkinsci/xunit-plugin src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
fi
cp "$root/tests/schemas/checkstyle.xsd" "$work/schemas/"

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'jsonschema>=4,<5' 'xmlschema>=4,<5'
npm install --silent --no-save --prefix "$work/npm" @microsoft/sarif-multitool@5
multitool=("$work"/npm/node_modules/@microsoft/sarif-multitool-*/Sarif.Multitool)

cargo build --locked --quiet --manifest-path "$root/Cargo.toml"
name='hostile/a "b" <c>&|`'$'\n''::error::x,:%25.sql'
mkdir -p "$work/reports" "$work/hostile"
printf 'DROP TABLE "a`|b\n::error::x ##[error]<b>]]>&\033[31m@c";\n\xef\xbf\xbe\xff DROP TABLE "\xf0\x9f\x99\x82\x01";\n' > "$work/$name"

formats=(sarif gitlab junit checkstyle rdjson rdjsonl)
outputs=()
for format in "${formats[@]}"; do
  outputs+=(--output-format "$format" --output-file "$work/reports/$format")
done
"${CARGO_TARGET_DIR:-$root/target}/debug/shipworthy" check --fail-on never --category test "${outputs[@]}" -- "$work/hostile" "$@" 2> /dev/null

"$work/venv/bin/python" "$root/tests/formats.py" "$work/schemas" "$work/reports"
# The program that npm puts before it takes the semicolon for the shell's.
cp "$work/reports/sarif" "$work/reports/report.sarif"
"${multitool[0]}" validate "$work/reports/report.sarif" --rule-kind 'Sarif;Ghas' --output "$work/validated.sarif" --log ForceOverwrite | tee "$work/log"
# `informationUri` is there when the build knows its repository.
if grep -E '(error|warning) [A-Z]+[0-9]+' "$work/log" | grep -v SARIF2005; then
  echo "sarif: there are problems" >&2
  exit 1
fi
echo "sarif: valid"
