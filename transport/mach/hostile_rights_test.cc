// Rights that are not what they are said to be: rows of docs/threat_model.md.

#include <fcntl.h>
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <mach/notify.h>
#include <sys/fileport.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/mach/hostile_fixture.h"
#include "ipc_channel/transport/mach/memory_entry.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/raw_peer.h"
#include "ipc_channel/transport/mach/vm_region.h"
#include "ipc_channel/transport/shared_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::mach_backend {
namespace {

using ::ipc_channel_testing::StatusIs;

constexpr HandleKind kAllKinds[] = {
    HandleKind::kSender,        HandleKind::kReceiver,
    HandleKind::kSharedMemory,  HandleKind::kDescriptor,
    HandleKind::kMutableMemory, HandleKind::kReadOnlyMemory};
constexpr HandleKind kMemoryKinds[] = {HandleKind::kSharedMemory,
                                       HandleKind::kMutableMemory,
                                       HandleKind::kReadOnlyMemory};
constexpr std::size_t kPage = 1 << 14;

std::uint64_t BytesSaid(HandleKind kind) {
  for (const HandleKind memory : kMemoryKinds) {
    if (kind == memory) return kPage;
  }
  return 0;
}

// The id of the next message there, which is taken; -1 if there is none.
mach_msg_id_t TakeId(mach_port_name_t port) {
  struct {
    mach_msg_header_t header;
    mach_msg_max_trailer_t trailer;
  } message = {};
  return mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                  sizeof(message), port, 0, MACH_PORT_NULL) == MACH_MSG_SUCCESS
             ? message.header.msgh_id
             : -1;
}

class HostileRightsTest : public HostileTest {
 protected:
  // A watched entry, which lives as long as the test.
  const SendRight& NewEntry(std::size_t size) {
    absl::StatusOr<SendRight> entry = NewMemoryEntry(size);
    EXPECT_OK(entry.status());
    return Keep(*std::move(entry));
  }

  const SendRight& Keep(SendRight right) {
    Watch(right.name());
    kept_.push_back(std::move(right));
    return kept_.back();
  }

 private:
  std::deque<SendRight> kept_;
};

TEST_F(HostileRightsTest, NullNamesAreRefusedInEveryRole) {
  for (const HandleKind kind : kAllKinds) {
    for (const mach_msg_type_name_t how :
         {MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MOVE_RECEIVE,
          MACH_MSG_TYPE_MOVE_SEND_ONCE}) {
      RawMessage message;
      message.AddHandle(kind, MACH_PORT_NULL, how, BytesSaid(kind));
      SCOPED_TRACE(static_cast<int>(kind));
      ExpectRefused(message);
    }
  }
}

TEST_F(HostileRightsTest, DeadNamesAreRefusedButForSenders) {
  for (const HandleKind kind : kAllKinds) {
    RawMessage message;
    message.AddHandle(kind, MACH_PORT_DEAD, MACH_MSG_TYPE_COPY_SEND,
                      BytesSaid(kind));
    SCOPED_TRACE(static_cast<int>(kind));
    if (kind != HandleKind::kSender) {
      ExpectRefused(message);
      continue;
    }
    ExpectAccepted(message);
    EXPECT_TRUE(IsDisconnected(std::get<Sender>(message_.handles().at(0))
                                   .Send({}, absl::InfinitePast())));
  }
}

TEST_F(HostileRightsTest, SendOnceRightsAreRefusedInEveryRole) {
  const mach_port_name_t mine = NewPort();
  for (const HandleKind kind : kAllKinds) {
    RawMessage message;
    message.AddHandle(kind, mine, MACH_MSG_TYPE_MAKE_SEND_ONCE,
                      BytesSaid(kind));
    ExpectRefused(message);
    // What the kernel says of a right that was dropped.
    EXPECT_EQ(TakeId(mine), MACH_NOTIFY_SEND_ONCE);
  }
}

TEST_F(HostileRightsTest, SendRightWhereAReceiveRightIsDueIsRefused) {
  RawMessage message;
  message.AddHandle(HandleKind::kReceiver, NewPort(), MACH_MSG_TYPE_COPY_SEND);
  ExpectRefused(message);
}

// The right died with the message: what was its port is a dead name.
TEST_F(HostileRightsTest, ReceiveRightWhereAnotherIsDueIsRefusedAndDies) {
  for (const HandleKind kind : kAllKinds) {
    if (kind == HandleKind::kReceiver) continue;
    const mach_port_name_t port = NewRawPort();
    RawMessage message;
    message.AddHandle(kind, port, MACH_MSG_TYPE_MOVE_RECEIVE, BytesSaid(kind));
    ExpectRefused(message);
    EXPECT_EQ(RightsToPort(port).references[MACH_PORT_RIGHT_DEAD_NAME], 1u);
    DropPort(port);
  }
}

