# shellcheck shell=bash
# With which commit the migrations are compared, and how it gets into a shallow clone. Sourced by check.sh.
# shellcheck disable=SC2034 # `base` and `why` are what find_base tells check.sh.

# Whether the clone holds a commit.
has() {
  git cat-file -e "$1^{commit}" 2> /dev/null
}

# A setting of git for the processes that this one starts. Arguments would be seen by every process of the machine.
set_git() {
  local count=${GIT_CONFIG_COUNT:-0}
  export "GIT_CONFIG_KEY_$count=$1" "GIT_CONFIG_VALUE_$count=$2" "GIT_CONFIG_COUNT=$((count + 1))"
}

# fetch ARGUMENTS...: from origin, as the clone was made; where that is refused, with the token.
fetch() {
  local options=(--quiet --no-tags --no-recurse-submodules --no-write-fetch-head)
  # Nobody answers a question for a password.
  export GIT_TERMINAL_PROMPT=0
  git fetch "${options[@]}" "$@" 2> /dev/null && return
  [[ -n $TOKEN ]] || return 1
  # checkout with `persist-credentials: false` leaves none.
  (
    set_git "http.$GITHUB_SERVER_URL/.extraheader" \
      "AUTHORIZATION: basic $(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')"
    git fetch "${options[@]}" "$@" 2> /dev/null
  )
}

is_shallow() {
  [[ $(git rev-parse --is-shallow-repository) == true ]]
}

# A commit or a refspec without its history, unless the clone has all of that.
fetch_tip() {
  if is_shallow; then
    fetch --depth=1 origin "$1"
  else
    fetch origin "$1"
  fi
}

# Whether the clone holds the commit at which HEAD left another one.
meet() {
  git merge-base "$1" HEAD > /dev/null 2>&1
}

# Makes sure that the clone holds a commit and, if it can be had, the one at which HEAD left it.
bring() {
  local commit=$1 head depth
  head=$(git rev-parse HEAD)
  has "$commit" || fetch_tip "$commit" || return 1
  if meet "$commit" || ! is_shallow; then
    return 0
  fi
  for depth in --deepen=50 --deepen=500 --unshallow; do
    # The server may not know HEAD, where the job made it.
    fetch "$depth" origin "$commit" "$head" || fetch "$depth" origin "$commit" || break
    if meet "$commit"; then
      return 0
    fi
  done
  # shipworthy compares with the commit itself then, and says so.
  return 0
}

# The parents of HEAD, also those that a shallow clone does not hold.
parents() {
  git cat-file commit HEAD | sed -n -e '/^$/q' -e 's/^parent //p'
}

# A branch or a commit of origin, as a commit.
resolved() {
  local name=$1
  local short=${name#origin/}
  git rev-parse --verify --quiet --end-of-options "refs/remotes/origin/$short^{commit}" && return 0
  git rev-parse --verify --quiet --end-of-options "$name^{commit}" && return 0
  if [[ $name =~ ^[0-9a-f]{40}$ ]]; then
    printf '%s\n' "$name"
    return 0
  fi
  fetch_tip "+refs/heads/$short:refs/remotes/origin/$short" \
    || fetch_tip "+refs/tags/$short:refs/remotes/origin/$short" || return 1
  git rev-parse --verify --quiet --end-of-options "refs/remotes/origin/$short^{commit}"
}

# Sets `base` to the commit, or leaves it empty where everything is to be judged; `why` says what it is. Fails where it cannot be had.
find_base() {
  base="" why=""
  if [[ $ONLY_NEW != true ]]; then
    why="Everything is judged, as \`only-new\` says."
    return 0
  fi
  if [[ -n $SINCE ]]; then
    why="Compared with $SINCE, as \`since\` says."
    base=$(resolved "$SINCE") && bring "$base"
    return
  fi
  if [[ -n $PULL_REQUEST_BASE ]]; then
    local parent
    parent=$(parents)
    # What is checked out is the merge that GitHub makes of the pull request. Its first parent is the branch as it is now, while the event's
    # base may be older: compared with that, other people's merges would count as this one's.
    if [[ $parent == *$'\n'"$PULL_REQUEST_HEAD" ]]; then
      why='Compared with the branch that the pull request goes to.'
      base=${parent%%$'\n'*}
      if ! meet "$base"; then
        fetch --depth=2 origin "$(git rev-parse HEAD)" || bring "$base"
      fi
      has "$base"
      return
    fi
    why='Compared with the branch that the pull request goes to, where HEAD left it.'
    base=$PULL_REQUEST_BASE
    bring "$base"
    return
  fi
  if [[ -n $MERGE_QUEUE_BASE ]]; then
    why='Compared with the branch that the merge queue goes to.'
    base=$MERGE_QUEUE_BASE
    bring "$base"
    return
  fi
  if [[ $GITHUB_EVENT_NAME == push && ${GITHUB_REF-} == refs/heads/* ]]; then
    if [[ -n $DEFAULT_BRANCH && $GITHUB_REF != "refs/heads/$DEFAULT_BRANCH" ]]; then
      why="Compared with the branch $DEFAULT_BRANCH, where HEAD left it."
      base=$(resolved "$DEFAULT_BRANCH") && bring "$base"
      return
    fi
    if [[ $PUSHED_OVER =~ [1-9a-f] ]]; then
      why='Compared with the commit that was there before the push.'
      base=$PUSHED_OVER
      # A push by force may leave nothing of it.
      bring "$base" && return
      base=
      why='Everything is judged: the commit that was there before the push is gone.'
      return 0
    fi
  fi
  why="Everything is judged: the event $GITHUB_EVENT_NAME names nothing to compare with; \`since\` does."
}
