#include "ipc_channel/transport/errno_status.h"

#include <cerrno>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::transport {
namespace {

using ::ipc_channel_testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

struct Case {
  int error_number;
  absl::StatusCode code;
};

TEST(ErrnoStatusTest, CodesAreThoseOfTheTable) {
  constexpr Case kCases[] = {
      {EPIPE, absl::StatusCode::kUnavailable},
      {ECONNRESET, absl::StatusCode::kUnavailable},
      {ECONNREFUSED, absl::StatusCode::kUnavailable},
      {ENOTCONN, absl::StatusCode::kUnavailable},
      {EMFILE, absl::StatusCode::kResourceExhausted},
      {ENFILE, absl::StatusCode::kResourceExhausted},
      {ENOMEM, absl::StatusCode::kResourceExhausted},
      {ENOBUFS, absl::StatusCode::kResourceExhausted},
      {ENOSPC, absl::StatusCode::kResourceExhausted},
      {ETOOMANYREFS, absl::StatusCode::kResourceExhausted},
      {EDQUOT, absl::StatusCode::kResourceExhausted},
      {EPERM, absl::StatusCode::kPermissionDenied},
      {EACCES, absl::StatusCode::kPermissionDenied},
      {EROFS, absl::StatusCode::kPermissionDenied},
      {EFBIG, absl::StatusCode::kOutOfRange},
      {EMSGSIZE, absl::StatusCode::kOutOfRange},
      {EINVAL, absl::StatusCode::kInvalidArgument},
      {EBADF, absl::StatusCode::kInvalidArgument},
      {ENOTSOCK, absl::StatusCode::kInvalidArgument},
      {ENOENT, absl::StatusCode::kInvalidArgument},
      {ENAMETOOLONG, absl::StatusCode::kInvalidArgument},
      {ELOOP, absl::StatusCode::kInvalidArgument},
      {EIO, absl::StatusCode::kInternal},
      {EFAULT, absl::StatusCode::kInternal},
      {987654, absl::StatusCode::kInternal},
  };
  for (const Case& c : kCases) {
    EXPECT_THAT(ErrnoToStatus(c.error_number, "call"), StatusIs(c.code))
        << c.error_number;
  }
}

TEST(ErrnoStatusTest, MessageNamesTheCallAndTheReason) {
  EXPECT_THAT(ErrnoToStatus(ENOENT, "open(the file)"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("open(the file)"),
                             HasSubstr("No such file or directory"))));
}

}  // namespace
}  // namespace ipc_channel::transport
