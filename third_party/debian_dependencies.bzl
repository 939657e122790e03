"""What a Bazel 4 WORKSPACE needs, out of Debian's packages and offline.

    load("@ipc_channel//third_party:debian_dependencies.bzl", "debian_dependencies")

    debian_dependencies()

Repositories that the WORKSPACE has declared before the call are left alone. With Bazel 7 and later MODULE.bazel says
what is needed, and nothing of this is read.
"""

load(":folder_repository.bzl", "folder_repository")

# Shims where Debian's package of rules is missing or does not work with Debian's Bazel, and overlays over its
# libraries: link options only, under upstream's target names, since the headers lie in /usr/include.
_IN_THIS_FOLDER = {
    "abseil-cpp": "debian/abseil-cpp",
    "com_google_protobuf": "debian/protobuf",
    "google_benchmark": "debian/google_benchmark",
    "googletest": "debian/googletest",
    "remote_coverage_tools": "bazel4/remote_coverage_tools",
    "rules_cc": "bazel4/rules_cc",
    "rules_shell": "bazel4/rules_shell",
}

_INSTALLED = {
    "bazel_skylib": "/usr/share/bazel/tools/skylib",
    "platforms": "/usr/share/bazel/tools/platforms",
    "rules_java": "/usr/share/bazel/rules/java",
    "rules_proto": "/usr/share/bazel/rules/proto",
}

def debian_dependencies():
    """Declares every repository this project needs and the caller has not declared."""
    for name, folder in _IN_THIS_FOLDER.items():
        if name not in native.existing_rules():
            folder_repository(name = name, folder = folder)
    for name, path in _INSTALLED.items():
        if name not in native.existing_rules():
            native.local_repository(name = name, path = path)
