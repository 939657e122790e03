#include <errno.h>
#include <mach/mach.h>
#include <poll.h>
#include <signal.h>
#include <sys/event.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

constexpr mach_port_t kNoSuchName = 0x777703;

void* Pointer(std::uintptr_t number) { return reinterpret_cast<void*>(number); }

class Queue {
 public:
  Queue() : fd_(kqueue()) { EXPECT_GE(fd_, 0); }
  ~Queue() { close(fd_); }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  int fd() const { return fd_; }

  // 0 or an errno.
  int Change(std::int16_t filter, std::uintptr_t ident, std::uint16_t flags,
             std::uint32_t fflags = 0, std::uintptr_t udata = 0) const {
    struct kevent change = {};
    change.ident = ident;
    change.filter = filter;
    change.flags = flags;
    change.fflags = fflags;
    change.udata = Pointer(udata);
    return kevent(fd_, &change, 1, nullptr, 0, nullptr) == 0 ? 0 : errno;
  }
  int ChangePort(mach_port_t name, std::uint16_t flags,
                 std::uintptr_t udata = 0) const {
    return Change(EVFILT_MACHPORT, name, flags, 0, udata);
  }
  int Trigger(std::uintptr_t udata = 0) const {
    return Change(EVFILT_USER, 0, 0, NOTE_TRIGGER, udata);
  }

  // What is there now.
  std::vector<struct kevent> Take(std::size_t room = 8) const {
    const timespec now = {0, 0};
    return TakeWithin(&now, room);
  }
  std::vector<struct kevent> TakeWithin(const timespec* timeout,
                                        std::size_t room = 8) const {
    std::vector<struct kevent> events(room);
    const int count =
        kevent(fd_, nullptr, 0, events.data(), static_cast<int>(room), timeout);
    EXPECT_GE(count, 0);
    events.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return events;
  }

  bool IsReadable() const {
    pollfd polled = {fd_, POLLIN, 0};
    return poll(&polled, 1, 0) == 1 && polled.revents == POLLIN;
  }

 private:
  const int fd_;
};

TEST(KqueueTest, AMessageIsAnEventUntilItIsReceived) {
  const mach_port_t port = NewPortWithSend();
  const Queue queue;
  ASSERT_EQ(queue.ChangePort(port, EV_ADD, 17), 0);
  EXPECT_TRUE(queue.Take().empty());
  ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  for (int i = 0; i < 2; ++i) {
    const std::vector<struct kevent> events = queue.Take();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].filter, EVFILT_MACHPORT);
    EXPECT_EQ(events[0].ident, port);
    EXPECT_EQ(events[0].udata, Pointer(17));
    EXPECT_EQ(events[0].flags & (EV_EOF | EV_ERROR), 0);
  }
  ASSERT_EQ(Post(port, 2), MACH_MSG_SUCCESS);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_EQ(queue.Take().size(), 1u);
  EXPECT_EQ(NextId(port), 2);
  EXPECT_TRUE(queue.Take().empty());
}

TEST(KqueueTest, MessagesThatWereThereBeforeAreEvents) {
  const mach_port_t port = NewPortWithSend();
  ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  const Queue first;
  const Queue second;
  ASSERT_EQ(first.ChangePort(port, EV_ADD), 0);
  ASSERT_EQ(second.ChangePort(port, EV_ADD), 0);
  EXPECT_EQ(first.Take().size(), 1u);
  EXPECT_EQ(second.Take().size(), 1u);
  EXPECT_EQ(NextId(port), 1);
  EXPECT_TRUE(first.Take().empty());
  EXPECT_TRUE(second.Take().empty());
}

TEST(KqueueTest, OfASetEveryMemberIsTold) {
  const mach_port_t set = NewSet();
  const mach_port_t port = NewPortWithSend();
  const Queue queue;
  ASSERT_EQ(queue.ChangePort(set, EV_ADD), 0);
  ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_TRUE(queue.Take().empty());
  ASSERT_EQ(mach_port_insert_member(mach_task_self(), port, set), KERN_SUCCESS);
  const std::vector<struct kevent> events = queue.Take();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ident, set);
  EXPECT_EQ(events[0].data, static_cast<std::intptr_t>(port));
  ASSERT_EQ(mach_port_extract_member(mach_task_self(), port, set),
            KERN_SUCCESS);
  EXPECT_TRUE(queue.Take().empty());
}

TEST(KqueueTest, EventsTakeTurnsSoThatNoneStarves) {
  const Queue queue;
  for (int i = 0; i < 3; ++i) {
    const mach_port_t port = NewPortWithSend();
    ASSERT_EQ(queue.ChangePort(port, EV_ADD), 0);
    ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  }
  std::map<std::uintptr_t, int> times;
  for (int i = 0; i < 6; ++i) {
    const std::vector<struct kevent> events = queue.Take(1);
    ASSERT_EQ(events.size(), 1u);
    ++times[events[0].ident];
  }
  EXPECT_EQ(times.size(), 3u);
  for (const auto& [ident, count] : times) EXPECT_EQ(count, 2);
}

