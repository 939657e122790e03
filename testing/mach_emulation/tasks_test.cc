#include <bsm/libbsm.h>
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <mach/notify.h>
#include <servers/bootstrap.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

// A port that children find by its name.
class MeetingPoint {
 public:
  explicit MeetingPoint(const std::string& name) : port_(NewPortWithSend()) {
    std::strncpy(name_, name.c_str(), sizeof(name_) - 1);
    EXPECT_EQ(bootstrap_register(bootstrap_port, name_, port_),
              BOOTSTRAP_SUCCESS);
  }
  ~MeetingPoint() { EXPECT_EQ(mach_port_destroy(mach_task_self(), port_), 0); }
  MeetingPoint(const MeetingPoint&) = delete;
  MeetingPoint& operator=(const MeetingPoint&) = delete;

  mach_port_t port() const { return port_; }
  std::string name() const { return name_; }

 private:
  mach_port_t port_;
  name_t name_ = {};
};

mach_port_t LookUp(const std::string& name) {
  mach_port_t port = MACH_PORT_NULL;
  bootstrap_look_up(bootstrap_port, name.c_str(), &port);
  return port;
}

// Sends a right to a port of its own, and is killed.
IPC_CHANNEL_CHILD_MAIN(SendOwnPortAndDie) {
  const mach_port_t to = LookUp(args.at(0));
  if (Give(to, NewPort(), MACH_MSG_TYPE_MAKE_SEND, 3) != 0) return 1;
  raise(SIGKILL);
  return 2;
}

TEST(TasksTest, AKilledTaskDropsItsReceiveRights) {
  MeetingPoint here("tasks.killed");
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("SendOwnPortAndDie", {here.name()}));
  const mach_port_t theirs = TakeRight(here.port(), kSoon);
  const mach_port_t notify = NewPort();
  const kern_return_t result = Request(theirs, MACH_NOTIFY_DEAD_NAME, notify);
  if (result == KERN_SUCCESS) {
    EXPECT_EQ(NextId(notify, kSoon), MACH_NOTIFY_DEAD_NAME);
  }
  EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  // MACH_PORT_DEAD if it died before the right was received.
  if (theirs != MACH_PORT_DEAD) {
    EXPECT_EQ(TypeOf(theirs), MACH_PORT_TYPE_DEAD_NAME);
  }
}

// Gets a send right and waits to be killed.
IPC_CHANNEL_CHILD_MAIN(HoldSendRight) {
  const mach_port_t to = LookUp(args.at(0));
  if (Post(to, 1, MACH_MSG_TYPE_MOVE_SEND) != 0) return 1;
  const mach_port_t held = LookUp(args.at(1));
  const mach_port_t ready = LookUp(args.at(0));
  if (held == MACH_PORT_NULL || Post(ready, 2) != 0) return 2;
  while (true) pause();
}

TEST(TasksTest, AKilledTaskDropsItsSendRights) {
  MeetingPoint here("tasks.ready");
  MeetingPoint held("tasks.held");
  ASSERT_OK_AND_ASSIGN(
      ChildProcess child,
      ChildProcess::Exec("HoldSendRight", {here.name(), held.name()}));
  EXPECT_EQ(NextId(here.port(), kSoon), 1);
  EXPECT_EQ(NextId(here.port(), kSoon), 2);
  const mach_port_t port = held.port();
  EXPECT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, port), KERN_SUCCESS);
  name_t name = "tasks.held";
  EXPECT_EQ(bootstrap_register(bootstrap_port, name, MACH_PORT_NULL),
            BOOTSTRAP_SUCCESS);
  EXPECT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(port), -1);
  ASSERT_OK(child.Kill(SIGKILL));
  EXPECT_EQ(NextId(port, kSoon), MACH_NOTIFY_NO_SENDERS);
}

// A message outlives who has sent it.
TEST(TasksTest, WhatAKilledTaskHasSentArrives) {
  MeetingPoint here("tasks.sent");
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("SendOwnPortAndDie", {here.name()}));
  EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  EXPECT_EQ(NextId(here.port(), kSoon), 3);
}

// Waits in a send until it is killed.
IPC_CHANNEL_CHILD_MAIN(SendForEver) {
  const mach_port_t to = LookUp(args.at(0));
  for (int id = 1;; ++id) {
    mach_msg_header_t header = HeaderTo(to, id);
    if (mach_msg(&header, MACH_SEND_MSG, sizeof(header), 0, 0, 0, 0) != 0) {
      return 1;
    }
  }
}

TEST(TasksTest, ATaskThatIsKilledInASendHasNotSent) {
  MeetingPoint here("tasks.full");
  ASSERT_EQ(SetQueueLimit(here.port(), 2), KERN_SUCCESS);
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("SendForEver", {here.name()}));
  EXPECT_EQ(NextId(here.port(), kSoon), 1);
  while (StatusOf(here.port()).mps_msgcount < 2) continue;
  ASSERT_OK(child.Kill(SIGKILL));
  EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  EXPECT_EQ(NextId(here.port()), 2);
  EXPECT_EQ(NextId(here.port()), 3);
  EXPECT_EQ(NextId(here.port()), -1);
}

