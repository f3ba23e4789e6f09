#!/usr/bin/env bash
# Posts the file $1 as a comment on a pull request, or updates the one that is there.
# Environment: GH_TOKEN, REPOSITORY (owner/name), PULL_REQUEST (its number).
set -euo pipefail

comments="repos/$REPOSITORY/issues/$PULL_REQUEST/comments"
# Only a bot's: anybody can begin a comment with the marker, and the token may edit everybody's.
ours='.[] | select(.user.type == "Bot") | select(.body | startswith("<!-- dagster-commons diff -->")) | .id'
found="$(gh api --paginate "$comments?per_page=100" --jq "$ours")"
id="${found%%$'\n'*}"
if [ -n "$id" ]; then
  gh api --silent --method PATCH "repos/$REPOSITORY/issues/comments/$id" --field "body=@$1"
else
  gh api --silent --method POST "$comments" --field "body=@$1"
fi
