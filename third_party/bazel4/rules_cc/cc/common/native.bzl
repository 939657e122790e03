"""Bazel's own symbols, under names that do not hide them from the files that forward them."""

native_cc_common = cc_common
NativeCcInfo = CcInfo
NativeCcToolchainConfigInfo = CcToolchainConfigInfo
