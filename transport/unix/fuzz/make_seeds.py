#!/usr/bin/env python3
"""Writes the seeds of the fuzzers here: one small file for each valid thing.

  make_seeds.py packet|handles FOLDER
"""

import pathlib
import struct
import sys


def header(handles=0, payload=0, flags=0):
    return struct.pack("<HBBIQ", 0x4349, 1, flags, handles, payload)


def entry(kind, detail=0, flags=0):
    return struct.pack("<IIQ", kind, flags, detail)


def packet_seed(packet, descriptors=0, limit=0, handles=0):
    """As packet_fuzzer.cc reads it."""
    return bytes([descriptors, limit, handles]) + packet


def packet_seeds():
    kinds = [(1, 77, 0, 1), (2, 0, 0, 1), (3, 4096, 0, 1), (3, 0, 0, 0),
             (3, 4096, 1, 1), (4, 0, 0, 1), (5, 1, 0, 1), (6, 8192, 0, 1)]
    yield "empty", packet_seed(header())
    yield "text", packet_seed(header(0, 4) + b"text")
    yield "text_of_any_size", packet_seed(header(0, 4) + b"text", 0, 4)
    yield "in_object", packet_seed(header(0, 1 << 20, 1), 1)
    yield "in_carrier", packet_seed(header(0, 1 << 20, 4), 1)
    yield "in_helper", packet_seed(header(300, 0, 2), 1)
    yield "in_helper_and_object", packet_seed(header(1024, 9, 3), 2)
    for number, (kind, detail, flags, attached) in enumerate(kinds):
        one = entry(kind, detail, flags)
        yield f"handle_{number}", packet_seed(header(1) + one, attached)
        yield f"helper_{number}", packet_seed(one, attached, 0, 1)
    every = b"".join(entry(*kind[:3]) for kind in kinds)
    yield "all_handles", packet_seed(
        header(len(kinds), 2) + every + b"ok", 7)
    yield "all_in_helper", packet_seed(every, 7, 0, len(kinds))


def u8(*numbers):
    return bytes(numbers)


# What descriptor_zoo.cc reads. Memory: 8192 bytes, sealed for each kind.
NULL = u8(0x00)
PAIR = u8(0x61, 0)
SEALED, READ_ONLY, MUTABLE = (u8(2, 6 | seals << 3) for seals in (0, 1, 2))
RECEIVER = u8(4, 1, 1, 2) + b"hi" + NULL + entry(4)
BYTES_IN_CARRIER = u8(5, 3, 0, 4, 5)
DATA_SOCKET = u8(6, 2, 0, 4)
SOCKETS_IN_CARRIER = u8(5, 1, 2 << 3) + DATA_SOCKET + DATA_SOCKET

REAL = u8(0)  # the size as it is
UNCHANGED = u8(0, 0)
TEXT = u8(4) + b"text" + REAL
REPEATED = 0x80


def handles_seed(handles, payload=TEXT, flags=0, helper=b""):
    """As handles_fuzzer.cc reads it."""
    how = u8(flags | len(handles) << 2)
    return how + b"".join(handles) + helper + payload + UNCHANGED


def handles_seeds():
    handles = {
        "sender": u8(1) + PAIR + bytes(8),
        "sender_with_hint": u8(1) + PAIR + struct.pack("<Q", 5),
        "receiver": u8(2) + RECEIVER,
        "memory": u8(3) + SEALED + REAL,
        "memory_in_carrier": u8(3 | 8) + BYTES_IN_CARRIER + REAL,
        "memory_in_sockets": u8(3 | 8) + SOCKETS_IN_CARRIER + REAL,
        "descriptor": u8(4) + NULL,
        "mutable": u8(5) + MUTABLE + REAL,
        "read_only": u8(6) + READ_ONLY + REAL,
    }
    yield "text", handles_seed([])
    yield "all", handles_seed(list(handles.values())[-7:])
    for name, handle in handles.items():
        yield name, handles_seed([handle])
        yield name + "_twice", handles_seed([handle, handle])
        repeated = u8(handle[0] | REPEATED) + handle[1:] + u8(140)
        yield name + "_in_helper", handles_seed([repeated], helper=u8(0))
    yield "too_few_in_helper", handles_seed(
        [u8(4 | REPEATED) + NULL + u8(140)], helper=u8(0x60))
    for name, payload, flags in (("object", SEALED, 1),
                                 ("carrier", BYTES_IN_CARRIER, 2),
                                 ("sockets", SOCKETS_IN_CARRIER, 2)):
        yield "in_" + name, handles_seed([], payload + REAL, flags)


def main():
    what, folder = sys.argv[1:]
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    seeds = {"packet": packet_seeds, "handles": handles_seeds}[what]
    for name, seed in seeds():
        (target / name).write_bytes(seed)


if __name__ == "__main__":
    main()
