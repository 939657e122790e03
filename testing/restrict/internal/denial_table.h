#ifndef IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_DENIAL_TABLE_H_
#define IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_DENIAL_TABLE_H_

#include <array>
#include <span>
#include <string_view>

#include "ipc_channel/testing/restrict/internal/denied_call.h"

namespace ipc_channel_testing::internal {

// What can be denied: a system call, or one use of it.
struct Deniable {
  std::string_view call;
  std::string_view use;  // empty: all of them
  int number;
  std::array<ArgumentTest, 2> tests = {};
};

// What it can be denied with.
struct NamedError {
  std::string_view name;
  int number;
};

std::span<const Deniable> Deniables();
std::span<const NamedError> DenialErrors();

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_DENIAL_TABLE_H_
