"""Forwards to Bazel's own CcToolchainConfigInfo."""

load("//cc/common:native.bzl", "NativeCcToolchainConfigInfo")

CcToolchainConfigInfo = NativeCcToolchainConfigInfo
