#include "ipc_channel/transport/mach/fork_generation.h"

#include <pthread.h>

#include <atomic>
#include <cstdint>

namespace ipc_channel::transport::mach_backend {
namespace {

std::atomic<std::uint32_t> generation = 0;

extern "C" void CountFork() { ++generation; }

}  // namespace

std::uint32_t ForkGeneration() {
  // Fails only without memory, and then nothing else would work either.
  static const int registered = ::pthread_atfork(nullptr, nullptr, &CountFork);
  static_cast<void>(registered);
  return generation.load(std::memory_order_relaxed);
}

}  // namespace ipc_channel::transport::mach_backend
