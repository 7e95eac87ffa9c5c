#!/usr/bin/env bash
# Runs each benchmark for a moment. What they print is not looked at: only that they work.
set -eu
cd "$(dirname "$0")"

./sim_transport_bench --benchmark_min_time=0.001
words=$TEST_TMPDIR/words
for transport in tls noise quic; do
  ./transport_bench -- serve "$transport" >"$words" &
  until grep -q listening "$words"; do sleep 0.05; done
  address=$(awk '{ print $2 }' "$words")
  for work in "stream 1" "ask 1" "connect 5"; do
    # shellcheck disable=SC2086
    ./transport_bench -- dial "$transport" "$address" $work
  done
  kill $!
  wait $! || true
done
