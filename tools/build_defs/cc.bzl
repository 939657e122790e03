"""C++ rules of this project: the include prefix and the warnings, in one place.

Headers are included as "ipc_channel/<package>/<header>.h" whoever builds them, here or as a dependency: the short
package names (transport, channel, ...) are taken in larger monorepos.
"""

load("@rules_cc//cc:cc_binary.bzl", "cc_binary")
load("@rules_cc//cc:cc_library.bzl", "cc_library")
load("@rules_cc//cc:cc_test.bzl", "cc_test")
load("//tools/build_defs:link_only.bzl", "link_only")

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

# Attributes that rules for anything have.
_OF_ANY_RULE = ["tags", "target_compatible_with", "testonly", "visibility"]

# Attributes that say something of sources, and nothing of headers alone.
_OF_SOURCES = ["alwayslink", "data", "linkopts", "linkstatic"]

def _library(name, prefix, copts, **kwargs):
    cc_library(
        name = name,
        copts = _WARNINGS + copts,
        include_prefix = prefix,
        **kwargs
    )

def ipc_cc_library(name, copts = [], srcs = [], deps = [], implementation_deps = [], **kwargs):
    """Makes a library of this project.

    `implementation_deps` are for libraries that are made of other things for each back end. What is above such a
    library sees its headers and `deps`, which are the same for all back ends, and therefore compiles to the same
    objects whichever is chosen: a build for one back end after that for another, in one output folder, only compiles
    the back end and links. A select() on the back end belongs there (and in `srcs`), never in `deps` of a library
    that others are built on.

    (Newer Bazels' cc_library() has an attribute of that name; Bazel 4 has not.)

    Args:
      name: of the library.
      copts: besides the warnings of this project.
      srcs: as of any library.
      deps: what the headers include, and what `srcs` include whatever the back end.
      implementation_deps: what `srcs` alone include. Linked, and unknown to whoever depends on the library.
      **kwargs: of cc_library(). With implementation_deps the sources are a private library of their own,
        <name>_implementation, which has them all but for the visibility.
    """
    package = native.package_name()
    prefix = "ipc_channel/" + package if package else "ipc_channel"
    if not implementation_deps:
        _library(name, prefix, copts, srcs = srcs, deps = deps, **kwargs)
        return

    # The headers belong to both: to the public library, and to the sources, which cannot depend on what links them.
    of_sources = dict(kwargs, visibility = ["//visibility:private"])
    implementation = name + "_implementation"
    _library(implementation, prefix, copts, srcs = srcs, deps = deps + implementation_deps, **of_sources)
    linked = name + "_linked"
    link_only(
        name = linked,
        deps = [":" + implementation],
        **{key: value for key, value in of_sources.items() if key in _OF_ANY_RULE}
    )
    of_headers = {key: value for key, value in kwargs.items() if key not in _OF_SOURCES}
    _library(name, prefix, copts, deps = deps + [":" + linked], **of_headers)

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
