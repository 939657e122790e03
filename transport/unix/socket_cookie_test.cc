#include "ipc_channel/transport/unix/socket_cookie.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {
namespace {

TEST(SocketCookieTest, IsThatOfTheSocketAndOfNoOther) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
  const UniqueFd first(pair[0]);
  const UniqueFd second(pair[1]);
  const std::uint64_t cookie = SocketCookie(first.Borrow());
  if (cookie == 0) GTEST_SKIP() << "this system has none";
  EXPECT_EQ(SocketCookie(first.Borrow()), cookie);
  EXPECT_NE(SocketCookie(second.Borrow()), cookie);
  ASSERT_OK_AND_ASSIGN(const UniqueFd duplicate, first.Duplicate());
  EXPECT_EQ(SocketCookie(duplicate.Borrow()), cookie);
}

TEST(SocketCookieTest, OnlySocketsHaveOne) {
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  EXPECT_EQ(SocketCookie(null.Borrow()), 0u);
  EXPECT_EQ(SocketCookie(BorrowedFd()), 0u);
}

TEST(SocketCookieTest, CookiesAreUniqueSinceLinux5Dot4) {
  for (const char* release :
       {"5.4.0-100-generic", "5.4", "5.10.0", "6.1.0-18-amd64", "10.0"}) {
    EXPECT_TRUE(CookiesAreUnique(release)) << release;
  }
  for (const char* release :
       {"5.3.18-lp152", "4.19.0", "4.4.0", "2.6.78", "5", "5.", "", "x.y"}) {
    EXPECT_FALSE(CookiesAreUnique(release)) << release;
  }
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
