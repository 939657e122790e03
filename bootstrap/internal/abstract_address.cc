#include "ipc_channel/bootstrap/internal/abstract_address.h"

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

constexpr std::string_view kScheme = "unix-abstract:";
constexpr std::string_view kPrefix = "ipc_channel.";
constexpr std::size_t kRandomBytes = 16;
constexpr std::size_t kNameSize =
    kScheme.size() + kPrefix.size() + 2 * kRandomBytes;

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

AbstractAddress::AbstractAddress(std::string_view name,
                                 std::string_view abstract_name)
    : name_(name) {
  // The leading NUL says "abstract"; the size ends the name.
  address_.sun_family = AF_UNIX;
  std::ranges::copy(abstract_name, address_.sun_path + 1);
  size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 +
                                 abstract_name.size());
}

absl::StatusOr<AbstractAddress> AbstractAddress::Random() {
  std::array<char, kRandomBytes> random;
  ssize_t count;
  do {
    count = ::getrandom(random.data(), random.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count != static_cast<ssize_t>(random.size())) {
    return transport::ErrnoToStatus(errno, "getrandom");
  }
  const std::string name =
      std::string(kScheme) + std::string(kPrefix) +
      absl::BytesToHexString(absl::string_view(random.data(), random.size()));
  return FromName(name);
}

absl::StatusOr<AbstractAddress> AbstractAddress::FromName(
    std::string_view name) {
  if (name.size() != kNameSize || !name.starts_with(kScheme)) {
    return absl::InvalidArgumentError("not the name of a one-shot server");
  }
  const std::string_view abstract_name = name.substr(kScheme.size());
  if (!abstract_name.starts_with(kPrefix) ||
      !std::ranges::all_of(abstract_name.substr(kPrefix.size()), IsHexDigit)) {
    return absl::InvalidArgumentError("not the name of a one-shot server");
  }
  return AbstractAddress(name, abstract_name);
}

}  // namespace ipc_channel::internal
