#ifndef IPC_CHANNEL_EXAMPLES_SANDBOX_PROCESS_LIMITS_H_
#define IPC_CHANNEL_EXAMPLES_SANDBOX_PROCESS_LIMITS_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"

namespace sandbox {

// What a process may use. It writes no core whatever these are.
struct ProcessLimits {
  // Of processor time; then it is killed.
  std::uint64_t cpu_seconds = 0;
  // Numbers of descriptors: what is open beyond stays open.
  std::uint64_t descriptors = 0;
  // The size of a file that it makes larger. Memory objects (memfd_create) are
  // files: each result in shared memory must fit. What is received need not.
  std::uint64_t file_bytes = 0;
  // Of address space, what is mapped already included. Absent: no limit.
  std::optional<std::uint64_t> address_space_bytes = std::nullopt;
};

// Limits this process for good. Does not block. INTERNAL if the system refuses,
// as it does what is more than was allowed before.
absl::Status LimitProcess(const ProcessLimits& limits);

}  // namespace sandbox

#endif  // IPC_CHANNEL_EXAMPLES_SANDBOX_PROCESS_LIMITS_H_
