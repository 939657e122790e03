#!/bin/sh
# runs_test.sh BENCHMARK: every benchmark in it runs to its end.
set -eu
"$1" --benchmark_min_time=0.001
