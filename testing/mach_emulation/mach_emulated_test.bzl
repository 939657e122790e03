"""Tests that run with an emulated Mach kernel."""

load("//tools/build_defs:cc.bzl", "ipc_cc_test")

_LINUX_ONLY = ["@platforms//os:linux"]

def _mach_emulated_test_impl(ctx):
    options = ["'--service=%s'" % service for service in ctx.attr.services]
    words = ["exec", ctx.executable._launcher.short_path] + options + ["--", ctx.executable.test.short_path, '"$@"']
    script = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(script, "#!/bin/sh\n" + " ".join(words) + "\n", is_executable = True)
    runfiles = ctx.runfiles()
    for part in [ctx.attr._launcher, ctx.attr.test]:
        runfiles = runfiles.merge(part[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = script, runfiles = runfiles)]

_mach_emulated_test = rule(
    implementation = _mach_emulated_test_impl,
    attrs = {
        "services": attr.string_list(),
        "test": attr.label(mandatory = True, executable = True, cfg = "target"),
        "_launcher": attr.label(default = "//testing/mach_emulation:run_under", executable = True, cfg = "target"),
    },
    test = True,
)

def mach_emulated_test(name, test, services = [], size = "small", **kwargs):
    """Runs a cc_test that uses //testing/mach_emulation:mach under a kernel of its own. Linux only: skipped elsewhere.

    Args:
      name: the name of the new test.
      test: the cc_test; "manual", for by itself it finds no kernel, but with --config=mach_emulated.
      services: names that launchd has jobs for: the test may check in there.
      size: as for every test.
      **kwargs: as for every test; args are GoogleTest's.
    """
    _mach_emulated_test(
        name = name,
        test = test,
        services = services,
        size = size,
        target_compatible_with = _LINUX_ONLY,
        **kwargs
    )

def mach_semantics_test(name, srcs, deps = [], size = "small", **kwargs):
    """A GoogleTest of Mach's calls by Apple's names, run under the emulated kernel.

    `name`_on_mach is the same test without a kernel of its own: for --config=mach_emulated, and for a Mac.

    Args:
      name: the name of the test.
      srcs: as for every cc_test.
      deps: beside the Mach calls and GoogleTest, without its main().
      size: as for every test.
      **kwargs: of the cc_test.
    """
    ipc_cc_test(
        name = name + "_on_mach",
        size = size,
        srcs = srcs,
        tags = ["manual"],
        linkopts = select({
            "//platforms:macos": ["-lbsm"],
            "//conditions:default": [],
        }),
        deps = deps + ["@googletest//:gtest"] + select({
            "//platforms:macos": [],
            "//conditions:default": [
                "//testing/mach_emulation:headers",
                "//testing/mach_emulation:mach",
            ],
        }),
        **kwargs
    )
    mach_emulated_test(
        name = name,
        size = size,
        test = ":" + name + "_on_mach",
    )
