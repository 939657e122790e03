"""The event loops that examples/ shows channels in, out of Debian's packages: libasio-dev, libglib2.0-dev, libuv1-dev.

The library needs none of them, and who depends on it does not either.
"""

load(":folder_repository.bzl", "folder_repository", "link_folder")

_IN_THIS_FOLDER = {
    "asio": "debian/asio",
    "libuv": "debian/libuv",
}

_GLIB_HEADERS = "/usr/include/glib-2.0"

def _find_glib_config(ctx):
    """The folder of glibconfig.h, which is named for the processor."""
    for folder in ctx.path("/usr/lib").readdir():
        config = folder.get_child("glib-2.0").get_child("include")
        if config.get_child("glibconfig.h").exists:
            return config
    fail("glib needs Debian's package libglib2.0-dev")

# Its headers lie in folders of their own.
def _glib_repository_impl(ctx):
    link_folder(ctx, "debian/glib")
    ctx.symlink(_GLIB_HEADERS, "include")
    ctx.symlink(_find_glib_config(ctx), "config")

_glib_repository = repository_rule(
    implementation = _glib_repository_impl,
    doc = "GLib as Debian has it.",
    local = True,
)

def debian_loop_dependencies():
    """Declares the repositories that the caller has not declared. None needs its package until it is built from."""
    for name, folder in _IN_THIS_FOLDER.items():
        if name not in native.existing_rules():
            folder_repository(name = name, folder = folder)
    if "glib" not in native.existing_rules():
        _glib_repository(name = "glib")
