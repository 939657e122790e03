#ifndef AS_DEPENDENCY_BYTE_PIPE_H_
#define AS_DEPENDENCY_BYTE_PIPE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

// Sends `text` through a channel of bytes, and gives what came out of it.
absl::StatusOr<std::string> ThroughAChannel(std::string_view text);

#endif  // AS_DEPENDENCY_BYTE_PIPE_H_