TEST_F(HostileRightsTest, RightsThatAreNoMemoryAreRefused) {
  const mach_port_name_t mine = NewPort();
  for (const HandleKind kind : kMemoryKinds) {
    RawMessage message;
    message.AddHandle(kind, mine, MACH_MSG_TYPE_COPY_SEND, kPage);
    ExpectRefused(message);
  }
}

TEST_F(HostileRightsTest, RightsThatAreNoFilesAreRefused) {
  for (const mach_port_name_t name : {NewPort(), NewEntry(kPage).name()}) {
    RawMessage message;
    message.AddHandle(HandleKind::kDescriptor, name, MACH_MSG_TYPE_COPY_SEND);
    ExpectRefused(message);
  }
}

TEST_F(HostileRightsTest, FilesThatAreNoMemoryAreRefused) {
  fileport_t file = MACH_PORT_NULL;
  ASSERT_EQ(::fileport_makeport(STDERR_FILENO, &file), 0);
  Keep(SendRight(file));
  for (const HandleKind kind : kMemoryKinds) {
    RawMessage message;
    message.AddHandle(kind, file, MACH_MSG_TYPE_COPY_SEND, kPage);
    ExpectRefused(message);
  }
}

TEST_F(HostileRightsTest, EntriesThatAreSmallerThanSaidAreRefused) {
  const mach_port_name_t entry = NewEntry(kPage).name();
  for (const HandleKind kind : kMemoryKinds) {
    for (const std::uint64_t said :
         {std::uint64_t{kPage + 1}, std::uint64_t{1} << 30,
          std::uint64_t{1} << 47, std::uint64_t{1} << 63,
          std::numeric_limits<std::uint64_t>::max(),
          std::numeric_limits<std::uint64_t>::max() - 4095}) {
      RawMessage message;
      message.AddHandle(kind, entry, MACH_MSG_TYPE_COPY_SEND, said);
      SCOPED_TRACE(said);
      ExpectRefused(message);
    }
  }
}

TEST_F(HostileRightsTest, MutableMemoryOverTheLimitIsRefused) {
  const mach_port_name_t entry =
      NewEntry(kMaxMutableMemoryBytes + kPage).name();
  RawMessage message;
  message.AddHandle(HandleKind::kMutableMemory, entry, MACH_MSG_TYPE_COPY_SEND,
                    kMaxMutableMemoryBytes + 1);
  ExpectRefused(message);
}

TEST_F(HostileRightsTest, ReadOnlyEntryWhereMutableMemoryIsDueIsRefused) {
  ASSERT_OK_AND_ASSIGN(SendRight entry, ReadOnlyEntry(NewEntry(kPage), kPage));
  RawMessage message;
  message.AddHandle(HandleKind::kMutableMemory, Keep(std::move(entry)).name(),
                    MACH_MSG_TYPE_COPY_SEND, kPage);
  ExpectRefused(message);
}

// Who gets it from us could write to it.
TEST_F(HostileRightsTest, WritableEntryWhereReadOnlyMemoryIsDueIsRefused) {
  RawMessage message;
  message.AddHandle(HandleKind::kReadOnlyMemory, NewEntry(kPage).name(),
                    MACH_MSG_TYPE_COPY_SEND, kPage);
  ExpectRefused(message);
}

// What is immutable was looked at once, and its maker writes to his own pages.
TEST_F(HostileRightsTest, ImmutableMemoryIsASnapshot) {
  const SendRight& entry = NewEntry(kPage);
  ASSERT_OK_AND_ASSIGN(const VmRegion theirs,
                       MapEntry(entry, kPage, MapAs::kWritable));
  theirs.bytes()[5] = std::byte{1};
  RawMessage message;
  message.AddHandle(HandleKind::kSharedMemory, entry.name(),
                    MACH_MSG_TYPE_COPY_SEND, kPage);
  ExpectAccepted(message);
  const auto& memory = std::get<SharedMemory>(message_.handles().at(0));
  theirs.bytes()[5] = std::byte{2};
  EXPECT_EQ(memory.bytes()[5], std::byte{1});
}

TEST_F(HostileRightsTest, FewerAndMoreRightsThanSaidAreRefused) {
  const mach_port_name_t mine = NewPort();
  RawMessage fewer;
  fewer.AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_COPY_SEND)
      .AddRecord(HandleKind::kSender);
  ExpectRefused(fewer);
  RawMessage more;
  more.AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_COPY_SEND)
      .AddPort(mine, MACH_MSG_TYPE_COPY_SEND);
  ExpectRefused(more);
  RawMessage with_empty;
  with_empty.AddHandle(HandleKind::kSharedMemory, mine,
                       MACH_MSG_TYPE_COPY_SEND);
  ExpectRefused(with_empty);
}

