# shellcheck shell=bash
# How the scripts of the action speak to the runner. Sourced by them.

# Text as the message of a workflow command: one line.
escaped() {
  local text=$1
  text=${text//'%'/'%25'}
  text=${text//$'\r'/'%0D'}
  text=${text//$'\n'/'%0A'}
  printf '%s' "$text"
}

# say notice|warning|error TEXT
say() {
  printf '::%s title=shipworthy::%s\n' "$1" "$(escaped "$2")"
}

# Prints standard input so that the runner takes nothing in it for a command: SQL and file names are other people's text.
quoted() {
  local word
  word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$word"
  cat
  printf '\n::%s::\n' "$word"
}

# tell NAME VALUE: an output of the step. Values have one line.
tell() {
  printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"
}
