#include <sys/socket.h>
#include <sys/utsname.h>

#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

#include "ipc_channel/transport/unix/socket_cookie.h"

namespace ipc_channel::transport::unix_backend {
namespace {

bool CookiesAreUniqueHere() {
  static const bool are_unique = [] {
    utsname system;
    return ::uname(&system) == 0 && CookiesAreUnique(system.release);
  }();
  return are_unique;
}

// Before main(): see held_senders.cc.
[[maybe_unused]] const bool kAskedEarly = CookiesAreUniqueHere();

}  // namespace

std::uint64_t SocketCookie(BorrowedFd socket) {
  if (!CookiesAreUniqueHere()) return 0;
  std::uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) {
    return 0;
  }
  return cookie;
}

bool CookiesAreUnique(std::string_view release) {
  const char* const end = release.data() + release.size();
  int major = 0;
  const auto [dot, error] = std::from_chars(release.data(), end, major);
  if (error != std::errc() || dot == end || *dot != '.') return false;
  int minor = 0;
  if (std::from_chars(dot + 1, end, minor).ec != std::errc()) return false;
  return std::pair(major, minor) >= std::pair(5, 4);
}

}  // namespace ipc_channel::transport::unix_backend
