#include <mach/mach.h>
#include <mach/mach_vm.h>

#include <cstddef>
#include <cstdint>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

constexpr mach_vm_size_t kSize = 65536;

mach_port_t Self() { return mach_task_self(); }

mach_vm_address_t NewMemory() {
  mach_vm_address_t address = 0;
  EXPECT_EQ(mach_vm_allocate(Self(), &address, kSize, VM_FLAGS_ANYWHERE),
            KERN_SUCCESS);
  return address;
}

volatile int& At(mach_vm_address_t address) {
  return *reinterpret_cast<volatile int*>(address);
}

mach_port_t NewEntry(mach_vm_address_t address, vm_prot_t permission) {
  memory_object_size_t size = kSize;
  mach_port_t entry = MACH_PORT_NULL;
  EXPECT_EQ(mach_make_memory_entry_64(Self(), &size, address, permission,
                                      &entry, MACH_PORT_NULL),
            KERN_SUCCESS);
  EXPECT_EQ(size, kSize);
  return entry;
}

kern_return_t Map(mach_port_t entry, vm_prot_t current, vm_prot_t maximum,
                  mach_vm_address_t* address, bool copy = false,
                  mach_vm_size_t size = kSize, std::uint64_t offset = 0) {
  *address = 0;
  return mach_vm_map(Self(), address, size, 0, VM_FLAGS_ANYWHERE, entry, offset,
                     copy, current, maximum, VM_INHERIT_NONE);
}

kern_return_t Protect(mach_vm_address_t address, vm_prot_t protection,
                      bool maximum = false) {
  return mach_vm_protect(Self(), address, kSize, maximum, protection);
}

TEST(MemoryTest, AnEntrySharesMemoryWithWhoMapsIt) {
  const mach_vm_address_t memory = NewMemory();
  At(memory) = 1;
  const mach_port_t entry = NewEntry(memory, VM_PROT_READ | VM_PROT_WRITE);
  EXPECT_EQ(TypeOf(entry), MACH_PORT_TYPE_SEND);
  mach_vm_address_t mapped;
  ASSERT_EQ(Map(entry, VM_PROT_DEFAULT, VM_PROT_DEFAULT, &mapped),
            KERN_SUCCESS);
  EXPECT_EQ(At(mapped), 1);
  At(memory) = 2;
  EXPECT_EQ(At(mapped), 2);
  At(mapped) = 3;
  EXPECT_EQ(At(memory), 3);
  EXPECT_EQ(mach_vm_deallocate(Self(), memory, kSize), KERN_SUCCESS);
  EXPECT_EQ(At(mapped), 3);
  EXPECT_EQ(mach_vm_deallocate(Self(), mapped, kSize), KERN_SUCCESS);
}

TEST(MemoryTest, AReadOnlyEntryCannotBeMappedForWriting) {
  const mach_vm_address_t memory = NewMemory();
  const mach_port_t entry = NewEntry(memory, VM_PROT_READ);
  mach_vm_address_t mapped;
  EXPECT_EQ(Map(entry, VM_PROT_DEFAULT, VM_PROT_DEFAULT, &mapped),
            KERN_INVALID_RIGHT);
  EXPECT_EQ(Map(entry, VM_PROT_READ, VM_PROT_DEFAULT, &mapped),
            KERN_INVALID_RIGHT);
  ASSERT_EQ(Map(entry, VM_PROT_READ, VM_PROT_READ, &mapped), KERN_SUCCESS);
  EXPECT_EQ(Protect(mapped, VM_PROT_DEFAULT), KERN_PROTECTION_FAILURE);
  // Its maker goes on writing to it.
  At(memory) = 5;
  EXPECT_EQ(At(mapped), 5);
}

TEST(MemoryTest, AnEntryMadeFromAReadOnlyOneIsReadOnly) {
  const mach_port_t entry = NewEntry(NewMemory(), VM_PROT_READ);
  memory_object_size_t size = kSize;
  mach_port_t child;
  EXPECT_EQ(mach_make_memory_entry_64(Self(), &size, 0, VM_PROT_DEFAULT, &child,
                                      entry),
            KERN_INVALID_RIGHT);
  EXPECT_EQ(
      mach_make_memory_entry_64(Self(), &size, 0, VM_PROT_READ, &child, entry),
      KERN_SUCCESS);
  mach_vm_address_t mapped;
  ASSERT_EQ(Map(entry, VM_PROT_READ, VM_PROT_READ, &mapped), KERN_SUCCESS);
  EXPECT_EQ(mach_make_memory_entry_64(Self(), &size, mapped, VM_PROT_DEFAULT,
                                      &child, MACH_PORT_NULL),
            KERN_PROTECTION_FAILURE);
}

