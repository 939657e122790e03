#include "ipc_channel/bootstrap/internal/unix_address.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "ipc_channel/transport/errno_status.h"

namespace ipc_channel::internal {
namespace {

constexpr std::size_t kRandomBytes = 16;

}  // namespace

UnixAddress::UnixAddress(const ServerName& name) : name_(name.ToString()) {
  address_.sun_family = AF_UNIX;
  // A leading NUL says "abstract", and the size ends that name; a NUL, counted
  // too, ends a path.
  const bool is_abstract = name.kind == ServerName::Kind::kAbstract;
  std::ranges::copy(name.text, address_.sun_path + (is_abstract ? 1 : 0));
  size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 +
                                 name.text.size());
}

absl::StatusOr<UnixAddress> UnixAddress::Random() {
  std::array<char, kRandomBytes> random;
  ssize_t count;
  do {
    count = ::getrandom(random.data(), random.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count != static_cast<ssize_t>(random.size())) {
    return transport::ErrnoToStatus(errno, "getrandom");
  }
  return UnixAddress(
      ServerName{.kind = ServerName::Kind::kAbstract,
                 .text = std::string(kMadeNamePrefix) +
                         absl::BytesToHexString(
                             absl::string_view(random.data(), random.size()))});
}

absl::StatusOr<UnixAddress> UnixAddress::FromName(std::string_view name) {
  const absl::StatusOr<ServerName> parsed = ParseServerName(name);
  if (!parsed.ok()) return parsed.status();
  if (parsed->kind == ServerName::Kind::kMach) return NameOfAnotherSystem();
  return UnixAddress(*parsed);
}

}  // namespace ipc_channel::internal
