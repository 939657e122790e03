#include "ipc_channel/channel/coro/internal/result.h"

#include <exception>

#include "absl/status/status.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::coro::internal {

absl::Status StatusOfException(const std::exception_ptr& exception) noexcept {
  return transport::OrOutOfMemory(
      [&]() -> absl::Status { std::rethrow_exception(exception); });
}

}  // namespace ipc_channel::coro::internal
