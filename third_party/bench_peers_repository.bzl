"""What bench/peers compares this library with, as far as Debian's packages of it are installed."""

load(":folder_repository.bzl", "link_folder")

# A peer to a file that is there if it can be built with.
_HEADERS = {
    "boost_interprocess": "/usr/include/boost/interprocess/ipc/message_queue.hpp",
    "capnproto": "/usr/include/capnp/ez-rpc.h",
    "grpc": "/usr/include/grpcpp/grpcpp.h",
    "iceoryx": "/usr/include/iceoryx/v2.0.3/iceoryx_posh/popo/untyped_publisher.hpp",
    "nng": "/usr/include/nng/nng.h",
    "sd_bus": "/usr/include/systemd/sd-bus.h",
    "zeromq": "/usr/include/zmq.h",
}

# The one whose headers no compiler looks for on its own.
_ICEORYX_HEADERS = "/usr/include/iceoryx/v2.0.3"

def _bench_peers_repository_impl(ctx):
    link_folder(ctx, "debian/bench_peers")
    found = [name for name in ctx.attr.peers if ctx.path(_HEADERS[name]).exists]
    ctx.file("installed.bzl", "INSTALLED_PEERS = %r\n" % found)
    if "iceoryx" in found:
        ctx.symlink(_ICEORYX_HEADERS, "iceoryx")

bench_peers_repository = repository_rule(
    implementation = _bench_peers_repository_impl,
    attrs = {"peers": attr.string_list(default = sorted(_HEADERS), doc = "Those that are looked for.")},
    configure = True,
    doc = "Debian's libraries, and installed.bzl: which of them are there.",
    local = True,
)

def debian_bench_peers():
    """Declares the repository if the caller has not declared it. It needs none of the packages."""
    if "bench_peers" not in native.existing_rules():
        bench_peers_repository(name = "bench_peers")