// Everything a back end sends, between two processes.
IPC_CHANNEL_CHILD_MAIN(SendAll) {
  const mach_port_t to = LookUp(args.at(0));
  mach_vm_address_t memory = 0;
  if (mach_vm_allocate(mach_task_self(), &memory, 1 << 20, VM_FLAGS_ANYWHERE) !=
      0) {
    return 1;
  }
  std::memset(reinterpret_cast<void*>(memory), 0x5a, 1 << 20);
  const mach_port_t mine = NewPort();
  struct {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t port;
    mach_msg_ool_descriptor_t memory;
  } message = {HeaderTo(to, 100), {2}, {}, {}};
  message.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
  message.port.name = mine;
  message.port.disposition = MACH_MSG_TYPE_MAKE_SEND;
  message.port.type = MACH_MSG_PORT_DESCRIPTOR;
  message.memory.address = reinterpret_cast<void*>(memory);
  message.memory.size = 1 << 20;
  message.memory.deallocate = TRUE;
  message.memory.copy = MACH_MSG_VIRTUAL_COPY;
  message.memory.type = MACH_MSG_OOL_DESCRIPTOR;
  if (mach_msg(&message.header, MACH_SEND_MSG, sizeof(message), 0, 0, 0, 0) !=
      0) {
    return 2;
  }
  return NextId(mine, kSoon) == 200 ? 0 : 3;
}

TEST(TasksTest, RightsAndMemoryGoToAnotherTaskAndAMessageComesBack) {
  MeetingPoint here("tasks.all");
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ChildProcess::Exec("SendAll", {here.name()}));
  struct {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_port_descriptor_t port;
    mach_msg_ool_descriptor_t memory;
    mach_msg_audit_trailer_t trailer;
  } message = {};
  ASSERT_EQ(mach_msg(&message.header,
                     MACH_RCV_MSG | MACH_RCV_TIMEOUT |
                         MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
                     0, sizeof(message), here.port(), kSoon, MACH_PORT_NULL),
            MACH_MSG_SUCCESS);
  EXPECT_EQ(message.header.msgh_id, 100);
  EXPECT_EQ(audit_token_to_pid(message.trailer.msgh_audit), child.pid());
  ASSERT_EQ(message.memory.size, 1u << 20);
  EXPECT_EQ(static_cast<unsigned char*>(message.memory.address)[1 << 19], 0x5a);
  EXPECT_EQ(Post(message.port.name, 200), MACH_MSG_SUCCESS);
  mach_msg_destroy(&message.header);
  EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Exited(0)));
}

TEST(TasksTest, AForkedChildHasNoneOfItsParentsPorts) {
  const mach_port_t port = NewPortWithSend();
  for (int i = 0; i < 10; ++i) NewPort();
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([port] {
                         if (TypeOf(mach_task_self()) != MACH_PORT_TYPE_SEND)
                           return 1;
                         if (TypeOf(port) != MACH_PORT_TYPE_NONE) return 2;
                         return Post(bootstrap_port, 1) == MACH_MSG_SUCCESS ? 0
                                                                            : 3;
                       }));
  EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_EQ(TypeOf(port), MACH_PORT_TYPE_SEND_RECEIVE);
}

// A forked child has its parent's sockets for a moment.
TEST(TasksTest, ATaskEndsThoughAChildOfItLivesOn) {
  MeetingPoint here("tasks.orphan");
  ASSERT_OK_AND_ASSIGN(ChildProcess child, ChildProcess::Fork([&here] {
                         const mach_port_t to = LookUp(here.name());
                         if (Give(to, NewPort(), MACH_MSG_TYPE_MAKE_SEND) != 0)
                           return 1;
                         int ends[2];
                         if (pipe(ends) != 0) return 2;
                         if (fork() == 0) {
                           close(ends[1]);
                           char byte;
                           (void)!read(ends[0], &byte,
                                       1);  // until the parent is gone
                           const mach_port_t again = LookUp(here.name());
                           _exit(Post(again, 5));
                         }
                         return 0;
                       }));
  const mach_port_t theirs = TakeRight(here.port(), kSoon);
  EXPECT_EQ(NextId(here.port(), kSoon), 5);
  EXPECT_THAT(child.Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Exited(0)));
  const mach_port_t notify = NewPort();
  if (theirs != MACH_PORT_DEAD &&
      Request(theirs, MACH_NOTIFY_DEAD_NAME, notify) == KERN_SUCCESS) {
    EXPECT_EQ(NextId(notify, kSoon), MACH_NOTIFY_DEAD_NAME);
  }
}

// Answers to the second registered port.
IPC_CHANNEL_CHILD_MAIN(PostToRegistered) {
  mach_port_array_t ports;
  mach_msg_type_number_t count;
  if (mach_ports_lookup(mach_task_self(), &ports, &count) != 0) return 1;
  if (count < 2 || ports[0] != MACH_PORT_NULL) return 2;
  return Post(ports[1], 12);
}

TEST(TasksTest, AChildInheritsRegisteredPorts) {
  const mach_port_t port = NewPortWithSend();
  mach_port_t ports[] = {MACH_PORT_NULL, port};
  ASSERT_EQ(mach_ports_register(mach_task_self(), ports, 2), KERN_SUCCESS);
  auto child = ChildProcess::Exec("PostToRegistered");
  ASSERT_OK(child);
  EXPECT_THAT(child->Wait(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(ExitResult::Exited(0)));
  EXPECT_EQ(NextId(port), 12);
  mach_port_t too_many[4] = {};
  EXPECT_EQ(mach_ports_register(mach_task_self(), too_many, 4),
            KERN_INVALID_ARGUMENT);
  EXPECT_EQ(mach_ports_register(mach_task_self(), nullptr, 0), KERN_SUCCESS);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
