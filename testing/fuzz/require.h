#ifndef IPC_CHANNEL_TESTING_FUZZ_REQUIRE_H_
#define IPC_CHANNEL_TESTING_FUZZ_REQUIRE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace ipc_channel_testing::internal {

[[noreturn]] inline void RequirementFailed(const char* file, int line,
                                           std::string_view condition,
                                           std::string_view detail) {
  std::fprintf(stderr, "%s:%d: required: %.*s %.*s\n", file, line,
               static_cast<int>(condition.size()), condition.data(),
               static_cast<int>(detail.size()), detail.data());
  std::abort();
}

}  // namespace ipc_channel_testing::internal

// Ends the process with words unless `condition` holds: how a fuzz target says
// that it found something. The second form adds a text.
#define IPC_CHANNEL_REQUIRE(condition) IPC_CHANNEL_REQUIRE_OR_SAY(condition, "")
#define IPC_CHANNEL_REQUIRE_OR_SAY(condition, detail)                         \
  do {                                                                        \
    if (!(condition)) {                                                       \
      ::ipc_channel_testing::internal::RequirementFailed(__FILE__, __LINE__,  \
                                                         #condition, detail); \
    }                                                                         \
  } while (false)

#endif  // IPC_CHANNEL_TESTING_FUZZ_REQUIRE_H_
