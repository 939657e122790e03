#ifndef IPC_CHANNEL_EXAMPLES_SANDBOX_SYSTEM_CALL_FILTER_H_
#define IPC_CHANNEL_EXAMPLES_SANDBOX_SYSTEM_CALL_FILTER_H_

#include <cstdint>
#include <optional>
#include <span>

#include "absl/status/status.h"

namespace sandbox {

// What an argument must be, in the bits of `mask`: of an int only the lower
// half means anything.
struct ArgumentIs {
  unsigned index = 0;
  std::uint64_t value = 0;
  std::uint64_t mask = 0xffffffff;
};

// For pointers.
inline constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

// A system call that may be made: by its name in the kernel, always or with
// such arguments only. Of several with one name any one will do.
struct AllowedCall {
  const char* name = "";
  std::optional<ArgumentIs> argument = std::nullopt;
  std::optional<ArgumentIs> other_argument = std::nullopt;
  // It may be made, and fails with EPERM: for libraries that have another way.
  bool fails = false;
};

// What comes of a call that is not allowed.
enum class Forbidden {
  kKills,  // the process, by SIGSYS
  kFails,  // the call, with EPERM
};

// Installs, for this thread and what it starts, and for good, a filter of
// system calls (seccomp) that lets these pass and no other, in no other ABI of
// the machine. Names that another architecture has and this one has not are
// passed over. Threads that run already keep all that they may. Implies
// ForbidNewPrivileges() (privileges.h). Does not block.
//
//   INVALID_ARGUMENT  there is no such name
//   INTERNAL          no memory, or the kernel refuses
absl::Status AllowOnly(std::span<const AllowedCall> calls, Forbidden forbidden);

}  // namespace sandbox

#endif  // IPC_CHANNEL_EXAMPLES_SANDBOX_SYSTEM_CALL_FILTER_H_
