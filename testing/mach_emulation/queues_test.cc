#include <mach/mach.h>
#include <mach/notify.h>

#include <cstddef>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

mach_msg_return_t PostAndWait(mach_port_t to, mach_msg_id_t id) {
  mach_msg_header_t header = HeaderTo(to, id);
  return mach_msg(&header, MACH_SEND_MSG, sizeof(header), 0, MACH_PORT_NULL,
                  MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
}

TEST(QueuesTest, MessagesArriveInOrder) {
  const mach_port_t port = NewPortWithSend();
  for (const int id : {1, 2, 3}) EXPECT_EQ(Post(port, id), MACH_MSG_SUCCESS);
  EXPECT_EQ(StatusOf(port).mps_msgcount, 3u);
  for (const int id : {1, 2, 3}) EXPECT_EQ(NextId(port), id);
  EXPECT_EQ(NextId(port), -1);
}

TEST(QueuesTest, AFullQueueTakesNothingMore) {
  const mach_port_t port = NewPortWithSend();
  ASSERT_EQ(SetQueueLimit(port, 2), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(Post(port, 2), MACH_MSG_SUCCESS);
  EXPECT_EQ(Post(port, 3), MACH_SEND_TIMED_OUT);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(Post(port, 4), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(port), 2);
  EXPECT_EQ(NextId(port), 4);
}

TEST(QueuesTest, TheLimitIsFiveUnlessSetAndAtMost1024) {
  const mach_port_t port = NewPort();
  EXPECT_EQ(StatusOf(port).mps_qlimit, 5u);
  EXPECT_EQ(SetQueueLimit(port, 1025), KERN_INVALID_VALUE);
  EXPECT_EQ(SetQueueLimit(port, 1024), KERN_SUCCESS);
  EXPECT_EQ(StatusOf(port).mps_qlimit, 1024u);
}

TEST(QueuesTest, ASendToAFullQueueWaitsForRoom) {
  const mach_port_t port = NewPortWithSend();
  ASSERT_EQ(SetQueueLimit(port, 1), KERN_SUCCESS);
  std::thread sender([port] {
    for (int id = 1; id <= 20; ++id) {
      EXPECT_EQ(PostAndWait(port, id), MACH_MSG_SUCCESS);
    }
  });
  for (int id = 1; id <= 20; ++id) {
    EXPECT_LE(StatusOf(port).mps_msgcount, 1u);
    EXPECT_EQ(NextId(port, kSoon), id);
  }
  sender.join();
}

TEST(QueuesTest, RaisingTheLimitLetsWaitingSendersGo) {
  const mach_port_t port = NewPortWithSend();
  ASSERT_EQ(SetQueueLimit(port, 1), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  std::thread sender(
      [port] { EXPECT_EQ(PostAndWait(port, 2), MACH_MSG_SUCCESS); });
  EXPECT_EQ(SetQueueLimit(port, 2), KERN_SUCCESS);
  sender.join();
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(NextId(port), 2);
}

TEST(QueuesTest, SendOnceRightsAndNotificationsHeedNoLimit) {
  const mach_port_t port = NewPortWithSend();
  ASSERT_EQ(SetQueueLimit(port, 1), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_EQ(Post(port, 2, MACH_MSG_TYPE_MAKE_SEND_ONCE), MACH_MSG_SUCCESS);
  EXPECT_EQ(Post(port, 3), MACH_SEND_TIMED_OUT);
  EXPECT_EQ(StatusOf(port).mps_msgcount, 2u);
}

// What was copied or made for the message comes back as a right of its own.
TEST(QueuesTest, ATimedOutSendGivesItsRightsBack) {
  const mach_port_t port = NewPortWithSend();
  ASSERT_EQ(SetQueueLimit(port, 1), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  const mach_port_t carried = NewPort();
  Carrier carrier = CarrierOf(port, carried, MACH_MSG_TYPE_MAKE_SEND);
  EXPECT_EQ(mach_msg(&carrier.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
                     sizeof(carrier), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL),
            MACH_SEND_TIMED_OUT);
  EXPECT_EQ(carrier.header.msgh_remote_port, port);
  EXPECT_EQ(MACH_MSGH_BITS_REMOTE(carrier.header.msgh_bits),
            mach_msg_bits_t{MACH_MSG_TYPE_PORT_SEND});
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_SEND), 2u);
  EXPECT_EQ(carrier.port.name, carried);
  EXPECT_EQ(carrier.port.disposition,
            mach_msg_type_name_t{MACH_MSG_TYPE_PORT_SEND});
  EXPECT_EQ(TypeOf(carried), MACH_PORT_TYPE_SEND_RECEIVE);
  mach_msg_destroy(&carrier.header);
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_SEND), 1u);
  EXPECT_EQ(TypeOf(carried), MACH_PORT_TYPE_RECEIVE);
}

TEST(QueuesTest, ATimedOutSendGivesAReceiveRightBack) {
  const mach_port_t port = NewPortWithSend();
  ASSERT_EQ(SetQueueLimit(port, 1), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  const mach_port_t carried = NewPortWithSend();
  EXPECT_EQ(Post(carried, 9), MACH_MSG_SUCCESS);
  EXPECT_EQ(Give(port, carried, MACH_MSG_TYPE_MOVE_RECEIVE),
            MACH_SEND_TIMED_OUT);
  EXPECT_EQ(TypeOf(carried), MACH_PORT_TYPE_SEND_RECEIVE);
  EXPECT_EQ(NextId(carried), 9);
}

// As if the message had been received and dropped.
TEST(QueuesTest, AWaitingSendSucceedsWhenThePortDies) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t reply = NewPort();
  ASSERT_EQ(SetQueueLimit(port, 1), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  std::thread sender([port, reply] {
    mach_msg_header_t header = HeaderTo(port, 2);
    header.msgh_bits =
        MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
    header.msgh_local_port = reply;
    const mach_msg_return_t result =
        mach_msg(&header, MACH_SEND_MSG, sizeof(header), 0, MACH_PORT_NULL,
                 MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
    EXPECT_EQ(result, MACH_MSG_SUCCESS);
  });
  // The reply right is counted once the send has taken it.
  while (StatusOf(reply).mps_sorights == 0) std::this_thread::yield();
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  sender.join();
  EXPECT_EQ(NextId(reply), MACH_NOTIFY_SEND_ONCE);
}

TEST(QueuesTest, AMessageTooLargeForTheBufferStaysIfAskedSo) {
  const mach_port_t port = NewPortWithSend();
  struct {
    mach_msg_header_t header;
    std::byte data[1000];
  } message = {HeaderTo(port, 5), {}};
  EXPECT_EQ(mach_msg(&message.header, MACH_SEND_MSG, sizeof(message), 0,
                     MACH_PORT_NULL, 0, MACH_PORT_NULL),
            MACH_MSG_SUCCESS);
  Received received;
  EXPECT_EQ(Take(port, &received, 0, MACH_RCV_LARGE), MACH_RCV_TOO_LARGE);
  EXPECT_EQ(received.header.msgh_size, sizeof(message));
  EXPECT_EQ(received.header.msgh_local_port, mach_port_t{MACH_PORT_NULL});
  EXPECT_EQ(Take(port, &received, 0, MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY),
            MACH_RCV_TOO_LARGE);
  EXPECT_EQ(received.header.msgh_local_port, port);
  std::vector<std::byte> buffer(sizeof(message) + MAX_TRAILER_SIZE);
  auto* const header = reinterpret_cast<mach_msg_header_t*>(buffer.data());
  EXPECT_EQ(mach_msg(header, MACH_RCV_MSG | MACH_RCV_LARGE, 0,
                     static_cast<mach_msg_size_t>(buffer.size()), port, 0,
                     MACH_PORT_NULL),
            MACH_MSG_SUCCESS);
  EXPECT_EQ(header->msgh_id, 5);
}

TEST(QueuesTest, TheTrailerNeedsRoomToo) {
  const mach_port_t port = NewPortWithSend();
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  mach_msg_header_t header;
  EXPECT_EQ(mach_msg(&header, MACH_RCV_MSG | MACH_RCV_LARGE, 0, sizeof(header),
                     port, 0, MACH_PORT_NULL),
            MACH_RCV_TOO_LARGE);
  EXPECT_EQ(NextId(port), 1);
}

TEST(QueuesTest, AMessageTooLargeIsDestroyedOtherwise) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t carried = NewPortWithSend();
  const mach_port_t notify = NewPort();
  EXPECT_EQ(Request(carried, MACH_NOTIFY_DEAD_NAME, notify), KERN_SUCCESS);
  EXPECT_EQ(Give(port, carried, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  struct {
    mach_msg_header_t header;
    mach_msg_trailer_t trailer;
  } small;
  EXPECT_EQ(mach_msg(&small.header, MACH_RCV_MSG, 0, sizeof(small), port, 0,
                     MACH_PORT_NULL),
            MACH_RCV_TOO_LARGE);
  EXPECT_EQ(NextId(port), -1);
  EXPECT_EQ(NextId(notify), MACH_NOTIFY_DEAD_NAME);
}

TEST(QueuesTest, ASendCanBeFollowedByAReceiveInOneCall) {
  const mach_port_t port = NewPortWithSend();
  const mach_port_t reply = NewPort();
  std::thread server([port] {
    Received received;
    ASSERT_EQ(Take(port, &received, kSoon), MACH_MSG_SUCCESS);
    EXPECT_EQ(MACH_MSGH_BITS_REMOTE(received.header.msgh_bits),
              mach_msg_bits_t{MACH_MSG_TYPE_PORT_SEND_ONCE});
    EXPECT_EQ(Post(received.header.msgh_remote_port,
                   received.header.msgh_id + 100, MACH_MSG_TYPE_MOVE_SEND_ONCE),
              MACH_MSG_SUCCESS);
  });
  Received message = {};
  message.header = HeaderTo(port, 5);
  message.header.msgh_bits =
      MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
  message.header.msgh_local_port = reply;
  EXPECT_EQ(
      mach_msg(&message.header, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
               sizeof(mach_msg_header_t), sizeof(message), reply, kSoon,
               MACH_PORT_NULL),
      MACH_MSG_SUCCESS);
  EXPECT_EQ(message.header.msgh_id, 105);
  EXPECT_EQ(message.header.msgh_local_port, reply);
  server.join();
}

TEST(QueuesTest, SizesThatAreNoMessageAreRefused) {
  const mach_port_t port = NewPortWithSend();
  mach_msg_header_t header = HeaderTo(port, 1);
  const auto send = [&header](mach_msg_size_t size) {
    return mach_msg(&header, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0,
                    MACH_PORT_NULL);
  };
  EXPECT_EQ(send(0), MACH_SEND_MSG_TOO_SMALL);
  EXPECT_EQ(send(20), MACH_SEND_MSG_TOO_SMALL);
  EXPECT_EQ(send(22), MACH_SEND_MSG_TOO_SMALL);
  header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
  EXPECT_EQ(send(24), MACH_SEND_MSG_TOO_SMALL);
  EXPECT_EQ(NextId(port), -1);
}

TEST(QueuesTest, AMessageOf48MebibytesIsTooLarge) {
  const mach_port_t port = NewPortWithSend();
  std::vector<std::byte> message(std::size_t{48} << 20);
  auto* const header = reinterpret_cast<mach_msg_header_t*>(message.data());
  *header = HeaderTo(port, 1);
  const auto send = [header](std::size_t size) {
    return mach_msg(header, MACH_SEND_MSG, static_cast<mach_msg_size_t>(size),
                    0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
  };
  EXPECT_EQ(send(message.size()), MACH_SEND_TOO_LARGE);
  EXPECT_EQ(send(message.size() / 2), MACH_MSG_SUCCESS);
  EXPECT_EQ(StatusOf(port).mps_msgcount, 1u);
}

TEST(QueuesTest, HeadersThatMakeNoSenseAreRefused) {
  const mach_port_t port = NewPortWithSend();
  const auto send = [](mach_msg_header_t header) {
    return mach_msg(&header, MACH_SEND_MSG, sizeof(header), 0, MACH_PORT_NULL,
                    0, MACH_PORT_NULL);
  };
  mach_msg_header_t header = HeaderTo(port, 1, 0);
  EXPECT_EQ(send(header), MACH_SEND_INVALID_HEADER);
  header = HeaderTo(port, 1, MACH_MSG_TYPE_MOVE_RECEIVE);
  EXPECT_EQ(send(header), MACH_SEND_INVALID_HEADER);
  header = HeaderTo(MACH_PORT_NULL, 1);
  EXPECT_EQ(send(header), MACH_SEND_INVALID_DEST);
  header = HeaderTo(0x777703, 1);
  EXPECT_EQ(send(header), MACH_SEND_INVALID_DEST);
  header = HeaderTo(port, 1);
  header.msgh_local_port = port;
  EXPECT_EQ(send(header), MACH_SEND_INVALID_HEADER);
  header.msgh_bits =
      MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
  header.msgh_local_port = 0x777703;
  EXPECT_EQ(send(header), MACH_SEND_INVALID_REPLY);
  EXPECT_EQ(RefsOf(port, MACH_PORT_RIGHT_SEND), 1u);
  EXPECT_EQ(NextId(port), -1);
}

TEST(QueuesTest, OnlyAReceiveRightOrASetCanBeReceivedFrom) {
  const mach_port_t port = NewPortWithSend();
  Received received;
  EXPECT_EQ(Take(0x777703, &received), MACH_RCV_INVALID_NAME);
  EXPECT_EQ(Take(MACH_PORT_NULL, &received), MACH_RCV_INVALID_NAME);
  EXPECT_EQ(DropReceive(port), KERN_SUCCESS);
  EXPECT_EQ(Take(port, &received), MACH_RCV_INVALID_NAME);
}

TEST(QueuesTest, AWaitingReceiveIsToldWhenTheRightGoes) {
  const mach_port_t port = NewPort();
  const mach_port_t to = NewPortWithSend();
  std::thread receiver([port] {
    Received received;
    const mach_msg_return_t result = Take(port, &received, kSoon);
    // The second if it came too late to wait.
    EXPECT_TRUE(result == MACH_RCV_PORT_CHANGED ||
                result == MACH_RCV_INVALID_NAME)
        << result;
  });
  EXPECT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  receiver.join();
}

TEST(QueuesTest, ManyThreadsSendToOneReceiver) {
  const mach_port_t port = NewPortWithSend();
  ASSERT_EQ(SetQueueLimit(port, 16), KERN_SUCCESS);
  constexpr int kThreads = 4;
  constexpr int kEach = 100;
  std::vector<std::thread> senders;
  for (int i = 0; i < kThreads; ++i) {
    senders.emplace_back([port, i] {
      for (int k = 0; k < kEach; ++k) {
        EXPECT_EQ(PostAndWait(port, i * kEach + k), MACH_MSG_SUCCESS);
      }
    });
  }
  std::vector<int> next(kThreads, 0);
  for (int i = 0; i < kThreads * kEach; ++i) {
    const int id = NextId(port, kSoon);
    ASSERT_GE(id, 0);
    EXPECT_EQ(id % kEach, next[id / kEach]++);
  }
  for (std::thread& sender : senders) sender.join();
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
