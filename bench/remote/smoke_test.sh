#!/usr/bin/env bash
# Runs each work for a moment. What is printed is not looked at: only that it works.
set -eu
cd "$(dirname "$0")"

words=$TEST_TMPDIR/words
# play LISTEN FLAG...
play() {
  local listen=$1 address work
  shift
  ./remote_bench --name=server --listen="$listen" "$@" -- serve 2>"$words" &
  until grep -q 'listening at' "$words"; do sleep 0.05; done
  address=$(sed -n 's/.*listening at //p' "$words")
  for work in "tell 2000" "ask 100" "refs 1000"; do
    # shellcheck disable=SC2086
    ./remote_bench --name=visitor --peer=server="$address" "$@" -- $work
  done
  kill $!
  wait $! || true
}

play /ip4/127.0.0.1/tcp/0
play /ip4/127.0.0.1/tcp/0 --security=tls
play /ip4/127.0.0.1/udp/0/quic-v1