TEST(KqueueTest, ADeletedEventIsNotTold) {
  const mach_port_t port = NewPortWithSend();
  const Queue queue;
  EXPECT_EQ(queue.ChangePort(port, EV_DELETE), ENOENT);
  ASSERT_EQ(queue.ChangePort(port, EV_ADD), 0);
  ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  ASSERT_EQ(queue.ChangePort(port, EV_DELETE), 0);
  EXPECT_TRUE(queue.Take().empty());
  EXPECT_EQ(queue.ChangePort(port, EV_DELETE), ENOENT);
  ASSERT_EQ(queue.ChangePort(port, EV_ADD), 0);
  EXPECT_EQ(queue.Take().size(), 1u);
}

TEST(KqueueTest, AddedTwiceItIsOneEventThatHasChanged) {
  const mach_port_t port = NewPortWithSend();
  const Queue queue;
  ASSERT_EQ(queue.ChangePort(port, EV_ADD, 1), 0);
  ASSERT_EQ(queue.ChangePort(port, EV_ADD, 2), 0);
  ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  const std::vector<struct kevent> events = queue.Take();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].udata, Pointer(2));
}

void ExpectOneLastEvent(const Queue& queue, mach_port_t name) {
  EXPECT_TRUE(queue.IsReadable());
  const std::vector<struct kevent> events = queue.Take();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ident, name);
  EXPECT_EQ(events[0].udata, Pointer(name));
  EXPECT_EQ(events[0].flags & EV_EOF, EV_EOF);
  EXPECT_TRUE(queue.Take().empty());
  EXPECT_FALSE(queue.IsReadable());
  EXPECT_EQ(queue.ChangePort(name, EV_DELETE), ENOENT);
}

TEST(KqueueTest, ADroppedRightIsToldOnceMore) {
  const mach_port_t port = NewPort();
  const Queue queue;
  ASSERT_EQ(queue.ChangePort(port, EV_ADD, port), 0);
  ASSERT_EQ(DropReceive(port), KERN_SUCCESS);
  ExpectOneLastEvent(queue, port);
}

TEST(KqueueTest, ARightThatIsMovedAwayIsToldOnceMore) {
  const mach_port_t to = NewPortWithSend();
  const mach_port_t port = NewPortWithSend();
  const Queue queue;
  ASSERT_EQ(queue.ChangePort(port, EV_ADD, port), 0);
  ASSERT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  ExpectOneLastEvent(queue, port);
}

TEST(KqueueTest, ASetThatIsGoneIsToldOnceMore) {
  const mach_port_t set = NewSet();
  const Queue queue;
  ASSERT_EQ(queue.ChangePort(set, EV_ADD, set), 0);
  ASSERT_EQ(
      mach_port_mod_refs(mach_task_self(), set, MACH_PORT_RIGHT_PORT_SET, -1),
      KERN_SUCCESS);
  ExpectOneLastEvent(queue, set);
}

// Away and back, under the same name.
void Travel(mach_port_t port) {
  const mach_port_t to = NewPortWithSend();
  ASSERT_EQ(Give(to, port, MACH_MSG_TYPE_MOVE_RECEIVE), MACH_MSG_SUCCESS);
  ASSERT_EQ(TakeRight(to), port);
}

// Events go by names: the old one stands in the way of the new.
TEST(KqueueTest, ARightThatComesBackIsNotWatchedBeforeItsEndWasTold) {
  const mach_port_t port = NewPortWithSend();
  const Queue queue;
  ASSERT_EQ(queue.ChangePort(port, EV_ADD), 0);
  Travel(port);
  ASSERT_EQ(queue.ChangePort(port, EV_ADD, port), 0);
  ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  ExpectOneLastEvent(queue, port);
  ASSERT_EQ(queue.ChangePort(port, EV_ADD), 0);
  EXPECT_EQ(queue.Take().size(), 1u);
}

TEST(KqueueTest, ARightThatComesBackIsWatchedOnceTheOldEventIsDeleted) {
  const mach_port_t port = NewPortWithSend();
  const Queue queue;
  ASSERT_EQ(queue.ChangePort(port, EV_ADD), 0);
  Travel(port);
  ASSERT_EQ(queue.ChangePort(port, EV_DELETE), 0);
  EXPECT_FALSE(queue.IsReadable());
  ASSERT_EQ(queue.ChangePort(port, EV_ADD), 0);
  EXPECT_TRUE(queue.Take().empty());
  ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  const std::vector<struct kevent> events = queue.Take();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].flags & EV_EOF, 0);
}

