#!/bin/bash
# Lays out the repository in /app: a release, two branches since, and the merge of them as it stopped.
# Authors and dates are fixed, so every build gives the same commits.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd /app
export GIT_AUTHOR_NAME='Ines Kofler' GIT_AUTHOR_EMAIL=ines@courier.example
export GIT_AUTHOR_DATE='2025-03-03T09:00:00+0000'
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
export GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE

git init -q -b main .
git config user.name 'Dana Weiss'
git config user.email dana@courier.example
git add -A
git commit -q -m 'Release 1.4.0'
git branch bulky-goods
git am -q --committer-date-is-author-date "$here"/main/*.patch
git checkout -q bulky-goods
git am -q --committer-date-is-author-date "$here"/bulky-goods/*.patch
git checkout -q main
! git merge bulky-goods
