#include <bsm/libbsm.h>
#include <mach/mach.h>
#include <mach/notify.h>
#include <unistd.h>

#include <cstring>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

constexpr mach_msg_option_t Elements(int elements) {
  return static_cast<mach_msg_option_t>(
      MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
      MACH_RCV_TRAILER_ELEMENTS(elements));
}

// What follows the message.
mach_msg_max_trailer_t TrailerOf(const Received& received) {
  mach_msg_max_trailer_t trailer;
  std::memcpy(
      &trailer,
      reinterpret_cast<const std::byte*>(&received) + received.header.msgh_size,
      sizeof(trailer));
  return trailer;
}

TEST(TrailersTest, TheyAreAsLongAsAskedFor) {
  const mach_port_t port = NewPortWithSend();
  const auto size_with = [port](int elements) {
    EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
    Received received;
    EXPECT_EQ(Take(port, &received, 0, Elements(elements)), MACH_MSG_SUCCESS);
    EXPECT_EQ(received.header.msgh_size, sizeof(mach_msg_header_t));
    return TrailerOf(received).msgh_trailer_size;
  };
  EXPECT_EQ(size_with(MACH_RCV_TRAILER_NULL), 8u);
  EXPECT_EQ(size_with(MACH_RCV_TRAILER_SEQNO), 12u);
  EXPECT_EQ(size_with(MACH_RCV_TRAILER_SENDER), 20u);
  EXPECT_EQ(size_with(MACH_RCV_TRAILER_AUDIT), 52u);
  EXPECT_EQ(size_with(MACH_RCV_TRAILER_CTX), 60u);
  EXPECT_EQ(size_with(MACH_RCV_TRAILER_AV), 68u);
}

TEST(TrailersTest, TheKernelSaysWhoHasSentIt) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  Received received;
  ASSERT_EQ(Take(port, &received, 0, Elements(MACH_RCV_TRAILER_AUDIT)),
            MACH_MSG_SUCCESS);
  const audit_token_t token = TrailerOf(received).msgh_audit;
  EXPECT_EQ(audit_token_to_pid(token), getpid());
  EXPECT_EQ(audit_token_to_euid(token), geteuid());
  EXPECT_EQ(audit_token_to_egid(token), getegid());
  EXPECT_NE(audit_token_to_pidversion(token), 0);
}

// So that nobody else can forge one.
TEST(TrailersTest, NotificationsComeFromTheKernel) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, port), KERN_SUCCESS);
  EXPECT_EQ(Post(port, MACH_NOTIFY_NO_SENDERS), MACH_MSG_SUCCESS);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  Received forged;
  ASSERT_EQ(Take(port, &forged, 0, Elements(MACH_RCV_TRAILER_AUDIT)),
            MACH_MSG_SUCCESS);
  EXPECT_EQ(audit_token_to_pid(TrailerOf(forged).msgh_audit), getpid());
  Received real;
  ASSERT_EQ(Take(port, &real, 0, Elements(MACH_RCV_TRAILER_AUDIT)),
            MACH_MSG_SUCCESS);
  EXPECT_EQ(real.header.msgh_id, MACH_NOTIFY_NO_SENDERS);
  const audit_token_t none = {};
  const audit_token_t token = TrailerOf(real).msgh_audit;
  EXPECT_EQ(std::memcmp(&token, &none, sizeof(token)), 0);
  EXPECT_EQ(TrailerOf(real).msgh_sender.val[1], 1u);
}

TEST(TrailersTest, MessagesOfAPortAreNumbered) {
  const mach_port_t port = NewPortWithSend();
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
    Received received;
    ASSERT_EQ(Take(port, &received, 0, Elements(MACH_RCV_TRAILER_SEQNO)),
              MACH_MSG_SUCCESS);
    EXPECT_EQ(TrailerOf(received).msgh_seqno, i);
  }
  EXPECT_EQ(StatusOf(port).mps_seqno, 3u);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
