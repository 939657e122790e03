#!/bin/sh
# runs_test.sh BENCHMARK OPTION...: every benchmark in it runs to its end.
set -eu
"$@" --benchmark_min_time=0.001