TEST(KqueueTest, AUserEventStaysUntilItIsDeleted) {
  const Queue queue;
  EXPECT_EQ(queue.Trigger(), ENOENT);
  ASSERT_EQ(queue.Change(EVFILT_USER, 0, EV_ADD), 0);
  EXPECT_TRUE(queue.Take().empty());
  ASSERT_EQ(queue.Trigger(5), 0);
  for (int i = 0; i < 2; ++i) {
    const std::vector<struct kevent> events = queue.Take();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].filter, EVFILT_USER);
    EXPECT_EQ(events[0].ident, 0u);
    EXPECT_EQ(events[0].udata, Pointer(5));
  }
  ASSERT_EQ(queue.Change(EVFILT_USER, 0, EV_DELETE), 0);
  EXPECT_TRUE(queue.Take().empty());
  EXPECT_EQ(queue.Trigger(), ENOENT);
}

TEST(KqueueTest, AUserEventThatClearsIsToldOnceHoweverOftenTriggered) {
  const Queue queue;
  ASSERT_EQ(queue.Change(EVFILT_USER, 0, EV_ADD | EV_CLEAR), 0);
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(queue.Trigger(), 0);
    ASSERT_EQ(queue.Trigger(), 0);
    EXPECT_TRUE(queue.IsReadable());
    EXPECT_EQ(queue.Take().size(), 1u);
    EXPECT_TRUE(queue.Take().empty());
    EXPECT_FALSE(queue.IsReadable());
  }
}

// A child that waits to be killed.
class Sleeper {
 public:
  Sleeper() : pid_(fork()) {
    if (pid_ != 0) return;
    while (true) pause();
  }
  ~Sleeper() { End(); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  std::uintptr_t ident() const { return static_cast<std::uintptr_t>(pid_); }

  // Leaves a zombie.
  void Kill() const {
    ASSERT_EQ(kill(pid_, SIGKILL), 0);
    // Not null: xnu writes it without a look.
    siginfo_t info = {};
    ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT),
              0);
  }
  void End() {
    if (has_ended_) return;
    kill(pid_, SIGKILL);
    EXPECT_EQ(waitpid(pid_, nullptr, 0), pid_);
    has_ended_ = true;
  }

 private:
  const pid_t pid_;
  bool has_ended_ = false;
};

TEST(KqueueTest, TheEndOfAProcessIsToldOnce) {
  Sleeper child;
  const Queue queue;
  ASSERT_EQ(queue.Change(EVFILT_PROC, child.ident(), EV_ADD, NOTE_EXIT, 9), 0);
  EXPECT_FALSE(queue.IsReadable());
  EXPECT_TRUE(queue.Take().empty());
  child.Kill();
  pollfd polled = {queue.fd(), POLLIN, 0};
  ASSERT_EQ(poll(&polled, 1, -1), 1);
  const std::vector<struct kevent> events = queue.Take();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].filter, EVFILT_PROC);
  EXPECT_EQ(events[0].ident, child.ident());
  EXPECT_EQ(events[0].fflags, NOTE_EXIT);
  EXPECT_EQ(events[0].flags & (EV_EOF | EV_ONESHOT), EV_EOF | EV_ONESHOT);
  EXPECT_EQ(events[0].udata, Pointer(9));
  EXPECT_FALSE(queue.IsReadable());
  EXPECT_EQ(queue.Change(EVFILT_PROC, child.ident(), EV_DELETE), ENOENT);
}

TEST(KqueueTest, TheEndIsShownUntilItIsTakenThoughSomebodyHasWaited) {
  Sleeper child;
  const Queue queue;
  ASSERT_EQ(queue.Change(EVFILT_PROC, child.ident(), EV_ADD, NOTE_EXIT), 0);
  child.End();
  pollfd polled = {queue.fd(), POLLIN, 0};
  ASSERT_EQ(poll(&polled, 1, -1), 1);
  EXPECT_TRUE(queue.IsReadable());
  EXPECT_EQ(queue.Take().size(), 1u);
}

TEST(KqueueTest, AnyProcessCanBeWatched) {
  const Queue queue;
  EXPECT_EQ(queue.Change(EVFILT_PROC, static_cast<std::uintptr_t>(getppid()),
                         EV_ADD, NOTE_EXIT),
            0);
  EXPECT_TRUE(queue.Take().empty());
}

