"""Forwards to Bazel's own CcInfo."""

load(":native.bzl", "NativeCcInfo")

CcInfo = NativeCcInfo
