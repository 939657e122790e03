#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_PAGES_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_PAGES_H_

// Pages: those of the system that the emulation runs on.

#include <cstddef>

namespace ipc_channel_testing::mach_emulation {

inline constexpr std::size_t kPageSize = 4096;

constexpr std::size_t RoundToPages(std::size_t size) {
  return (size + kPageSize - 1) / kPageSize * kPageSize;
}

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_PAGES_H_
