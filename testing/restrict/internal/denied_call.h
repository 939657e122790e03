#ifndef IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_DENIED_CALL_H_
#define IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_DENIED_CALL_H_

#include <array>
#include <cstdint>

namespace ipc_channel_testing::internal {

// A question about one argument of a system call, of which only the lower half
// is looked at: (argument & mask) == value. The default is true of every call.
struct ArgumentTest {
  int index = 0;
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
};

// System calls that fail, without being made, with `error`: those numbered
// `number` of which all the tests are true.
struct DeniedCall {
  int number;
  std::array<ArgumentTest, 2> tests;
  int error;
};

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_DENIED_CALL_H_
