"""A repository out of a folder beside this file, wherever this file's own repository lies."""

def link_folder(ctx, name):
    """Links everything in the folder `name`, such as debian/abseil-cpp, into a repository.

    Args:
      ctx: of the repository rule.
      name: the folder's path from here.
    """
    folder = ctx.path(Label("//third_party:BUILD.bazel")).dirname
    for part in name.split("/"):
        folder = folder.get_child(part)
    for entry in folder.readdir():
        ctx.symlink(entry, entry.basename)

def _folder_repository_impl(ctx):
    link_folder(ctx, ctx.attr.folder)

folder_repository = repository_rule(
    implementation = _folder_repository_impl,
    attrs = {"folder": attr.string(mandatory = True)},
    doc = "A repository out of a folder beside this file.",
    local = True,
)
