#include "ipc_channel/channel/router/internal/start_thread.h"

#include <system_error>
#include <thread>
#include <utility>

#include "absl/base/config.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::router_internal {
namespace {

absl::StatusOr<std::thread> Start(absl::AnyInvocable<void() &&> body) {
  auto run = [body = std::move(body)]() mutable { std::move(body)(); };
#ifdef ABSL_HAVE_EXCEPTIONS
  try {
    return std::thread(std::move(run));
  } catch (const std::system_error&) {
    return absl::ResourceExhaustedError("the system starts no more threads");
  }
#else
  return std::thread(std::move(run));
#endif
}

}  // namespace

absl::StatusOr<std::thread> StartThread(absl::AnyInvocable<void() &&> body) {
  return transport::OrOutOfMemory([&] { return Start(std::move(body)); });
}

}  // namespace ipc_channel::router_internal
