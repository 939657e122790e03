#ifndef IPC_CHANNEL_TESTING_FUZZ_FUZZ_TARGET_H_
#define IPC_CHANNEL_TESTING_FUZZ_FUZZ_TARGET_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>

// What a fuzz target (tools/build_defs/fuzz.bzl) defines: runs the code under
// test on `size` bytes, and ends the process if it misbehaves (require.h).
// Returns 0. Called again and again in one process: what it does must depend on
// the bytes alone. The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

#endif  // IPC_CHANNEL_TESTING_FUZZ_FUZZ_TARGET_H_
