#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "ipc_channel/bootstrap/internal/mach_name.h"
#include "ipc_channel/bootstrap/internal/server_name.h"
#include "ipc_channel/transport/errno_status.h"

namespace ipc_channel::internal {
namespace {

constexpr std::size_t kRandomBytes = 16;

absl::StatusOr<ServerName> NewMachName(std::string_view prefix) {
  std::array<char, kRandomBytes> random;
  if (::getentropy(random.data(), random.size()) != 0) {
    return transport::ErrnoToStatus(errno, "getentropy");
  }
  const ServerName made = {
      .kind = ServerName::Kind::kMach,
      .text = std::string(prefix) + absl::BytesToHexString(absl::string_view(
                                        random.data(), random.size()))};
  // The prefix may be anything.
  return ParseServerName(made.ToString());
}

}  // namespace

absl::StatusOr<ServerName> WantedMachName(std::string_view wanted,
                                          std::string_view prefix) {
  absl::StatusOr<ServerName> parsed = ParseWantedName(wanted);
  if (!parsed.ok()) return parsed;
  if (parsed->text.empty()) return NewMachName(prefix);
  if (parsed->kind != ServerName::Kind::kMach) return NameOfAnotherSystem();
  return parsed;
}

absl::StatusOr<ServerName> ParseMachName(std::string_view name) {
  absl::StatusOr<ServerName> parsed = ParseServerName(name);
  if (parsed.ok() && parsed->kind != ServerName::Kind::kMach) {
    return NameOfAnotherSystem();
  }
  return parsed;
}

}  // namespace ipc_channel::internal
