#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <mach/notify.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

mach_port_t Self() { return mach_task_self(); }

struct Parcel {
  mach_msg_header_t header;
  mach_msg_body_t body;
  mach_msg_ool_descriptor_t memory;
};

struct PortsParcel {
  mach_msg_header_t header;
  mach_msg_body_t body;
  mach_msg_ool_ports_descriptor_t ports;
};

template <class P>
struct Arrived {
  P parcel;
  mach_msg_max_trailer_t trailer;
};

std::span<std::byte> NewMemory(std::size_t size, std::byte fill) {
  mach_vm_address_t address = 0;
  EXPECT_EQ(mach_vm_allocate(Self(), &address, size, VM_FLAGS_ANYWHERE),
            KERN_SUCCESS);
  auto* const bytes = reinterpret_cast<std::byte*>(address);
  std::fill_n(bytes, size, fill);
  return {bytes, size};
}

bool IsMapped(std::span<const std::byte> memory) {
  mach_vm_address_t address = reinterpret_cast<std::uintptr_t>(memory.data());
  if (mach_vm_allocate(Self(), &address, memory.size(), VM_FLAGS_FIXED) !=
      KERN_SUCCESS) {
    return true;
  }
  EXPECT_EQ(mach_vm_deallocate(Self(), address, memory.size()), KERN_SUCCESS);
  return false;
}

Parcel ParcelOf(mach_port_t to, std::span<std::byte> memory,
                mach_msg_copy_options_t copy, bool deallocate) {
  Parcel parcel = {};
  parcel.header = HeaderTo(to, 1);
  parcel.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
  parcel.header.msgh_size = sizeof(parcel);
  parcel.body.msgh_descriptor_count = 1;
  parcel.memory.address = memory.data();
  parcel.memory.size = static_cast<mach_msg_size_t>(memory.size());
  parcel.memory.copy = copy;
  parcel.memory.deallocate = deallocate ? 1 : 0;
  parcel.memory.type = MACH_MSG_OOL_DESCRIPTOR;
  return parcel;
}

