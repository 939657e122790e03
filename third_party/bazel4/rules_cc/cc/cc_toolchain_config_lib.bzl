"""Forwards to Bazel's own library for toolchains."""

load(
    "@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl",
    _feature = "feature",
    _flag_group = "flag_group",
    _flag_set = "flag_set",
    _tool_path = "tool_path",
    _variable_with_value = "variable_with_value",
)

feature = _feature
flag_group = _flag_group
flag_set = _flag_set
tool_path = _tool_path
variable_with_value = _variable_with_value