TEST(MemoryTest, ACopyOfAnEntryNoLongerChanges) {
  const mach_vm_address_t memory = NewMemory();
  At(memory) = 1;
  const mach_port_t entry = NewEntry(memory, VM_PROT_DEFAULT);
  mach_vm_address_t mapped;
  ASSERT_EQ(Map(entry, VM_PROT_DEFAULT, VM_PROT_DEFAULT, &mapped, true),
            KERN_SUCCESS);
  At(memory) = 2;
  EXPECT_EQ(At(mapped), 1);
  At(mapped) = 3;
  EXPECT_EQ(At(memory), 2);
}

TEST(MemoryTest, MoreThanAnEntryHasCannotBeMapped) {
  const mach_port_t entry = NewEntry(NewMemory(), VM_PROT_DEFAULT);
  mach_vm_address_t mapped;
  EXPECT_EQ(Map(entry, VM_PROT_READ, VM_PROT_READ, &mapped, false, 2 * kSize),
            KERN_INVALID_ARGUMENT);
  EXPECT_EQ(
      Map(entry, VM_PROT_READ, VM_PROT_READ, &mapped, false, kSize, kSize / 2),
      KERN_INVALID_ARGUMENT);
  EXPECT_EQ(Map(entry, VM_PROT_READ, VM_PROT_READ, &mapped, false, kSize / 2,
                kSize / 2),
            KERN_SUCCESS);
}

TEST(MemoryTest, OnlyAnEntryCanBeMapped) {
  const mach_port_t port = NewPortWithSend();
  mach_vm_address_t mapped;
  EXPECT_EQ(Map(port, VM_PROT_READ, VM_PROT_READ, &mapped),
            KERN_INVALID_OBJECT);
}

TEST(MemoryTest, AnEntryIsRecognizedByItsKind) {
  constexpr natural_t kNamedEntry = 28;
  const mach_port_t entry = NewEntry(NewMemory(), VM_PROT_READ);
  const mach_port_t port = NewPortWithSend();
  natural_t kind;
  ASSERT_EQ(GetKind(entry, &kind), KERN_SUCCESS);
  EXPECT_EQ(kind, kNamedEntry);
  ASSERT_EQ(GetKind(port, &kind), KERN_SUCCESS);
  EXPECT_EQ(kind, 0u);
  EXPECT_EQ(GetKind(NewSet(), &kind), KERN_INVALID_RIGHT);
}

