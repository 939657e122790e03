#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "absl/status/status.h"
#include "ipc_channel/channel/unique_fd.h"
#include "ipc_channel/examples/browser/sandbox.h"
#include "ipc_channel/examples/sandbox/channel_calls.h"
#include "ipc_channel/examples/sandbox/process_limits.h"
#include "ipc_channel/examples/sandbox/system_call_filter.h"

namespace browser {
namespace {

// What a sanitizer needs that is built in: pipes, which lead nowhere, to try
// memory with.
constexpr sandbox::AllowedCall kSanitizers[] = {
    {"pipe2"},       {"pipe"},        {"read"},        {"write"},
    {"sigaltstack"}, {"sched_yield"}, {"rt_sigaction"}};

}  // namespace

absl::Status EnterSandbox() {
  absl::Status limited =
      sandbox::LimitProcess({.cpu_seconds = 300,
                             .descriptors = 256,
                             .file_bytes = std::uint64_t{64} << 20});
  if (!limited.ok()) return limited;
  return sandbox::AllowOnly(
      sandbox::Together({sandbox::ProgramCalls(), sandbox::kValueCalls,
                         sandbox::kEndCalls, sandbox::kReceivedMemoryCalls,
                         sandbox::kMadeMemoryCalls, kSanitizers}),
      sandbox::Forbidden::kFails);
}

bool IsSandboxed() {
  const ipc_channel::UniqueFd file(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
  const ipc_channel::UniqueFd socket(
      ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (file.valid() || socket.valid()) return false;
  char name[] = "/bin/true";
  char* const arguments[] = {name, nullptr};
  ::execve(name, arguments, environ);  // does not return if it is possible
  return errno == EPERM;
}

}  // namespace browser
