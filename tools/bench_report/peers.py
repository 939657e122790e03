"""Who is who: for a variant, the name, kind and colour it has in all plots."""

import collections

BARE = "bare"
LIMIT = "limit"
OURS = "ours"
PEER = "peer"

Peer = collections.namedtuple("Peer", "name kind")

# In this order in legends and tables.
KINDS = (BARE, LIMIT, OURS, PEER)

_NOT_OURS = {
    "blocking": BARE,
    "loop": BARE,
    "contract": LIMIT,
    "handwritten": BARE,
    "memcpy": LIMIT,
    "protobuf": PEER,
    "protobuf_fill": PEER,
}
# What begins so in the peers' binary is ours.
_OURS = "ours_"

# Light and dark. Ours are blue, what the system does is grey or earth, peers
# have the rest of the circle.
_COLOURS = {
    "bare": ("#1f2328", "#e6e8eb"),
    "bare in their loops": ("#1f2328", "#e6e8eb"),
    "limit stream": ("#8a6d3b", "#c9a86a"),
    "limit pipe": ("#6b7f3a", "#a9bf6e"),
    "limit eventfd": ("#8c8c8c", "#9a9a9a"),
    "limit futex": ("#5f6b76", "#b4bec8"),
    "limit spinning ring": ("#a0522d", "#d98e66"),
    "limit warm pool": ("#b07aa1", "#d0a3c3"),
    "limit memcpy": ("#9c8a00", "#d6c64a"),
    "transport": ("#0b5fd0", "#5aa2ff"),
    "typed_bytes": ("#17a2c4", "#46cbe8"),
    "ours transport": ("#0a3f8c", "#8ab8ff"),
    "ours typed_bytes": ("#0e6b83", "#8fe3f5"),
    "receiver_set": ("#0b5fd0", "#5aa2ff"),
    "typed": ("#17a2c4", "#46cbe8"),
    "typed_set": ("#17a2c4", "#46cbe8"),
    "router": ("#5b4bd6", "#9d92ff"),
    "mapped_view": ("#0b5fd0", "#5aa2ff"),
    "private_copy": ("#5b4bd6", "#9d92ff"),
    "inprocess": ("#5b4bd6", "#9d92ff"),
    "protobuf": ("#5c0011", "#ff9c9c"),
    "protobuf_fill": ("#8c5a5a", "#c9a3a3"),
}
_PEER_COLOURS = (("#d62839", "#ff6b78"), ("#e07a00", "#ffa94d"),
                 ("#1b8a3d", "#5fd183"), ("#c2188b", "#ff74cc"),
                 ("#7a4a21", "#d0a078"), ("#7b1fa2", "#cf8bf0"),
                 ("#9aa300", "#dbe34a"), ("#00796b", "#4fc9b8"),
                 ("#b3526b", "#f29ab0"), ("#ff5722", "#ff8a65"),
                 ("#455a9c", "#93a7e6"), ("#4e7d00", "#a5d154"))
_OUR_COLOURS = (("#0b5fd0", "#5aa2ff"), ("#17a2c4", "#46cbe8"),
                ("#5b4bd6", "#9d92ff"), ("#0a3f8c", "#8ab8ff"))


def is_of_peers(label):
    """Whether it is the binary that compares us with other libraries.

    Its loops write and read every word of a payload, those of other binaries do
    not, and its processor time is that of the timed part alone: its times stand
    beside its own twin and never beside those of other binaries.
    """
    return label.startswith("//bench/peers")


def peer_of(variant, label):
    """Who a variant of the binary `label` is."""
    if variant.startswith("bare"):
        return Peer("bare in their loops" if is_of_peers(label) else "bare",
                    BARE)
    if variant.startswith("limit_"):
        return Peer(variant.replace("_", " "), LIMIT)
    if variant in _NOT_OURS:
        return Peer(variant, _NOT_OURS[variant])
    if variant.startswith(_OURS):
        return Peer(variant.replace("_", " ", 1), OURS)
    if is_of_peers(label):
        return Peer(variant, PEER)
    return Peer(variant, OURS)


def in_order(peers):
    """Each once: the twin, limits, ours, then peers; else as they come."""
    unique = dict.fromkeys(peers)
    return sorted(unique, key=lambda peer: KINDS.index(peer.kind))


def colours(peers):
    """Light and dark colour for each name; the same for the same peers."""
    result = {}
    taken = {OURS: 0, PEER: 0}
    for peer in in_order(peers):
        if peer.name in _COLOURS:
            result[peer.name] = _COLOURS[peer.name]
        elif peer.kind in (BARE, LIMIT):
            result[peer.name] = ("#6e7781", "#9aa4ae")
        else:
            palette = _OUR_COLOURS if peer.kind == OURS else _PEER_COLOURS
            result[peer.name] = palette[taken[peer.kind] % len(palette)]
            taken[peer.kind] += 1
    return result
