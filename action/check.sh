#!/usr/bin/env bash
# Checks the caller's migrations and tells the runner what was found. Succeeds whatever it is: verdict.sh has the last word.
set -euo pipefail
# shellcheck source=action/said.sh
. "$GITHUB_ACTION_PATH/action/said.sh"
# shellcheck source=action/base.sh
. "$GITHUB_ACTION_PATH/action/base.sh"

# In a container the workspace belongs to another user than the job's, and git refuses to look at it. Only for the processes of this step.
set_git safe.directory '*'

fail() {
  say error "$1"
  tell exit-code 2
  exit 0
}

program=$FOLDER/shipworthy
reports=$(mktemp -d "$RUNNER_TEMP/shipworthy-reports.XXXXXX")
tell version "$("$program" --version | cut -d ' ' -f 2)"
if [[ -n $WORKING_DIRECTORY ]]; then
  cd -- "$WORKING_DIRECTORY" || fail "There is no folder $WORKING_DIRECTORY, which \`working-directory\` names."
fi

if ! find_base; then
  fail "The commit to compare with is not in this clone and cannot be fetched ($why). Let actions/checkout bring the whole history with \`fetch-depth: 0\`, or say with \`since\` what to compare with, or judge everything with \`only-new: false\`."
fi
printf '%s\n' "$why"
tell base "$base"

arguments=(check)
# Text with an argument a line.
add_lines() {
  local line
  while IFS= read -r line; do
    if [[ -n ${line//[[:space:]]/} ]]; then arguments+=("$line"); fi
  done <<< "$1"
}
if [[ -n $CONFIG ]]; then arguments+=(--config "$CONFIG"); fi
if [[ -n $POSTGRES ]]; then arguments+=(--postgres "$POSTGRES"); fi
if [[ -n $FAIL_ON ]]; then arguments+=(--fail-on "$FAIL_ON"); fi
if [[ -n $base ]]; then arguments+=(--since "$base"); fi
if [[ -n $CATEGORY ]]; then arguments+=(--category "$CATEGORY"); fi
for format in json sarif markdown markdown-comment github; do
  arguments+=(--output-format "$format" --output-file "$reports/$format")
done
arguments+=(--output-format full)
add_lines "$EXTRA_ARGUMENTS"
# After `--` nothing is taken for an option.
arguments+=(--)
add_lines "$PATHS"

status=0
"$program" "${arguments[@]}" > "$reports/full" 2> "$reports/remarks" || status=$?
cat "$reports/full" "$reports/remarks" | quoted
if [[ $status -gt 1 ]]; then
  fail "shipworthy could not check the migrations: $(cat "$reports/remarks")"
fi

# A number of the report's summary. In a message its name would stand between escaped quotes.
counted() {
  sed -n "/\"$1\": *[0-9]/{s/^.*\"$1\": *\([0-9]*\).*\$/\1/p;q;}" "$reports/json"
}
errors=$(counted errors) warnings=$(counted warnings) notes=$(counted notes)
tell exit-code "$status"
tell errors "$errors"
tell warnings "$warnings"
tell notes "$notes"
tell findings $((errors + warnings + notes))
tell json-file "$reports/json"
tell sarif-file "$reports/sarif"
tell markdown-file "$reports/markdown"
tell comment-file "$reports/markdown-comment"

if [[ $ANNOTATIONS == true ]]; then
  cat "$reports/github"
fi
if [[ $SUMMARY == true && -n ${GITHUB_STEP_SUMMARY-} ]]; then
  cat "$reports/markdown" >> "$GITHUB_STEP_SUMMARY"
fi