template <class P>
mach_msg_return_t Send(P& parcel) {
  return mach_msg(&parcel.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
                  sizeof(parcel), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

template <class P>
P TakeParcel(mach_port_t from) {
  Arrived<P> arrived = {};
  EXPECT_EQ(mach_msg(&arrived.parcel.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                     sizeof(arrived), from, 0, MACH_PORT_NULL),
            MACH_MSG_SUCCESS);
  return arrived.parcel;
}

std::span<std::byte> MemoryOf(const Parcel& parcel) {
  return {static_cast<std::byte*>(parcel.memory.address), parcel.memory.size};
}

kern_return_t Free(std::span<std::byte> memory) {
  return mach_vm_deallocate(
      Self(), reinterpret_cast<std::uintptr_t>(memory.data()), memory.size());
}

TEST(OutOfLineTest, ACopyArrivesThatIsTheReceiversOwn) {
  const mach_port_t port = NewPortWithSend();
  const auto memory = NewMemory(100000, std::byte{0x5a});
  Parcel parcel = ParcelOf(port, memory, MACH_MSG_VIRTUAL_COPY, false);
  EXPECT_EQ(Send(parcel), MACH_MSG_SUCCESS);
  // What is written after the send is not seen.
  std::fill(memory.begin(), memory.end(), std::byte{1});
  const Parcel arrived = TakeParcel<Parcel>(port);
  const auto copy = MemoryOf(arrived);
  ASSERT_EQ(copy.size(), memory.size());
  EXPECT_NE(copy.data(), memory.data());
  EXPECT_TRUE(std::all_of(copy.begin(), copy.end(),
                          [](std::byte b) { return b == std::byte{0x5a}; }));
  copy[0] = std::byte{2};
  EXPECT_EQ(memory[0], std::byte{1});
  EXPECT_EQ(Free(copy), KERN_SUCCESS);
  EXPECT_EQ(Free(memory), KERN_SUCCESS);
}

TEST(OutOfLineTest, TheSenderGivesItAwayWithDeallocate) {
  const mach_port_t port = NewPortWithSend();
  const auto memory = NewMemory(8192, std::byte{3});
  Parcel parcel = ParcelOf(port, memory, MACH_MSG_VIRTUAL_COPY, true);
  EXPECT_EQ(Send(parcel), MACH_MSG_SUCCESS);
  EXPECT_FALSE(IsMapped(memory));
  const Parcel arrived = TakeParcel<Parcel>(port);
  EXPECT_EQ(MemoryOf(arrived)[8191], std::byte{3});
  EXPECT_EQ(Free(MemoryOf(arrived)), KERN_SUCCESS);
}

// A receiver that trusts the flag leaks what a peer has sent so.
TEST(OutOfLineTest, APhysicalCopyArrivesWithoutTheFlagThatFreesIt) {
  const mach_port_t port = NewPortWithSend();
  const auto memory = NewMemory(8192, std::byte{3});
  Parcel parcel = ParcelOf(port, memory, MACH_MSG_PHYSICAL_COPY, false);
  EXPECT_EQ(Send(parcel), MACH_MSG_SUCCESS);
  Parcel arrived = TakeParcel<Parcel>(port);
  EXPECT_EQ(arrived.memory.deallocate, 0);
  mach_msg_destroy(&arrived.header);
  EXPECT_TRUE(IsMapped(MemoryOf(arrived)));
  EXPECT_EQ(Free(MemoryOf(arrived)), KERN_SUCCESS);

  parcel = ParcelOf(port, memory, MACH_MSG_VIRTUAL_COPY, false);
  EXPECT_EQ(Send(parcel), MACH_MSG_SUCCESS);
  arrived = TakeParcel<Parcel>(port);
  EXPECT_NE(arrived.memory.deallocate, 0);
  mach_msg_destroy(&arrived.header);
  EXPECT_FALSE(IsMapped(MemoryOf(arrived)));
  EXPECT_EQ(Free(memory), KERN_SUCCESS);
}

TEST(OutOfLineTest, NothingArrivesNowhere) {
  const mach_port_t port = NewPortWithSend();
  Parcel parcel = ParcelOf(port, {}, MACH_MSG_VIRTUAL_COPY, true);
  EXPECT_EQ(Send(parcel), MACH_MSG_SUCCESS);
  const Parcel arrived = TakeParcel<Parcel>(port);
  EXPECT_EQ(MemoryOf(arrived).data(), nullptr);
  EXPECT_EQ(arrived.memory.size, 0u);
}

TEST(OutOfLineTest, MemoryThatIsNotThereIsRefused) {
  const mach_port_t port = NewPortWithSend();
  const auto memory = NewMemory(4096, std::byte{3});
  EXPECT_EQ(Free(memory), KERN_SUCCESS);
  Parcel parcel = ParcelOf(port, memory, MACH_MSG_VIRTUAL_COPY, false);
  EXPECT_EQ(Send(parcel), MACH_SEND_INVALID_MEMORY);
  EXPECT_EQ(NextId(port), -1);
}

TEST(OutOfLineTest, OtherWaysOfCopyingAreRefused) {
  const mach_port_t port = NewPortWithSend();
  const auto memory = NewMemory(4096, std::byte{3});
  Parcel parcel = ParcelOf(port, memory, MACH_MSG_ALLOCATE, true);
  EXPECT_EQ(Send(parcel), MACH_SEND_INVALID_TYPE);
  EXPECT_TRUE(IsMapped(memory));
  EXPECT_EQ(Free(memory), KERN_SUCCESS);
}

// The caller then has the copy in place of what it gave away.
TEST(OutOfLineTest, ATimedOutSendGivesACopyBack) {
  const mach_port_t port = NewPortWithSend();
  ASSERT_EQ(SetQueueLimit(port, 1), KERN_SUCCESS);
  EXPECT_EQ(Post(port, 1), MACH_MSG_SUCCESS);
  const auto memory = NewMemory(8192, std::byte{4});
  Parcel parcel = ParcelOf(port, memory, MACH_MSG_VIRTUAL_COPY, true);
  EXPECT_EQ(Send(parcel), MACH_SEND_TIMED_OUT);
  const auto back = MemoryOf(parcel);
  ASSERT_EQ(back.size(), memory.size());
  EXPECT_EQ(back[8191], std::byte{4});
  mach_msg_destroy(&parcel.header);
  EXPECT_FALSE(IsMapped(back));
}

TEST(OutOfLineTest, SeveralRegionsArriveInTheirOrder) {
  const mach_port_t port = NewPortWithSend();
  struct Several {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_ool_descriptor_t memory[3];
  } several = {};
  several.header = HeaderTo(port, 1);
  several.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
  several.body.msgh_descriptor_count = 3;
  std::vector<std::byte> sources[3];
  for (int i = 0; i < 3; ++i) {
    sources[i].assign(std::size_t{5000} * i + 1, std::byte(i + 1));
    several.memory[i].address = sources[i].data();
    several.memory[i].size = static_cast<mach_msg_size_t>(sources[i].size());
    several.memory[i].copy = MACH_MSG_VIRTUAL_COPY;
    several.memory[i].type = MACH_MSG_OOL_DESCRIPTOR;
  }
  EXPECT_EQ(Send(several), MACH_MSG_SUCCESS);
  Several arrived = TakeParcel<Several>(port);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(arrived.memory[i].size, sources[i].size());
    EXPECT_EQ(std::memcmp(arrived.memory[i].address, sources[i].data(),
                          sources[i].size()),
              0);
  }
  mach_msg_destroy(&arrived.header);
}

PortsParcel PortsParcelOf(mach_port_t to, std::vector<mach_port_t>& ports,
                          mach_msg_type_name_t disposition) {
  PortsParcel parcel = {};
  parcel.header = HeaderTo(to, 1);
  parcel.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
  parcel.header.msgh_size = sizeof(parcel);
  parcel.body.msgh_descriptor_count = 1;
  parcel.ports.address = ports.data();
  parcel.ports.count = static_cast<mach_msg_size_t>(ports.size());
  parcel.ports.copy = MACH_MSG_VIRTUAL_COPY;
  parcel.ports.disposition = disposition;
  parcel.ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
  return parcel;
}

TEST(OutOfLineTest, ManyRightsCanLieOutOfLine) {
  const mach_port_t to = NewPortWithSend();
  std::vector<mach_port_t> ports = {NewPort(), MACH_PORT_NULL, NewPort()};
  PortsParcel parcel = PortsParcelOf(to, ports, MACH_MSG_TYPE_MAKE_SEND);
  EXPECT_EQ(Send(parcel), MACH_MSG_SUCCESS);
  PortsParcel arrived = TakeParcel<PortsParcel>(to);
  ASSERT_EQ(arrived.ports.count, 3u);
  EXPECT_EQ(arrived.ports.disposition,
            mach_msg_type_name_t{MACH_MSG_TYPE_PORT_SEND});
  EXPECT_EQ(std::memcmp(arrived.ports.address, ports.data(), 12), 0);
  EXPECT_EQ(TypeOf(ports[0]), MACH_PORT_TYPE_SEND_RECEIVE);
  mach_msg_destroy(&arrived.header);
  EXPECT_EQ(TypeOf(ports[0]), MACH_PORT_TYPE_RECEIVE);
  EXPECT_EQ(TypeOf(ports[2]), MACH_PORT_TYPE_RECEIVE);
}

TEST(OutOfLineTest, RightsOutOfLineAreReleasedWithTheirMessage) {
  const mach_port_t to = NewPortWithSend();
  std::vector<mach_port_t> ports = {NewPortWithSend()};
  PortsParcel parcel = PortsParcelOf(to, ports, MACH_MSG_TYPE_MOVE_RECEIVE);
  EXPECT_EQ(Send(parcel), MACH_MSG_SUCCESS);
  EXPECT_EQ(DropReceive(to), KERN_SUCCESS);
  EXPECT_EQ(TypeOf(ports[0]), MACH_PORT_TYPE_DEAD_NAME);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
