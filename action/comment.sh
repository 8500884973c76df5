#!/usr/bin/env bash
# Keeps one comment on the pull request up to date. Where that is not allowed it says so, and the job goes on: the summary has the same text.
set -euo pipefail
# shellcheck source=action/said.sh
. "$GITHUB_ACTION_PATH/action/said.sh"

without_comment() {
  say notice "There is no comment on the pull request: $1 The summary of the job says the same."
  exit 0
}

if ! command -v gh > /dev/null; then
  without_comment "the program gh, which writes it, is not on this runner."
fi

if [[ $GITHUB_SERVER_URL != https://github.com ]]; then
  export GH_HOST=${GITHUB_SERVER_URL#https://} GH_ENTERPRISE_TOKEN=$GH_TOKEN
fi

# The report's first line, which nobody sees, tells what an earlier run of the same category wrote.
marker=$(head -n 1 "$REPORT")
comments=repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments
trouble=$RUNNER_TEMP/shipworthy-comment

# Who wrote one is checked by whether it may be changed: anybody may write the marker.
if ! ids=$(MARKER=$marker gh api --paginate "$comments?per_page=100" \
  --jq '.[] | select(.body | startswith(env.MARKER)) | .id' 2> "$trouble"); then
  without_comment "the token may not read the comments ($(head -n 1 "$trouble"))."
fi
for id in $ids; do
  if gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" --field "body=@$REPORT" 2> "$trouble"; then
    exit 0
  fi
done
if [[ $FINDINGS == 0 && -z $ids ]]; then
  echo "Nothing was found, and there is no comment that says otherwise."
  exit 0
fi
if ! gh api --silent --method POST "$comments" --field "body=@$REPORT" 2> "$trouble"; then
  without_comment "the token may not write one ($(head -n 1 "$trouble")). A pull request from a fork has no such token; for others, the job needs \`permissions: pull-requests: write\`."
fi