TEST(MemoryTest, AnEntryTravelsAndOutlivesItsMakersMapping) {
  const mach_port_t to = NewPortWithSend();
  const mach_vm_address_t memory = NewMemory();
  At(memory) = 9;
  const mach_port_t entry = NewEntry(memory, VM_PROT_READ);
  EXPECT_EQ(Give(to, entry, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
  EXPECT_EQ(TypeOf(entry), MACH_PORT_TYPE_NONE);
  EXPECT_EQ(mach_vm_deallocate(Self(), memory, kSize), KERN_SUCCESS);
  const mach_port_t arrived = TakeRight(to);
  mach_vm_address_t mapped;
  ASSERT_EQ(Map(arrived, VM_PROT_READ, VM_PROT_READ, &mapped), KERN_SUCCESS);
  EXPECT_EQ(At(mapped), 9);
}

TEST(MemoryTest, AnEntryCanBeMadeOfNothing) {
  memory_object_size_t size = 1;
  mach_port_t entry;
  ASSERT_EQ(mach_make_memory_entry_64(Self(), &size, 0,
                                      MAP_MEM_NAMED_CREATE | VM_PROT_DEFAULT,
                                      &entry, MACH_PORT_NULL),
            KERN_SUCCESS);
  EXPECT_GE(size, 4096u);
  mach_vm_address_t mapped;
  ASSERT_EQ(Map(entry, VM_PROT_DEFAULT, VM_PROT_DEFAULT, &mapped, false, size),
            KERN_SUCCESS);
  EXPECT_EQ(At(mapped), 0);
}

TEST(MemoryTest, MemoryThatIsNotThereMakesNoEntry) {
  const mach_vm_address_t memory = NewMemory();
  EXPECT_EQ(mach_vm_deallocate(Self(), memory, kSize), KERN_SUCCESS);
  memory_object_size_t size = kSize;
  mach_port_t entry;
  EXPECT_EQ(mach_make_memory_entry_64(Self(), &size, memory, VM_PROT_READ,
                                      &entry, MACH_PORT_NULL),
            KERN_INVALID_ADDRESS);
}

TEST(MemoryTest, AMaximumCanBeLoweredAndNotRaised) {
  const mach_vm_address_t memory = NewMemory();
  EXPECT_EQ(Protect(memory, VM_PROT_READ), KERN_SUCCESS);
  EXPECT_EQ(Protect(memory, VM_PROT_DEFAULT), KERN_SUCCESS);
  EXPECT_EQ(Protect(memory, VM_PROT_READ, true), KERN_SUCCESS);
  EXPECT_EQ(Protect(memory, VM_PROT_DEFAULT), KERN_PROTECTION_FAILURE);
  EXPECT_EQ(Protect(memory, VM_PROT_DEFAULT, true), KERN_PROTECTION_FAILURE);
}

TEST(MemoryTest, RemappingSharesOrCopies) {
  const mach_vm_address_t memory = NewMemory();
  At(memory) = 1;
  mach_vm_address_t shared = 0;
  mach_vm_address_t copied = 0;
  vm_prot_t current;
  vm_prot_t maximum;
  ASSERT_EQ(mach_vm_remap(Self(), &shared, kSize, 0, VM_FLAGS_ANYWHERE, Self(),
                          memory, FALSE, &current, &maximum, VM_INHERIT_SHARE),
            KERN_SUCCESS);
  EXPECT_EQ(current, VM_PROT_DEFAULT);
  ASSERT_EQ(mach_vm_remap(Self(), &copied, kSize, 0, VM_FLAGS_ANYWHERE, Self(),
                          memory, TRUE, &current, &maximum, VM_INHERIT_SHARE),
            KERN_SUCCESS);
  At(memory) = 2;
  EXPECT_EQ(At(shared), 2);
  EXPECT_EQ(At(copied), 1);
}

TEST(MemoryTest, AFixedPlaceMustBeFreeUnlessOverwritten) {
  const mach_vm_address_t memory = NewMemory();
  At(memory) = 1;
  mach_vm_address_t place = memory;
  EXPECT_EQ(mach_vm_allocate(Self(), &place, kSize, VM_FLAGS_FIXED),
            KERN_NO_SPACE);
  EXPECT_EQ(At(memory), 1);
  EXPECT_EQ(mach_vm_allocate(Self(), &place, kSize,
                             VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE),
            KERN_SUCCESS);
  EXPECT_EQ(place, memory);
  EXPECT_EQ(At(memory), 0);
}

TEST(MemoryTest, PartOfAMappingCanBeGivenBack) {
  const mach_vm_address_t memory = NewMemory();
  const mach_port_t entry = NewEntry(memory, VM_PROT_DEFAULT);
  EXPECT_EQ(mach_vm_deallocate(Self(), memory, kSize / 2), KERN_SUCCESS);
  // The other half is shared still.
  mach_vm_address_t mapped;
  ASSERT_EQ(Map(entry, VM_PROT_DEFAULT, VM_PROT_DEFAULT, &mapped),
            KERN_SUCCESS);
  At(memory + kSize / 2) = 4;
  EXPECT_EQ(At(mapped + kSize / 2), 4);
  memory_object_size_t size = kSize / 2;
  mach_port_t half;
  ASSERT_EQ(mach_make_memory_entry_64(Self(), &size, memory + kSize / 2,
                                      VM_PROT_DEFAULT, &half, MACH_PORT_NULL),
            KERN_SUCCESS);
  mach_vm_address_t again;
  ASSERT_EQ(Map(half, VM_PROT_DEFAULT, VM_PROT_DEFAULT, &again, false, size),
            KERN_SUCCESS);
  EXPECT_EQ(At(again), 4);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
