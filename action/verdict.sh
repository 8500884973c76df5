#!/usr/bin/env bash
# The last step: everything has been told, now the job passes or fails.
set -euo pipefail
# shellcheck source=action/said.sh
. "$GITHUB_ACTION_PATH/action/said.sh"

if [[ $UPLOAD == failure ]]; then
  say warning "The findings could not be uploaded to code scanning. The job needs \`permissions: security-events: write\`, a private repository needs code scanning to be enabled, and a pull request from a fork may not upload at all."
fi
exit "$EXIT_CODE"