TEST_F(HostileRightsTest, MoreRightsThanAnyMessageHasAreRefused) {
  const mach_port_name_t mine = NewPort();
  for (const std::size_t count : {kMaxMessageHandles + 1, std::size_t{1030}}) {
    RawMessage message;
    for (std::size_t i = 0; i < count; ++i) {
      message.AddPort(mine, MACH_MSG_TYPE_COPY_SEND);
    }
    ExpectRefused(message);
  }
}

TEST_F(HostileRightsTest, MoreHandlesThanTheLimitAreRefused) {
  channel_.receiver.SetMaxMessageHandles(1);
  const mach_port_name_t mine = NewPort();
  RawMessage message;
  message.AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_COPY_SEND)
      .AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_COPY_SEND);
  ExpectRefused(message);
}

TEST_F(HostileRightsTest, PortsOutOfLineAreRefused) {
  const mach_port_name_t mine = NewPort();
  const std::vector<mach_port_name_t> names(300, mine);
  RawMessage message;
  message.AddPorts(names, MACH_MSG_TYPE_COPY_SEND);
  ExpectRefused(message);
  message.AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_COPY_SEND);
  ExpectRefused(message);
}

TEST_F(HostileRightsTest, MemoryTwiceOrBehindARightIsRefused) {
  const std::vector<std::byte> memory(1 << 17);
  RawMessage twice;
  twice.AddMemory(memory, memory.size()).AddMemory(memory, memory.size());
  ExpectRefused(twice);
  RawMessage behind;
  behind.AddMemory(memory, memory.size());
  const std::vector<std::byte> descriptor = std::move(behind.descriptors);
  behind.descriptors.clear();
  behind.AddHandle(HandleKind::kSender, NewPort(), MACH_MSG_TYPE_COPY_SEND);
  behind.descriptors.insert(behind.descriptors.end(), descriptor.begin(),
                            descriptor.end());
  ExpectRefused(behind);
}

// Whoever destroyed such a right without its guard would be killed.
TEST_F(HostileRightsTest, GuardedReceiveRightsAreRefusedAndDestroyed) {
  for (const mach_msg_guard_flags_t flags :
       {MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE,
        MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND}) {
    const mach_port_name_t theirs = NewRawPort();
    RawMessage message;
    message.AddRecord(HandleKind::kReceiver)
        .AddGuarded(theirs,
                    flags == MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND ? 0 : 0x77,
                    flags);
    ExpectRefused(message);
    // Its port is gone.
    mach_port_urefs_t dead = 0;
    EXPECT_EQ(mach_port_get_refs(mach_task_self(), theirs,
                                 MACH_PORT_RIGHT_DEAD_NAME, &dead),
              KERN_SUCCESS);
    EXPECT_EQ(dead, 1u);
    EXPECT_EQ(mach_port_deallocate(mach_task_self(), theirs), KERN_SUCCESS);
  }
}

// A file that its maker keeps, and cuts off when it has been sent.
class FileEntry {
 public:
  FileEntry() : path_(::testing::TempDir() + "/entry") {
    file_ = UniqueFd(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    EXPECT_EQ(::ftruncate(file_.get(), kPage), 0);
    void* const mapped = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE,
                                MAP_SHARED, file_.get(), 0);
    EXPECT_NE(mapped, MAP_FAILED);
    address_ = reinterpret_cast<mach_vm_address_t>(mapped);
  }
  ~FileEntry() {
    ::munmap(reinterpret_cast<void*>(address_), kPage);
    ::unlink(path_.c_str());
  }
  FileEntry(const FileEntry&) = delete;
  FileEntry& operator=(const FileEntry&) = delete;

  SendRight Entry(vm_prot_t protection) const {
    memory_object_size_t size = kPage;
    mach_port_t entry = MACH_PORT_NULL;
    EXPECT_EQ(mach_make_memory_entry_64(mach_task_self(), &size, address_,
                                        protection, &entry, MACH_PORT_NULL),
              KERN_SUCCESS);
    return SendRight(entry);
  }
  void CutOff() const { EXPECT_EQ(::ftruncate(file_.get(), 0), 0); }

 private:
  std::string path_;
  UniqueFd file_;
  mach_vm_address_t address_ = 0;
};

