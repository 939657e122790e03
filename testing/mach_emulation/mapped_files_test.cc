#include <fcntl.h>
#include <mach/mach.h>
#include <mach/mach_vm.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "gtest/gtest.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

constexpr mach_vm_size_t kSize = 65536;

mach_port_t Self() { return mach_task_self(); }

// A file of kSize bytes, and a mapping of it.
class MappedFile {
 public:
  explicit MappedFile(int access = O_RDWR) {
    const int made = mkstemp(path_.data());
    EXPECT_GE(made, 0);
    EXPECT_EQ(ftruncate(made, kSize), 0);
    EXPECT_EQ(close(made), 0);
    fd_ = open(path_.c_str(), access);
    EXPECT_GE(fd_, 0);
    const int protection =
        access == O_RDWR ? PROT_READ | PROT_WRITE : PROT_READ;
    mapped_ = mmap(nullptr, kSize, protection, MAP_SHARED, fd_, 0);
    EXPECT_NE(mapped_, MAP_FAILED);
  }
  ~MappedFile() {
    munmap(mapped_, kSize);
    close(fd_);
    unlink(path_.c_str());
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  mach_vm_address_t address() const {
    return reinterpret_cast<std::uintptr_t>(mapped_);
  }
  void Truncate() const { EXPECT_EQ(ftruncate(fd_, 0), 0); }
  int ReadAt(off_t offset) const {
    int value = -1;
    EXPECT_EQ(pread(fd_, &value, sizeof(value), offset), ssize_t{4});
    return value;
  }

 private:
  std::string path_ = ::testing::TempDir() + "/mapped_file_XXXXXX";
  int fd_ = -1;
  void* mapped_ = nullptr;
};

volatile int& At(mach_vm_address_t address) {
  return *reinterpret_cast<volatile int*>(address);
}

mach_vm_address_t NewMemory() {
  mach_vm_address_t address = 0;
  EXPECT_EQ(mach_vm_allocate(Self(), &address, kSize, VM_FLAGS_ANYWHERE),
            KERN_SUCCESS);
  return address;
}

kern_return_t MakeEntry(mach_vm_address_t address, vm_prot_t permission,
                        mach_port_t* entry, memory_object_size_t size = kSize) {
  return mach_make_memory_entry_64(Self(), &size, address, permission, entry,
                                   MACH_PORT_NULL);
}

mach_vm_address_t Map(mach_port_t entry, bool copy = false,
                      vm_prot_t protection = VM_PROT_DEFAULT,
                      mach_vm_size_t size = kSize) {
  mach_vm_address_t address = 0;
  EXPECT_EQ(mach_vm_map(Self(), &address, size, 0, VM_FLAGS_ANYWHERE, entry, 0,
                        copy, protection, protection, VM_INHERIT_NONE),
            KERN_SUCCESS);
  return address;
}

kern_return_t LookAt(mach_vm_address_t* address, mach_vm_size_t* size,
                     vm_region_submap_info_data_64_t* info) {
  constexpr natural_t kDeepest = 1024;
  natural_t depth = kDeepest;
  mach_msg_type_number_t count = VM_REGION_SUBMAP_INFO_COUNT_64;
  return mach_vm_region_recurse(
      Self(), address, size, &depth,
      reinterpret_cast<vm_region_recurse_info_t>(info), &count);
}

// Whether the memory there is, or comes from, something else than memory.
bool HasPager(mach_vm_address_t at) {
  mach_vm_address_t start = at;
  mach_vm_size_t size = 0;
  vm_region_submap_info_data_64_t info = {};
  EXPECT_EQ(LookAt(&start, &size, &info), KERN_SUCCESS);
  EXPECT_LE(start, at);
  EXPECT_GT(start + size, at);
  return info.external_pager != 0;
}

kern_return_t Read(mach_vm_address_t from, int* to) {
  mach_vm_size_t copied = 0;
  const kern_return_t result = mach_vm_read_overwrite(
      Self(), from, sizeof(*to), reinterpret_cast<std::uintptr_t>(to), &copied);
  EXPECT_EQ(copied, result == KERN_SUCCESS ? sizeof(*to) : 0u);
  return result;
}

TEST(MappedFilesTest, OnlyAFileHasAPager) {
  const MappedFile file;
  EXPECT_TRUE(HasPager(file.address()));
  const mach_vm_address_t memory = NewMemory();
  At(memory) = 1;
  EXPECT_FALSE(HasPager(memory));
  mach_port_t entry;
  ASSERT_EQ(MakeEntry(memory, VM_PROT_DEFAULT, &entry), KERN_SUCCESS);
  EXPECT_FALSE(HasPager(memory));
  EXPECT_FALSE(HasPager(Map(entry)));
  EXPECT_FALSE(HasPager(Map(entry, true)));
  mach_port_t made;
  ASSERT_EQ(MakeEntry(0, MAP_MEM_NAMED_CREATE | VM_PROT_DEFAULT, &made),
            KERN_SUCCESS);
  EXPECT_FALSE(HasPager(Map(made)));
  void* const shared = mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANON, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  EXPECT_FALSE(HasPager(reinterpret_cast<std::uintptr_t>(shared)));
}

TEST(MappedFilesTest, ARegionTellsWhatMayBeDoneThere) {
  const MappedFile file(O_RDONLY);
  mach_vm_address_t start = file.address();
  mach_vm_size_t size = 0;
  vm_region_submap_info_data_64_t info = {};
  ASSERT_EQ(LookAt(&start, &size, &info), KERN_SUCCESS);
  EXPECT_EQ(info.protection, VM_PROT_READ);
}

TEST(MappedFilesTest, WhereNothingIsTheNextRegionIsTold) {
  const mach_vm_address_t memory = NewMemory();
  ASSERT_EQ(mach_vm_deallocate(Self(), memory, kSize / 2), KERN_SUCCESS);
  mach_vm_address_t start = memory;
  mach_vm_size_t size = 0;
  vm_region_submap_info_data_64_t info = {};
  ASSERT_EQ(LookAt(&start, &size, &info), KERN_SUCCESS);
  EXPECT_EQ(start, memory + kSize / 2);
}

TEST(MappedFilesTest, AnEntryOfAFileIsThatFile) {
  const MappedFile file;
  mach_port_t entry;
  ASSERT_EQ(MakeEntry(file.address(), VM_PROT_DEFAULT, &entry), KERN_SUCCESS);
  const mach_vm_address_t mapped = Map(entry);
  EXPECT_TRUE(HasPager(mapped));
  At(mapped) = 7;
  EXPECT_EQ(At(file.address()), 7);
  EXPECT_EQ(file.ReadAt(0), 7);
}

TEST(MappedFilesTest, AnEntryOfPartOfAFileBeginsThere) {
  const MappedFile file;
  At(file.address() + kSize / 2) = 3;
  mach_port_t entry;
  ASSERT_EQ(
      MakeEntry(file.address() + kSize / 2, VM_PROT_DEFAULT, &entry, kSize / 2),
      KERN_SUCCESS);
  const mach_vm_address_t mapped =
      Map(entry, false, VM_PROT_DEFAULT, kSize / 2);
  EXPECT_EQ(At(mapped), 3);
  At(mapped) = 4;
  EXPECT_EQ(file.ReadAt(kSize / 2), 4);
}

TEST(MappedFilesTest, AFileThatIsCutOffIsGoneForWhoMappedItsEntry) {
  const MappedFile file;
  mach_port_t entry;
  ASSERT_EQ(MakeEntry(file.address(), VM_PROT_DEFAULT, &entry), KERN_SUCCESS);
  const mach_vm_address_t mapped = Map(entry);
  int value = -1;
  ASSERT_EQ(Read(mapped, &value), KERN_SUCCESS);
  EXPECT_EQ(value, 0);
  file.Truncate();
  EXPECT_NE(Read(mapped, &value), KERN_SUCCESS);
  EXPECT_NE(Read(Map(entry), &value), KERN_SUCCESS);
}

TEST(MappedFilesTest, ACopyOfAFileHasAPagerAndIsWrittenToAlone) {
  const MappedFile file;
  At(file.address()) = 1;
  mach_port_t entry;
  ASSERT_EQ(MakeEntry(file.address(), VM_PROT_DEFAULT, &entry), KERN_SUCCESS);
  const mach_vm_address_t copied = Map(entry, true);
  EXPECT_TRUE(HasPager(copied));
  EXPECT_EQ(At(copied), 1);
  At(copied) = 2;
  EXPECT_EQ(At(file.address()), 1);
  EXPECT_EQ(file.ReadAt(0), 1);
}

TEST(MappedFilesTest, AReadOnlyFileMakesNoEntryForWriting) {
  const MappedFile file(O_RDONLY);
  mach_port_t entry;
  EXPECT_EQ(MakeEntry(file.address(), VM_PROT_DEFAULT, &entry),
            KERN_PROTECTION_FAILURE);
  ASSERT_EQ(MakeEntry(file.address(), VM_PROT_READ, &entry), KERN_SUCCESS);
  EXPECT_EQ(At(Map(entry, false, VM_PROT_READ)), 0);
}

TEST(MappedFilesTest, ReadingWhatIsNotThereFails) {
  const mach_vm_address_t memory = NewMemory();
  At(memory) = 8;
  int value = -1;
  ASSERT_EQ(Read(memory, &value), KERN_SUCCESS);
  EXPECT_EQ(value, 8);
  ASSERT_EQ(mach_vm_deallocate(Self(), memory, kSize), KERN_SUCCESS);
  EXPECT_EQ(Read(memory, &value), KERN_INVALID_ADDRESS);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
