"""A test, again with rights taken away."""

def _restricted_test_impl(ctx):
    options = ["'--deny=%s'" % denied for denied in ctx.attr.deny]
    if ctx.attr.unprivileged:
        options.append("--unprivileged")
    words = ["exec", ctx.executable._launcher.short_path] + options + ["--", ctx.executable.test.short_path, '"$@"']
    script = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(script, "#!/bin/sh\n" + " ".join(words) + "\n", is_executable = True)
    runfiles = ctx.runfiles()
    for part in [ctx.attr._launcher, ctx.attr.test]:
        runfiles = runfiles.merge(part[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = script, runfiles = runfiles)]

_restricted_test = rule(
    implementation = _restricted_test_impl,
    attrs = {
        "deny": attr.string_list(),
        "test": attr.label(mandatory = True, executable = True, cfg = "target"),
        "unprivileged": attr.bool(),
        "_launcher": attr.label(default = "//testing/restrict:restricted_run", executable = True, cfg = "target"),
    },
    test = True,
)

def restricted_test(name, test, deny = [], unprivileged = False, size = "small", tags = [], **kwargs):
    """Runs a cc_test under //testing/restrict:restricted_run. Linux only: skipped elsewhere.

    Args:
      name: the name of the new test.
      test: the cc_test. If it is to run unprivileged it has linkstatic = True: Bazel's folders are often closed to others.
      deny: what fails, as "call:error" or "call:use:error"; the names stand in internal/denial_table_linux.cc.
      unprivileged: whether it runs without capabilities and, where it may become one, as another user. Outside a sandbox,
        which has one user only.
      size: as for every test.
      tags: as for every test; "restricted" is added.
      **kwargs: as for every test; args are GoogleTest's.
    """
    _restricted_test(
        name = name,
        test = test,
        deny = deny,
        unprivileged = unprivileged,
        size = size,
        tags = tags + ["restricted"] + (["local"] if unprivileged else []),
        **kwargs
    )
