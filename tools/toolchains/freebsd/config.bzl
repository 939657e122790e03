"""Zig's clang as a C++ toolchain for FreeBSD that compiles only."""

load("@rules_cc//cc:action_names.bzl", "ACTION_NAMES")
load("@rules_cc//cc:cc_toolchain_config_lib.bzl", "feature", "flag_group", "flag_set", "tool_path")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/toolchains:cc_toolchain_config_info.bzl", "CcToolchainConfigInfo")

_COMPILE = [
    ACTION_NAMES.c_compile,
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.cpp_header_parsing,
]

def _feature(name, flags, expand_if_available = None):
    group = flag_group(flags = flags, expand_if_available = expand_if_available)
    return feature(
        name = name,
        enabled = True,
        flag_sets = [flag_set(actions = _COMPILE, flag_groups = [group])],
    )

def _freebsd_toolchain_config_impl(ctx):
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        toolchain_identifier = "zig_freebsd_x86_64",
        compiler = "clang",
        target_cpu = "freebsd_x86_64",
        target_libc = "freebsd",
        host_system_name = "local",
        target_system_name = "x86_64-freebsd",
        abi_version = "local",
        abi_libc_version = "local",
        tool_paths = [tool_path(name = "gcc", path = "cxx")] + [
            tool_path(name = name, path = "no_such_tool")
            for name in ["ar", "cpp", "gcov", "ld", "nm", "objdump", "strip"]
        ],
        features = [
            # Bazel 4 reuses objects when only the compiler's path has changed, hence the target as a flag.
            _feature("target", ["-target", "x86_64-freebsd.14.0"]),
            # -MMD leaves out the system's headers, so that Bazel need not know where Zig lies.
            _feature(
                "dependency_file",
                ["-MMD", "-MF", "%{dependency_file}"],
                expand_if_available = "dependency_file",
            ),
        ],
    )

freebsd_toolchain_config = rule(
    implementation = _freebsd_toolchain_config_impl,
    attrs = {},
    provides = [CcToolchainConfigInfo],
)
