#ifndef IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_CREDENTIALS_H_
#define IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_CREDENTIALS_H_

#include "absl/status/status.h"

namespace ipc_channel_testing::internal {

// No set-user-id program, file capability or the like gives this process, or
// what comes of it, any rights from now on.
//   INTERNAL  the kernel's refusal
absl::Status ForbidNewPrivileges();

// Makes this process one without privileges: another user and group where it
// may change them, no supplementary groups then, no capabilities in any case.
// A process that may not change its user stays who it is.
//
// The user has no name and, as good as always, no other process: what the
// kernel counts for each user (descriptors in flight) is this process's own.
// Not nobody: 65534 also stands for users unknown to a user namespace, whom
// bootstrap refuses.
//
// For a process with one thread.
//   INTERNAL  the kernel's refusal
absl::Status GiveUpPrivileges();

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_CREDENTIALS_H_
