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


def main():
    what, folder = sys.argv[1:]
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, seed in {"packet": packet_seeds}[what]():
        (target / name).write_bytes(seed)


if __name__ == "__main__":
    main()
