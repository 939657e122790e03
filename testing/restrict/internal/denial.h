#ifndef IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_DENIAL_H_
#define IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_DENIAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "ipc_channel/testing/restrict/internal/denied_call.h"

namespace ipc_channel_testing::internal {

// What "call:error" or "call:use:error" asks for, in the names of
// denial_table.h. INVALID_ARGUMENT for anything else, with the names there are.
absl::StatusOr<DeniedCall> ParseDenial(const std::string& text);

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_RESTRICT_INTERNAL_DENIAL_H_
