"""C++ rules of this project: the include prefix and the warnings, in one place.

Headers are included as "ipc_channel/<package>/<header>.h" whoever builds them, here or as a dependency: the short
package names (transport, channel, ...) are taken in larger monorepos.
"""

load("@rules_cc//cc:cc_binary.bzl", "cc_binary")
load("@rules_cc//cc:cc_library.bzl", "cc_library")
load("@rules_cc//cc:cc_test.bzl", "cc_test")

# Warnings only. The language standard is the build's, never ours: Abseil's ABI differs between standards.
_WARNINGS = [
    "-Wall",
    "-Wextra",
    "-Wcast-qual",
    "-Wnon-virtual-dtor",
    "-Woverloaded-virtual",
    # Designated initializers leave fields to their defaults on purpose.
    "-Wno-missing-field-initializers",
    "-Wpointer-arith",
    "-Wunused",
    "-Wvla",
]

# For targets that need file descriptors passed between processes.
NEEDS_UNIX_BACKEND = select({
    "//platforms:unix_backend": [],
    "//conditions:default": ["@platforms//:incompatible"],
})

# For targets that need channels between processes, by whatever the system has.
NEEDS_SYSTEM_BACKEND = select({
    "//platforms:mach_backend": [],
    "//platforms:unix_backend": [],
    "//conditions:default": ["@platforms//:incompatible"],
})

# For targets that need what only Linux' back end has.
NEEDS_UNIX_BACKEND_ON_LINUX = select({
    "//platforms:unix_backend_on_linux": [],
    "//conditions:default": ["@platforms//:incompatible"],
})

NEEDS_UNIX_BACKEND_ON_FREEBSD = select({
    "//platforms:unix_backend_on_freebsd": [],
    "//conditions:default": ["@platforms//:incompatible"],
})

# For targets that need Mach ports, a Mac's or the emulated kernel's.
NEEDS_MACH_BACKEND = select({
    "//platforms:mach_backend": [],
    "//conditions:default": ["@platforms//:incompatible"],
})

# For targets that count or refuse the memory that a process allocates: the emulation of Mach's calls allocates in it, too.
NEEDS_NO_MACH_EMULATION = select({
    "//platforms:mach_backend_on_linux": ["@platforms//:incompatible"],
    "//conditions:default": [],
})

# For targets that need Mach's calls, which on Linux are emulated.
NEEDS_MACH_BACKEND_ON_LINUX = select({
    "//platforms:mach_backend_on_linux": [],
    "//conditions:default": ["@platforms//:incompatible"],
})

# For targets that need child processes, and channels to them.
NEEDS_PROCESSES = select({
    "//platforms:mach_backend": [],
    "//platforms:unix_backend_on_linux": [],
    "//conditions:default": ["@platforms//:incompatible"],
})

def ipc_cc_library(name, copts = [], **kwargs):
    package = native.package_name()
    cc_library(
        name = name,
        copts = _WARNINGS + copts,
        include_prefix = "ipc_channel/" + package if package else "ipc_channel",
        **kwargs
    )

def ipc_cc_test(name, copts = [], size = "small", **kwargs):
    cc_test(
        name = name,
        size = size,
        copts = _WARNINGS + copts,
        **kwargs
    )

def ipc_cc_binary(name, copts = [], **kwargs):
    cc_binary(
        name = name,
        copts = _WARNINGS + copts,
        **kwargs
    )
