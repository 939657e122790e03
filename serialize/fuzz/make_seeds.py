#!/usr/bin/env python3
"""Writes the seeds of the fuzzers here: one small file for each type.

  make_seeds.py decode|round_trip FOLDER
"""

import pathlib
import struct
import sys

# In the order of AllTypes of fuzz_types.h.
TYPES = ["string", "numbers", "vectors", "flags", "bools", "choice",
         "nested_map", "hash_map", "tree", "list", "fields", "mixed",
         "handles", "map_of_choices", "nested_vectors", "nothings", "scalars",
         "lists", "sorted_sets", "hash_sets", "sorted_multimap",
         "hash_multimap", "bits", "times", "texts", "shared",
         "abseil_numbers", "abseil_sequences", "btree_set", "btree_map",
         "flat_hash", "node_hash", "status", "status_or", "protobuf"]


def u16(*numbers):
    return struct.pack(f"<{len(numbers)}H", *numbers)


def u32(*numbers):
    return struct.pack(f"<{len(numbers)}I", *numbers)


def u64(*numbers):
    return struct.pack(f"<{len(numbers)}Q", *numbers)


def f32(*numbers):
    return struct.pack(f"<{len(numbers)}f", *numbers)


def f64(*numbers):
    return struct.pack(f"<{len(numbers)}d", *numbers)


def text(string):
    return u32(len(string)) + string


def flags(bits, is_set, color):
    return u32(bits) + bytes([is_set, color])


# One value of each type, encoded, without the fingerprint.
VALUES = {
    "string": text(b"text"),
    "numbers": u32(3, 1, 2, 0xffffffff),
    "vectors": u32(2, 1, 2, 3, 4, 5, 6),
    "flags": u32(2) + flags(1, 1, 0) + flags(2, 0, 2),
    "bools": u32(3) + bytes([1, 0, 1]),
    "choice": u32(3, 1) + flags(7, 1, 1),
    "nested_map": u32(2) + text(b"a") + u32(1) + u16(7) + text(b"xy") +
                  text(b"b") + u32(0),
    "hash_map": u32(2) + text(b"a") + u32(1) + text(b"b") + u32(2),
    "tree": text(b"root") + u32(2) + text(b"left") + u32(0) +
            text(b"right") + u32(1) + text(b"deep") + u32(0),
    "list": bytes([1, 1, 2, 1, 3, 0]),
    "fields": u64(5) + u32(2) + text(b"one") + text(b"") + u16(1, 2, 3),
    "mixed": u32(1, 2, 3) + flags(1, 1, 1) + bytes([2, 1, 0, 1]) + u64(0) +
             u32(1) + u16(0x77) + b"c\xff",
    "handles": u32(0) + b"\1" + u32(1) + u32(1) + b"\5" + u32(3) +
               u32(2) + u32(0, 2) + u32(1, 5) + b"\1" + u32(4),
    "map_of_choices": u32(2) + text(b"a") + u32(2) + text(b"x") +
                      text(b"b") + u32(4) + b"\1\1",
    "nested_vectors": u32(2) + u32(1) + u32(2) + u16(1, 2) + u32(0),
    "nothings": u32(100),
    "scalars": bytes([1, 2]) + u16(3, 4) + u32(5, 6) + u64(7, 8) +
               b"\1c8" + u16(16) + u32(32) + b"\xff" + f32(1.5) + f64(2.5),
    "lists": u32(2) + u16(1, 2) + u32(1) + text(b"one") + text(b"\3\2\1") +
             text(b"u8") + u32(1, 0x1f600),
    "sorted_sets": u32(2) + text(b"a") + text(b"b") + text(b"aab"),
    "hash_sets": u32(2) + u16(7, 3) + text(b"\2\2\1"),
    "sorted_multimap": u32(2) + b"\1" + text(b"x") + b"\1" + text(b"w"),
    "hash_multimap": u32(3) + b"\1\1\1\0\2\1",
    "bits": b"\xa5\5" + f32(1, -1),
    "times": u64(1234) + f32(1.5) + u64(77, 78),
    "texts": text(b"/a//b") + text("\u00e4\u20ac\U0001f600".encode()) + u32(7),
    "shared": b"\1\0\1\0\0" + b"\1\0\0",
    "abseil_numbers": u64(5) + u32(3) + u64(1 << 63) + u32(0xffffffff) +
                      u64(1, 2, 3, 4),
    "abseil_sequences": text(b"cord") + u32(3) + text(b"a") + text(b"") +
                        text(b"c"),
    "btree_set": u32(2) + text(b"a") + text(b"b"),
    "btree_map": u32(2) + b"\1" + text(b"a") + b"\2" + text(b"b"),
    "flat_hash": u32(2) + text(b"a") + b"\1" + text(b"b") + b"\2" +
                 u32(2) + u16(1, 2),
    "node_hash": u32(1) + u16(1) + b"\1" + u32(2) + text(b"a") + text(b"b"),
    "status": u32(5) + text(b"words") + u32(1) + text(b"url") + text(b"cord"),
    "status_or": u32(0) + text(b"value"),
    "protobuf": text(b"\n\x0e\n\1a\x12\t\x11\0\0\0\0\0\0\xf0?"),
}


def decode_seeds():
    for number, name in enumerate(TYPES):
        yield name, bytes([number, 0]) + VALUES[name]
    deep = b"".join(bytes([i, 1]) for i in range(70)) + b"\0\0"
    for limits in (0, 4, 6):
        yield f"long_list_{limits}", bytes([TYPES.index("list"), limits]) + deep
    yield "wrong_fingerprint", bytes([0, 0x80]) + u64(1) + text(b"text")


def round_trip_seeds():
    for number, name in enumerate(TYPES):
        yield name, bytes([number]) + bytes(range(1, 64))
        yield name + "_of_chance", bytes([number]) + bytes(
            (i * 167 + 13) % 251 for i in range(200))


def main():
    which, folder = sys.argv[1:]
    seeds = {"decode": decode_seeds, "round_trip": round_trip_seeds}[which]
    path = pathlib.Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    for name, seed in seeds():
        (path / name).write_bytes(seed)


main()
