// Has a mistake, for replay_main_test.sh to find: "a", a byte with its highest
// bit set, "c".

#include <cstddef>
#include <cstdint>

#include "ipc_channel/testing/fuzz/fuzz_target.h"
#include "ipc_channel/testing/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const bool is_planted =
      size == 3 && data[0] == 'a' && data[1] >= 0x80 && data[2] == 'c';
  IPC_CHANNEL_REQUIRE_OR_SAY(!is_planted, "found it");
  return 0;
}
