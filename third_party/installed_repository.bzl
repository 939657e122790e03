"""A repository over a library that the system may have or not."""

load(":folder_repository.bzl", "link_folder")

def _installed_repository_impl(ctx):
    link_folder(ctx, ctx.attr.folder)
    missing = [] if ctx.path(ctx.attr.header).exists else ["@platforms//:incompatible"]
    ctx.file("installed.bzl", "INCOMPATIBLE_UNLESS_INSTALLED = %r\n" % missing)

installed_repository = repository_rule(
    implementation = _installed_repository_impl,
    attrs = {
        "folder": attr.string(mandatory = True),
        "header": attr.string(mandatory = True, doc = "The path of a file that is there if the library is installed."),
    },
    configure = True,
    doc = "A repository out of a folder beside this file, with installed.bzl: what depends on it is skipped without it.",
    local = True,
)
