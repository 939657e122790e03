"""Forwards to Bazel's own cc_toolchain."""

cc_toolchain = native.cc_toolchain
