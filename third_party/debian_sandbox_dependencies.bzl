"""What examples/decoder and examples/sandbox need, out of Debian's packages: libseccomp-dev, libpng-dev.

The library needs none of them, and who depends on it does not either. Bazel 7 and later has them from the system, too
(MODULE.bazel); where they are not installed, those examples are skipped.
"""

load(":installed_repository.bzl", "installed_repository")

def debian_sandbox_dependencies():
    """Declares the repositories that the caller has not declared."""
    if "libpng" not in native.existing_rules():
        installed_repository(name = "libpng", folder = "debian/libpng", header = "/usr/include/png.h")
    if "libseccomp" not in native.existing_rules():
        installed_repository(name = "libseccomp", folder = "debian/libseccomp", header = "/usr/include/seccomp.h")