// Reading what was cut off would kill the reader.
TEST_F(HostileRightsTest, FilesAreNoMemoryWhetherTheyAreCutOffOrNot) {
  for (const bool is_cut : {false, true}) {
    for (const HandleKind kind : kMemoryKinds) {
      const FileEntry file;
      const SendRight entry = file.Entry(kind == HandleKind::kMutableMemory
                                             ? VM_PROT_READ | VM_PROT_WRITE
                                             : VM_PROT_READ);
      RawMessage message;
      message.AddHandle(kind, entry.name(), MACH_MSG_TYPE_COPY_SEND, kPage);
      ASSERT_EQ(message.SendTo(port_), MACH_MSG_SUCCESS);
      if (is_cut) file.CutOff();
      ExpectDataLoss();
      ExpectGood();
    }
  }
}

TEST_F(HostileRightsTest, KindsThatThereAreNotAreRefused) {
  const mach_port_name_t mine = NewPort();
  for (const std::uint32_t kind : {0u, 7u, 0x10001u, 0xffffffffu}) {
    RawMessage message;
    message.AddHandle(static_cast<HandleKind>(kind), mine,
                      MACH_MSG_TYPE_COPY_SEND);
    ExpectRefused(message);
  }
}

TEST_F(HostileRightsTest, RecordsThatSayTooMuchAreRefused) {
  const mach_port_name_t mine = NewPort();
  RawMessage reserved;
  reserved.AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_COPY_SEND);
  reserved.records[0].reserved = 1;
  ExpectRefused(reserved);
  RawMessage sized;
  sized.AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_COPY_SEND, 1);
  ExpectRefused(sized);
}

// A good handle before the bad one is closed as well.
TEST_F(HostileRightsTest, OneBadRightCostsTheWholeMessage) {
  const mach_port_name_t mine = NewPort();
  const mach_port_name_t entry = NewEntry(kPage).name();
  RawMessage message;
  message.AddHandle(HandleKind::kSender, mine, MACH_MSG_TYPE_COPY_SEND)
      .AddHandle(HandleKind::kMutableMemory, entry, MACH_MSG_TYPE_COPY_SEND,
                 kPage)
      .AddHandle(HandleKind::kDescriptor, mine, MACH_MSG_TYPE_COPY_SEND);
  ExpectRefused(message);
}

// An end of the receiver's own channel is one like any other.
TEST_F(HostileRightsTest, SendersOfTheReceiversOwnPortAreTaken) {
  RawMessage message;
  message.AddHandle(HandleKind::kSender, port_, MACH_MSG_TYPE_COPY_SEND);
  ExpectAccepted(message);
  EXPECT_EQ(PortOf(std::get<Sender>(message_.handles().at(0))), port_);
  ExpectGood();
}

// Sends to it go nowhere, and harm nobody.
TEST_F(HostileRightsTest, KernelObjectsAsSendersAreHarmless) {
  RawMessage message;
  message.AddHandle(HandleKind::kSender, NewEntry(kPage).name(),
                    MACH_MSG_TYPE_COPY_SEND);
  ExpectAccepted(message);
  static_cast<void>(std::get<Sender>(message_.handles().at(0))
                        .Send(BytesOf("?"), absl::InfinitePast()));
  ExpectGood();
}

TEST_F(HostileRightsTest, ReceiversWithAQueueOfGarbageAreTakenAndGoOn) {
  const mach_port_name_t port = NewRawPort();
  RawMessage garbage;
  garbage.id = 70;
  ASSERT_EQ(garbage.SendTo(port), MACH_MSG_SUCCESS);
  garbage.AddHandle(HandleKind::kReceiver, NewPort(), MACH_MSG_TYPE_COPY_SEND);
  ASSERT_EQ(garbage.SendTo(port), MACH_MSG_SUCCESS);
  RawMessage good;
  good.payload = BytesOf("behind it");
  ASSERT_EQ(good.SendTo(port), MACH_MSG_SUCCESS);
  RawMessage carrier;
  carrier.AddHandle(HandleKind::kReceiver, port, MACH_MSG_TYPE_MOVE_RECEIVE);
  ExpectAccepted(carrier);
  Receiver receiver = std::move(std::get<Receiver>(message_.handles().at(0)));
  Message inner;
  EXPECT_THAT(receiver.Receive(inner, Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(receiver.Receive(inner, Soon()),
              StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_OK(receiver.Receive(inner, Soon()));
  EXPECT_TRUE(std::ranges::equal(inner.payload(), BytesOf("behind it")));
  EXPECT_EQ(mach_port_deallocate(mach_task_self(), port), KERN_SUCCESS);
  EXPECT_TRUE(IsDisconnected(receiver.Receive(inner, Soon())));
}

}  // namespace
}  // namespace ipc_channel::transport::mach_backend