// proc_find() gives neither those who are being reaped nor zombies.
TEST(KqueueTest, AProcessThatHasEndedCannotBeWatched) {
  Sleeper child;
  const Queue queue;
  child.Kill();
  EXPECT_EQ(queue.Change(EVFILT_PROC, child.ident(), EV_ADD, NOTE_EXIT), ESRCH);
  child.End();
  struct kevent change = {};
  change.ident = child.ident();
  change.filter = EVFILT_PROC;
  change.flags = EV_ADD;
  change.fflags = NOTE_EXIT;
  struct kevent event = {};
  ASSERT_EQ(kevent(queue.fd(), &change, 1, &event, 1, nullptr), 1);
  EXPECT_EQ(event.flags & EV_ERROR, EV_ERROR);
  EXPECT_EQ(event.data, ESRCH);
}

TEST(KqueueTest, AProcessThatIsWatchedNoMoreIsNotTold) {
  Sleeper child;
  const Queue queue;
  ASSERT_EQ(queue.Change(EVFILT_PROC, child.ident(), EV_ADD, NOTE_EXIT), 0);
  ASSERT_EQ(queue.Change(EVFILT_PROC, child.ident(), EV_DELETE), 0);
  EXPECT_EQ(queue.Change(EVFILT_PROC, child.ident(), EV_DELETE), ENOENT);
  child.End();
  EXPECT_FALSE(queue.IsReadable());
}

TEST(KqueueTest, TheQueueItselfIsReadableWhileItHasAnEvent) {
  const mach_port_t port = NewPortWithSend();
  const Queue queue;
  ASSERT_EQ(queue.ChangePort(port, EV_ADD), 0);
  EXPECT_FALSE(queue.IsReadable());
  ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  EXPECT_TRUE(queue.IsReadable());
  EXPECT_EQ(queue.Take().size(), 1u);
  EXPECT_TRUE(queue.IsReadable());
  EXPECT_EQ(NextId(port), 1);
  EXPECT_FALSE(queue.IsReadable());
}

TEST(KqueueTest, AForkedChildHasNoQueue) {
  const Queue queue;
  ASSERT_EQ(queue.Change(EVFILT_USER, 0, EV_ADD), 0);
  const pid_t child = fork();
  if (child == 0) _exit(queue.Trigger() == EBADF ? 33 : 34);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 33);
  EXPECT_TRUE(queue.Take().empty());
}

TEST(KqueueTest, NothingComesWhenTheTimeIsOver) {
  const mach_port_t port = NewPort();
  const Queue queue;
  ASSERT_EQ(queue.ChangePort(port, EV_ADD), 0);
  const timespec soon = {0, 1'000'000};
  EXPECT_TRUE(queue.TakeWithin(&soon).empty());
}

TEST(KqueueTest, AMessageWakesWhoWaits) {
  const mach_port_t port = NewPortWithSend();
  const Queue queue;
  ASSERT_EQ(queue.ChangePort(port, EV_ADD), 0);
  std::thread sender([port] { EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS); });
  EXPECT_EQ(queue.TakeWithin(nullptr).size(), 1u);
  sender.join();
}

TEST(KqueueTest, ATriggerWakesWhoWaits) {
  const Queue queue;
  ASSERT_EQ(queue.Change(EVFILT_USER, 0, EV_ADD), 0);
  std::thread trigger([&queue] { EXPECT_EQ(queue.Trigger(), 0); });
  EXPECT_EQ(queue.TakeWithin(nullptr).size(), 1u);
  trigger.join();
}

TEST(KqueueTest, WhatCannotBeReceivedFromCannotBeWatched) {
  const mach_port_t dead = NewPortWithSend();
  ASSERT_EQ(DropReceive(dead), KERN_SUCCESS);
  const Queue queue;
  EXPECT_EQ(queue.ChangePort(kNoSuchName, EV_ADD), ENOENT);
  EXPECT_EQ(queue.ChangePort(dead, EV_ADD), ENOENT);
  EXPECT_EQ(queue.ChangePort(mach_task_self(), EV_ADD), ENOTSUP);
  EXPECT_TRUE(queue.Take().empty());
}

TEST(KqueueTest, AFailureIsAnEventWhereThereIsRoom) {
  const mach_port_t port = NewPortWithSend();
  ASSERT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  const Queue queue;
  struct kevent changes[2] = {};
  changes[0].ident = kNoSuchName;
  changes[1].ident = port;
  for (struct kevent& change : changes) {
    change.filter = EVFILT_MACHPORT;
    change.flags = EV_ADD;
  }
  struct kevent events[2] = {};
  ASSERT_EQ(kevent(queue.fd(), changes, 2, events, 2, nullptr), 1);
  EXPECT_EQ(events[0].ident, kNoSuchName);
  EXPECT_EQ(events[0].flags & EV_ERROR, EV_ERROR);
  EXPECT_EQ(events[0].data, ENOENT);
  // The other change was made.
  EXPECT_EQ(queue.Take().size(), 1u);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
