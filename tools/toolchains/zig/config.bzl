"""Zig's clang as a C++ toolchain for macOS and FreeBSD. What it makes cannot be run here."""

load("@rules_cc//cc:action_names.bzl", "ACTION_NAMES")
load(
    "@rules_cc//cc:cc_toolchain_config_lib.bzl",
    "feature",
    "flag_group",
    "flag_set",
    "tool_path",
    "variable_with_value",
)
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/toolchains:cc_toolchain_config_info.bzl", "CcToolchainConfigInfo")

_COMPILE = [
    ACTION_NAMES.c_compile,
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.cpp_header_parsing,
]

_LINK = [ACTION_NAMES.cpp_link_executable]

def _feature(name, actions, flags, expand_if_available = None):
    group = flag_group(flags = flags, expand_if_available = expand_if_available)
    return feature(
        name = name,
        enabled = True,
        flag_sets = [flag_set(actions = actions, flag_groups = [group])],
    )

def _one(flag, type):
    return flag_group(
        flags = [flag],
        expand_if_equal = variable_with_value(name = "libraries_to_link.type", value = type),
    )

# For the C library that macOS has, Bazel would call Apple's libtool.
_ARCHIVE = feature(
    name = "archiver_flags",
    flag_sets = [flag_set(
        actions = [ACTION_NAMES.cpp_link_static_library],
        flag_groups = [
            flag_group(flags = ["rcsD", "%{output_execpath}"], expand_if_available = "output_execpath"),
            flag_group(
                iterate_over = "libraries_to_link",
                expand_if_available = "libraries_to_link",
                flag_groups = [
                    _one("%{libraries_to_link.name}", "object_file"),
                    flag_group(
                        flags = ["%{libraries_to_link.object_files}"],
                        iterate_over = "libraries_to_link.object_files",
                        expand_if_equal = variable_with_value(
                            name = "libraries_to_link.type",
                            value = "object_file_group",
                        ),
                    ),
                ],
            ),
        ],
    )],
)

_SYSTEMS = {
    "freebsd": struct(libc = "freebsd", version = "14.0", flags = []),
    # Apple's headers have such annotations in part.
    "macos": struct(libc = "macosx", version = "11.0", flags = ["-Wno-nullability-completeness"]),
}

def _zig_toolchain_config_impl(ctx):
    system = _SYSTEMS[ctx.attr.system]
    name = ctx.attr.system + "_" + ctx.attr.cpu
    triple = ctx.attr.cpu + "-" + ctx.attr.system
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        toolchain_identifier = "zig_" + name,
        compiler = "clang",
        target_cpu = name,
        target_libc = system.libc,
        host_system_name = "local",
        target_system_name = triple,
        abi_version = "local",
        abi_libc_version = "local",
        tool_paths = [
            tool_path(name = "gcc", path = "cxx"),
            tool_path(name = "ar", path = "ar"),
        ] + [
            tool_path(name = name, path = "no_such_tool")
            for name in ["cpp", "gcov", "ld", "nm", "objdump", "strip"]
        ],
        features = [
            # First, where the script that is called looks for it; and a flag, because Bazel 4 reuses objects when only
            # the compiler's path has changed.
            _feature("target", _COMPILE + _LINK, ["-target", triple + "." + system.version]),
            # -MMD leaves out the system's headers, so that Bazel need not know where Zig lies.
            _feature(
                "dependency_file",
                _COMPILE,
                ["-MMD", "-MF", "%{dependency_file}"],
                expand_if_available = "dependency_file",
            ),
            _feature("warnings", _COMPILE, ["-Wno-unused-command-line-argument"] + system.flags),
            _ARCHIVE,
        ],
    )

zig_toolchain_config = rule(
    implementation = _zig_toolchain_config_impl,
    attrs = {
        "cpu": attr.string(mandatory = True, values = ["aarch64", "x86_64"]),
        "system": attr.string(mandatory = True, values = _SYSTEMS.keys()),
    },
    provides = [CcToolchainConfigInfo],
)
