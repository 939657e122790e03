#!/bin/sh
echo "Bazel's coverage tools are not available offline; use gcov or llvm-cov" >&2
exit 1
