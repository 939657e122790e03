"""What is measured: the binaries, their works, and how much of them is quick."""

import collections

ONE_CORE = "one_core"
TWO_CORES = "two_cores"
UNPINNED = "unpinned"

# A binary that runs works (bench/rounds.h). `quick` has the sizes of each work
# that a quick report takes (no entry: none, None: all). `placements`: where it
# says something. `optional`: left out, and said so, where it is not built or
# has nobody to compare us with.
Binary = collections.namedtuple("Binary",
                                "label works quick placements optional")

_BOTH = (ONE_CORE, TWO_CORES, UNPINNED)
_ONE = (ONE_CORE,)

PEERS = "//bench/peers:peers_benchmark"

BINARIES = (
    Binary("//bench:process_benchmark",
           ("RoundTrip", "OneWay", "Large", "PassSender", "PassDescriptor",
            "PassReceiver", "SetRoundTrip", "SetOneWay"),
           {
               "RoundTrip": (8, 4096, 65536),
               "OneWay": (8, 4096, 65536),
               "Large": (1 << 20, 16 << 20),
               "PassSender": None,
               "PassDescriptor": None,
               "SetRoundTrip": None,
               "SetOneWay": None,
           }, _BOTH, False),
    Binary("//bench/limits:limits_benchmark", ("RoundTrip", "OneWay", "Large"),
           {
               "RoundTrip": (8, 4096, 65536),
               "OneWay": (8, 4096, 65536),
               "Large": (1 << 20, 16 << 20),
           }, _BOTH, False),
    Binary("//bench:memory_benchmark",
           ("MemoryMade", "MemoryFresh", "MemoryWarm"), {
               "MemoryFresh": None,
               "MemoryWarm": None,
           }, _BOTH, False),
    Binary("//bench:one_process_benchmark", ("OneThread", "TwoThreads"), {
        "OneThread": (8, 4096),
        "TwoThreads": (8,),
    }, _BOTH, False),
    Binary("//bench:channel_benchmark",
           ("StructOneWay", "ValueOneWay", "SenderRoundTrip", "Call",
            "TypedSetRoundTrip", "TypedSetOneWay"), {
                "Call": (8,),
                "TypedSetRoundTrip": None,
                "TypedSetOneWay": None,
            }, _BOTH, False),
    Binary("//bench:async_benchmark",
           ("BareLoopRoundTrip", "AsyncOneWay", "AsyncRoundTrip",
            "RouterRoundTrip", "RouterOneWay"), {
                "RouterRoundTrip": None,
                "RouterOneWay": None,
            }, _BOTH, False),
    Binary("//bench:connect_benchmark", ("FirstContact", "OneShotContact"),
           {"FirstContact": None}, _ONE, False),
    Binary("//bench:spawn_benchmark", ("SpawnToFirstMessage",),
           {"SpawnToFirstMessage": None}, _ONE, False),
    Binary("//bench/serialize:serialize_benchmark",
           tuple(name + how
                 for name in ("Monsters", "Scalars", "TwoStrings", "Strings",
                              "Nested", "Doubles")
                 for how in ("Write", "Read", "Reread")),
           {"MonstersWrite": None, "MonstersRead": None}, _ONE, False),
    Binary(PEERS, ("RoundTrip", "OneWay", "Large"),
           {
               "RoundTrip": (8, 65536),
               "OneWay": (8, 65536),
               "Large": (16 << 20,),
           }, _BOTH, True),
)

# Descriptors and memory; a table of its own, once.
FOOTPRINT = "//bench:footprint_benchmark"

# The peers in Rust: a library for one of the options of the peers' binary.
RUST_PEERS = "bench/peers/rust/built/libbench_peers_rust.so"

Kind = collections.namedtuple("Kind", "name placements rounds min_time budget")

# Budgets in seconds, of the measurement: building comes before it.
KINDS = {
    "quick": Kind("quick", (ONE_CORE, TWO_CORES), 5, 0.01, 280),
    "full": Kind("full", (ONE_CORE, TWO_CORES, UNPINNED), 7, 0.05, 3500),
}


def all_works():
    """Each work's name, in order, once."""
    return list(
        dict.fromkeys(work for binary in BINARIES for work in binary.works))


def sizes_for(binary, kind, only):
    """The works to run and their sizes (None: all), for a kind of report."""
    works = {}
    for work in binary.works:
        if only and work not in only:
            continue
        if kind == "quick" and not only:
            if work in binary.quick:
                works[work] = binary.quick[work]
        else:
            works[work] = (binary.quick.get(work)
                           if kind == "quick" else None)
    return works


def filter_of(works):
    """The --benchmark_filter for them; names are work/variant/size/..."""
    parts = []
    for work, sizes in works.items():
        part = "%s/[^/]+/" % work
        if sizes is not None:
            part += "(%s)/" % "|".join(str(size) for size in sizes)
        parts.append(part)
    return "^(%s)" % "|".join(parts)


def path_of(label):
    """Where a label's binary lies, in bazel-bin or the runfiles."""
    package, name = label[2:].split(":")
    return "%s/%s" % (package, name)
