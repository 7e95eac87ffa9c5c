#!/usr/bin/env bash
# Runs each benchmark for a moment. What they print is not looked at: only that they work.
set -eu
cd "$(dirname "$0")"

./actor_bench --benchmark_min_time=0.001
./sim_bench --benchmark_min_time=0.001
./memory_bench --actors=2000 --many=2000 --suspended=200 --queued=2000 --contended=2000 --idle_seconds=0.05
for kind in ping_pong stream ask spawn sim_local sim_tiny sim_echo sim_ring; do ./work "$kind" 1000; done
