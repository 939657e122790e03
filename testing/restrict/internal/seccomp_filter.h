#ifndef IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_SECCOMP_FILTER_H_
#define IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_SECCOMP_FILTER_H_

#include <linux/filter.h>

#include <span>
#include <vector>

#include "absl/status/status.h"
#include "ipc_channel/testing/restrict/internal/denied_call.h"

namespace ipc_channel_testing::internal {

// The filter that denies `calls`, as the kernel wants it. Everything else
// passes, system calls of another architecture too; nobody is killed.
std::vector<sock_filter> SeccompFilter(std::span<const DeniedCall> calls);

// Denies `calls` to this thread and to whatever comes of it, for good. Needs
// PR_SET_NO_NEW_PRIVS before.
//   INTERNAL  the kernel's refusal
absl::Status InstallSeccompFilter(std::span<const DeniedCall> calls);

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_SECCOMP_FILTER_H_
