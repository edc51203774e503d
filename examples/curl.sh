#!/bin/sh
# One turn of an agent over HTTP, with nothing but a shell and curl. `npm start` prints a token for its sample; then
#
#   HOLDFAST_TOKEN=hf_… sh examples/curl.sh
set -eu

url=${HOLDFAST_URL:-http://localhost:4040}
token=${HOLDFAST_TOKEN:?is not set. Make a token: holdfast token create --tenant acme --scope read,write}
thread=${1:-refund-$(date +%s)-$$}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# In a file, as what is on a command line is seen by every user of the machine.
echo "Authorization: Bearer $token" >"$work/token"

# call ROUTE BODY: prints the answer. Fails where it is an error; then the answer is { "error": { "code", … } }.
# What does not come through is sent again. That is safe for what reads, and for writes with an operationId: they happen once.
call() {
  status=$(curl -sS --retry 5 --retry-all-errors --retry-max-time 30 -o "$work/answer" -w '%{http_code}' \
    -H @"$work/token" -H 'Content-Type: application/json' -d "$2" "$url/v1/$1") || return 1
  cat "$work/answer"
  echo
  [ "$status" = 200 ]
}

# code: the code of the error that comes in.
code() {
  sed -n 's/.*"code":"\([A-Z_]*\)".*/\1/p'
}

# follow AFTER COUNT: prints so many events of the thread's log, behind the one with that ordinal, as they come.
follow() {
  mkfifo "$work/events"
  curl -sSN -H @"$work/token" -H "Last-Event-ID: $1" "$url/v1/log/tail?threadId=$thread" >"$work/events" &
  curl=$!
  left=$2
  while [ "$left" -gt 0 ] && IFS= read -r line; do
    case $line in "data: "*) echo "${line#data: }" && left=$((left - 1)) ;; esac
  done <"$work/events"
  kill "$curl"
  rm "$work/events"
}

echo "A thread, and what its user asks:"
call messages/createThread '{
  "thread": { "id": "'"$thread"'", "userId": "u1", "title": { "json": "Refund" } },
  "options": { "operationId": "'"$thread"'/thread" }
}'
call messages/createMessage '{
  "message": { "threadId": "'"$thread"'", "role": "user", "content": { "json": "Where is my refund?" } },
  "options": { "operationId": "'"$thread"'/question" }
}'

echo "The turn: its log, what it found out, its answer. All of it is stored, or none; sent twice, it is stored once:"
turn='{
  "operations": [
    { "method": "log.append", "threadId": "'"$thread"'", "events": [
      { "kind": "tool_call", "id": "c1", "name": "lookup", "input": { "order": 7 } },
      { "kind": "tool_result", "tool_use_id": "c1", "content": "sent on Monday" }
    ] },
    { "method": "kv.put", "namespace": ["orders", "u1"], "key": "7", "value": { "json": "refunded" } },
    { "method": "messages.createMessage",
      "message": { "threadId": "'"$thread"'", "role": "assistant", "content": { "json": "It was sent on Monday." } } }
  ],
  "options": { "operationId": "'"$thread"'/turn-1" }
}'
call write "$turn"
call write "$turn"

echo "What the next call of the model needs, all of one moment:"
call read '{
  "queries": [
    { "method": "messages.listMessages", "threadId": "'"$thread"'", "options": { "order": "desc", "limit": 20 } },
    { "method": "kv.get", "namespace": ["orders", "u1"], "key": "7" }
  ]
}'

echo "What the agent did, as it is followed live:"
follow 0 2

echo "What is refused says why:"
if answer=$(call messages/createThread '{ "thread": { "id": "'"$thread"'", "userId": "u1" } }'); then
  echo "the thread was made twice" >&2
  exit 1
fi
echo "$answer" | code
