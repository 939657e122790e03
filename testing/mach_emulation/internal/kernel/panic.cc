#include "ipc_channel/testing/mach_emulation/internal/kernel/panic.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace ipc_channel_testing::mach_emulation {

void Panic(std::string_view sentence) {
  std::fprintf(stderr, "mach_emulation: kernel panic: %.*s\n",
               static_cast<int>(sentence.size()), sentence.data());
  std::fflush(stderr);
  std::_Exit(70);
}

}  // namespace ipc_channel_testing::mach_emulation
