#include <mach/mach.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

std::atomic<int> handled = 0;

// Restarts system calls, which is not to matter.
void HandleSignals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { ++handled; };
  action.sa_flags = SA_RESTART;
  ASSERT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
}

// Signals the thread once, unless it is `done`, and lets it handle that.
void SignalOnce(pthread_t thread, const std::atomic<bool>& done) {
  const int before = handled;
  if (!done) pthread_kill(thread, SIGUSR1);
  while (handled == before && !done) std::this_thread::yield();
}

// Again and again, for a signal may come before the thread waits.
void SignalUntil(pthread_t thread, const std::atomic<bool>& done) {
  while (!done) SignalOnce(thread, done);
}

TEST(InterruptsTest, AReceiveGivesUpForASignalIfAsked) {
  HandleSignals();
  const mach_port_t port = NewPort();
  std::atomic<bool> done = false;
  mach_msg_return_t result = MACH_MSG_SUCCESS;
  std::thread receiver([&] {
    Received received;
    result = mach_msg(&received.header, MACH_RCV_MSG | MACH_RCV_INTERRUPT, 0,
                      sizeof(received), port, 0, MACH_PORT_NULL);
    done = true;
  });
  SignalUntil(receiver.native_handle(), done);
  receiver.join();
  EXPECT_EQ(result, MACH_RCV_INTERRUPTED);
}

TEST(InterruptsTest, ASendGivesUpForASignalIfAskedAndItsRightsComeBack) {
  HandleSignals();
  const mach_port_t port = NewPortWithSend();
  ASSERT_EQ(SetQueueLimit(port, 1), KERN_SUCCESS);
  ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  const mach_port_t carried = NewPortWithSend();
  std::atomic<bool> done = false;
  mach_msg_return_t result = MACH_MSG_SUCCESS;
  std::thread sender([&] {
    Carrier carrier = CarrierOf(port, carried, MACH_MSG_TYPE_MOVE_RECEIVE);
    result = mach_msg(&carrier.header, MACH_SEND_MSG | MACH_SEND_INTERRUPT,
                      sizeof(carrier), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
    done = true;
  });
  SignalUntil(sender.native_handle(), done);
  sender.join();
  EXPECT_EQ(result, MACH_SEND_INTERRUPTED);
  EXPECT_EQ(TypeOf(carried), MACH_PORT_TYPE_SEND_RECEIVE);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(NextId(port), -1);
}

TEST(InterruptsTest, OtherwiseSignalsAreNotSeen) {
  HandleSignals();
  const mach_port_t port = NewPortWithSend();
  int id = 0;
  std::thread receiver([&] { id = NextId(port, kSoon); });
  const std::atomic<bool> waits_for_ever = false;
  for (int i = 0; i < 10; ++i) {
    SignalOnce(receiver.native_handle(), waits_for_ever);
  }
  EXPECT_EQ(Post(port, 6), MACH_MSG_SUCCESS);
  receiver.join();
  EXPECT_EQ(id, 6);
}

// However the signal and the message meet, none is lost.
TEST(InterruptsTest, NoMessageIsLostToASignal) {
  HandleSignals();
  const mach_port_t port = NewPortWithSend();
  constexpr int kCount = 200;
  std::atomic<bool> done = false;
  int next = 0;
  std::thread receiver([&] {
    while (next < kCount) {
      Received received;
      const mach_msg_return_t result =
          mach_msg(&received.header, MACH_RCV_MSG | MACH_RCV_INTERRUPT, 0,
                   sizeof(received), port, 0, MACH_PORT_NULL);
      if (result == MACH_RCV_INTERRUPTED) continue;
      EXPECT_EQ(result, MACH_MSG_SUCCESS);
      EXPECT_EQ(received.header.msgh_id, next);
      ++next;
    }
    done = true;
  });
  std::thread sender([port] {
    for (int id = 0; id < kCount; ++id) {
      mach_msg_header_t header = HeaderTo(port, id);
      EXPECT_EQ(mach_msg(&header, MACH_SEND_MSG, sizeof(header), 0, 0, 0, 0),
                MACH_MSG_SUCCESS);
    }
  });
  SignalUntil(receiver.native_handle(), done);
  sender.join();
  receiver.join();
  EXPECT_EQ(next, kCount);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
