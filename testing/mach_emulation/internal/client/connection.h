#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_CONNECTION_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_CONNECTION_H_

// The way from a task to the emulated kernel.
//
// Each thread has a socket of its own from its first call to its end, the
// process one more; all are close-on-exec. A process that runs under the
// launcher is a task from its start, a forked child from its first call: it
// shares nothing with its parent but what Mach hands down.
//
// A process that does not run under the launcher, or whose kernel has gone,
// aborts at its first call with a sentence on stderr.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/frame.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"

namespace ipc_channel_testing::mach_emulation {

struct CallOptions {
  std::uint64_t wide[2] = {};
  std::span<const std::byte> payload = {};
  std::span<const int> fds = {};
  // A signal handler that runs meanwhile makes the call give up.
  bool interruptible = false;
};

struct CallResult {
  Answer answer;
  FrameContent content;

  std::int32_t result() const { return answer.result; }
  std::uint32_t number(int i) const { return answer.number[i]; }
};

// Makes a call and waits for its answer. Thread-safe.
CallResult CallKernel(Op op, std::initializer_list<std::uint32_t> numbers,
                      const CallOptions& options = {});

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_CONNECTION_H_
