#include <sys/resource.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/examples/sandbox/process_limits.h"

namespace sandbox {
namespace {

using Resource = decltype(RLIMIT_CORE);

absl::Status Limit(Resource resource, std::uint64_t most) {
  const rlimit limit = {.rlim_cur = most, .rlim_max = most};
  if (::setrlimit(resource, &limit) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "setrlimit(", static_cast<int>(resource), "): ", std::strerror(errno)));
}

}  // namespace

absl::Status LimitProcess(const ProcessLimits& limits) {
  absl::Status limited = Limit(RLIMIT_CORE, 0);
  limited.Update(Limit(RLIMIT_CPU, limits.cpu_seconds));
  limited.Update(Limit(RLIMIT_NOFILE, limits.descriptors));
  limited.Update(Limit(RLIMIT_FSIZE, limits.file_bytes));
  if (limits.address_space_bytes.has_value()) {
    limited.Update(Limit(RLIMIT_AS, *limits.address_space_bytes));
  }
  return limited;
}

}  // namespace sandbox
