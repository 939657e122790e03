#include "ipc_channel/transport/unix/sealed_region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/region.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport::unix_backend {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::NewPipe;
using ::ipc_channel_testing::Pipe;
using ::ipc_channel_testing::StatusIs;
using ::ipc_channel_testing::Text;

constexpr int kAllSeals =
    F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
constexpr int kSizeSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
constexpr int kReadOnlySeals = kSizeSeals | F_SEAL_FUTURE_WRITE;
constexpr std::size_t kSize = 10'000;

// Refused objects must be closed, too.
class SealedRegionTest : public ::testing::Test {
 protected:
  // An object of kSize written bytes.
  static UniqueFd Written(unsigned flags = MFD_ALLOW_SEALING) {
    UniqueFd object(::memfd_create("test", flags | MFD_CLOEXEC));
    const std::string text(kSize, 'x');
    EXPECT_EQ(::pwrite(object.get(), text.data(), text.size(), 0),
              static_cast<ssize_t>(kSize));
    return object;
  }

  static UniqueFd Sealed(UniqueFd object, int seals) {
    EXPECT_EQ(::fcntl(object.get(), F_ADD_SEALS, seals), 0);
    return object;
  }

  // What an object of any kind must not be.
  static void ExpectRefusedForAll(const UniqueFd& object,
                                  std::size_t size = kSize) {
    const auto copy = [&object] {
      return UniqueFd(::fcntl(object.get(), F_DUPFD_CLOEXEC, 0));
    };
    const auto malformed = StatusIs(absl::StatusCode::kDataLoss);
    EXPECT_THAT(MapSealedRegion(copy(), size), malformed);
    EXPECT_THAT(MapMutableRegion(copy(), size), malformed);
    EXPECT_THAT(MapReadOnlyRegion(copy(), size), malformed);
  }

  static void ExpectMalformed(UniqueFd object, std::size_t size = kSize) {
    ASSERT_TRUE(object.valid());
    EXPECT_THAT(MapSealedRegion(std::move(object), size),
                StatusIs(absl::StatusCode::kDataLoss));
  }

 private:
  ExpectNoFdLeak no_leak_;
};

TEST_F(SealedRegionTest, SealedObjectIsMapped) {
  ASSERT_OK_AND_ASSIGN(const RegionPtr region,
                       MapSealedRegion(Sealed(Written(), kAllSeals), kSize));
  EXPECT_EQ(Text(region->bytes()), std::string(kSize, 'x'));
  EXPECT_TRUE(region->descriptor().valid());
}

TEST_F(SealedRegionTest, MoreSealsThanNeededDoNoHarm) {
  EXPECT_OK(MapSealedRegion(Sealed(Written(), kAllSeals | F_SEAL_FUTURE_WRITE),
                            kSize));
}

TEST_F(SealedRegionTest, UnsealedObjectIsRefused) {
  ExpectMalformed(Written());
  ExpectMalformed(Written(/*flags=*/0));
}

TEST_F(SealedRegionTest, EverySealIsNeeded) {
  for (const int missing :
       {F_SEAL_WRITE, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SEAL}) {
    ExpectMalformed(Sealed(Written(), kAllSeals & ~missing));
  }
  ExpectMalformed(
      Sealed(Written(), (kAllSeals & ~F_SEAL_WRITE) | F_SEAL_FUTURE_WRITE));
}

TEST_F(SealedRegionTest, OtherSizesAreRefused) {
  for (const std::size_t size :
       {std::size_t{1}, kSize - 1, kSize + 1, std::size_t{4'096},
        std::size_t{12'288}, std::size_t{1} << 40, SIZE_MAX, SIZE_MAX - 511}) {
    ExpectMalformed(Sealed(Written(), kAllSeals), size);
  }
}

TEST_F(SealedRegionTest, SparseObjectsAreRefused) {
  for (const std::size_t size : {std::size_t{1} << 20, std::size_t{1} << 40}) {
    UniqueFd object(::memfd_create("test", MFD_ALLOW_SEALING | MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(object.get(), static_cast<off_t>(size)), 0);
    ASSERT_EQ(::pwrite(object.get(), "x", 1, 0), 1);
    ExpectMalformed(Sealed(std::move(object), kAllSeals), size);
  }
}

// Blocks beyond the end count as the object's, and can be freed later.
// One object in many places of a message is looked at once.
TEST_F(SealedRegionTest, ObjectThatWasFoundWholeIsNotLookedAtAgain) {
  UniqueFd whole = Sealed(Written(), kAllSeals);
  struct stat status = {};
  ASSERT_EQ(::fstat(whole.get(), &status), 0);
  WholeObjects known;
  EXPECT_FALSE(known.Contains(status));
  EXPECT_OK(MapSealedRegion(std::move(whole), kSize, known));
  EXPECT_TRUE(known.Contains(status));

  UniqueFd sparse(::memfd_create("sparse", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(sparse.get(), 1 << 20), 0);
  sparse = Sealed(std::move(sparse), kAllSeals);
  ASSERT_EQ(::fstat(sparse.get(), &status), 0);
  const auto map = [&] {
    return MapSealedRegion(UniqueFd(::dup(sparse.get())), 1 << 20, known);
  };
  EXPECT_THAT(map(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_FALSE(known.Contains(status));
  known.Add(status);
  EXPECT_OK(map());
}

TEST_F(SealedRegionTest, MemoryBeyondTheEndIsNoMemory) {
  constexpr std::size_t kBytes = std::size_t{1} << 20;
  for (const int seals : {kAllSeals, kReadOnlySeals}) {
    UniqueFd object(::memfd_create("test", MFD_ALLOW_SEALING | MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(object.get(), kBytes), 0);
    ASSERT_EQ(::fallocate(object.get(), FALLOC_FL_KEEP_SIZE, kBytes, kBytes),
              0);
    const UniqueFd makers(::fcntl(object.get(), F_DUPFD_CLOEXEC, 0));
    UniqueFd sealed = Sealed(std::move(object), seals);
    absl::StatusOr<RegionPtr> region =
        seals == kAllSeals ? MapSealedRegion(std::move(sealed), kBytes)
                           : MapReadOnlyRegion(std::move(sealed), kBytes);
    // A kernel that does not count pages has them fetched instead.
    if (!region.ok()) {
      EXPECT_THAT(region, StatusIs(absl::StatusCode::kDataLoss));
      continue;
    }
    ASSERT_EQ(::ftruncate(makers.get(), kBytes), 0);
    struct stat status = {};
    ASSERT_EQ(::fstat(makers.get(), &status), 0);
    EXPECT_GE(static_cast<std::size_t>(status.st_blocks) * 512, kBytes);
  }
}

TEST_F(SealedRegionTest, WhatIsNoMemoryObjectIsRefused) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{4'096}}) {
    Pipe pipe = NewPipe();
    ExpectMalformed(std::move(pipe.read_end), size);
    ExpectMalformed(std::move(pipe.write_end), size);
    ExpectMalformed(UniqueFd(::open("/", O_RDONLY | O_CLOEXEC)), size);
    ExpectMalformed(UniqueFd(::open("/dev/zero", O_RDWR | O_CLOEXEC)), size);
    ExpectMalformed(UniqueFd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)),
                    size);
  }
  EXPECT_THAT(MapSealedRegion(UniqueFd(), 1),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(SealedRegionTest, RegularFilesAreRefused) {
  const char* directory = std::getenv("TEST_TMPDIR");
  std::string path =
      std::string(directory == nullptr ? "/tmp" : directory) + "/file-XXXXXX";
  UniqueFd file(::mkostemp(path.data(), O_CLOEXEC));
  ASSERT_TRUE(file.valid());
  ::unlink(path.c_str());
  ASSERT_EQ(::pwrite(file.get(), "text", 4, 0), 4);
  ExpectMalformed(std::move(file), 4);
}

TEST_F(SealedRegionTest, MutableObjectIsMappedForWriting) {
  const UniqueFd object = Sealed(Written(), kSizeSeals);
  ASSERT_OK_AND_ASSIGN(
      const WritableRegionPtr region,
      MapMutableRegion(UniqueFd(::fcntl(object.get(), F_DUPFD_CLOEXEC, 0)),
                       kSize));
  EXPECT_TRUE(region->descriptor().valid());
  region->bytes().back() = std::byte{'y'};
  EXPECT_EQ(Text(region->bytes()), std::string(kSize - 1, 'x') + "y");
  char last = 0;
  EXPECT_EQ(::pread(object.get(), &last, 1, kSize - 1), 1);
  EXPECT_EQ(last, 'y');
}

TEST_F(SealedRegionTest, ReadOnlyObjectIsMappedAndShowsItsWriter) {
  const UniqueFd object = Written();
  void* writer = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED,
                        object.get(), 0);
  ASSERT_NE(writer, MAP_FAILED);
  ASSERT_EQ(::fcntl(object.get(), F_ADD_SEALS, kReadOnlySeals), 0);
  ASSERT_OK_AND_ASSIGN(
      const RegionPtr region,
      MapReadOnlyRegion(UniqueFd(::fcntl(object.get(), F_DUPFD_CLOEXEC, 0)),
                        kSize));
  static_cast<char*>(writer)[0] = 'y';
  EXPECT_EQ(Text(region->bytes()), "y" + std::string(kSize - 1, 'x'));
  ::munmap(writer, kSize);
}

// What is due for one kind is refused for the others: no holder can pass one
// off as another.
TEST_F(SealedRegionTest, KindsAreToldApartByTheirSeals) {
  const auto malformed = StatusIs(absl::StatusCode::kDataLoss);
  EXPECT_THAT(MapMutableRegion(Sealed(Written(), kAllSeals), kSize), malformed);
  EXPECT_THAT(MapMutableRegion(Sealed(Written(), kReadOnlySeals), kSize),
              malformed);
  EXPECT_THAT(MapReadOnlyRegion(Sealed(Written(), kSizeSeals), kSize),
              malformed);
  EXPECT_THAT(MapReadOnlyRegion(Sealed(Written(), kAllSeals), kSize),
              malformed);
  EXPECT_THAT(
      MapReadOnlyRegion(Sealed(Written(), kAllSeals | kReadOnlySeals), kSize),
      malformed);
  ExpectMalformed(Sealed(Written(), kSizeSeals));
  ExpectMalformed(Sealed(Written(), kReadOnlySeals));
}

TEST_F(SealedRegionTest, EverySealThatIsDueIsNeeded) {
  for (const int missing : {F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SEAL}) {
    ExpectRefusedForAll(Sealed(Written(), kSizeSeals & ~missing));
    ExpectRefusedForAll(Sealed(Written(), kReadOnlySeals & ~missing));
  }
  ExpectRefusedForAll(Written());
  ExpectRefusedForAll(Written(/*flags=*/0));
}

TEST_F(SealedRegionTest, OtherSizesAreRefusedForEveryKind) {
  for (const int seals : {kSizeSeals, kReadOnlySeals, kAllSeals}) {
    for (const std::size_t size :
         {std::size_t{1}, kSize - 1, kSize + 1, std::size_t{12'288},
          std::size_t{1} << 40, SIZE_MAX}) {
      ExpectRefusedForAll(Sealed(Written(), seals), size);
    }
  }
}

TEST_F(SealedRegionTest, SparseReadOnlyObjectIsRefused) {
  UniqueFd object(::memfd_create("test", MFD_ALLOW_SEALING | MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(object.get(), 1 << 20), 0);
  ASSERT_EQ(::pwrite(object.get(), "x", 1, 0), 1);
  EXPECT_THAT(
      MapReadOnlyRegion(Sealed(std::move(object), kReadOnlySeals), 1 << 20),
      StatusIs(absl::StatusCode::kDataLoss));
}

// Or any holder could make messages malformed that others send on.
TEST_F(SealedRegionTest, MutableObjectWithHolesIsMapped) {
  UniqueFd object = Sealed(Written(), kSizeSeals);
  ASSERT_EQ(::fallocate(object.get(),
                        FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 8'192),
            0);
  ASSERT_OK_AND_ASSIGN(const WritableRegionPtr region,
                       MapMutableRegion(std::move(object), kSize));
  EXPECT_EQ(Text(region->bytes()),
            std::string(8'192, '\0') + std::string(kSize - 8'192, 'x'));
}

// What a holder can do after the checks: the mapping is there all the same, as
// zeros.
TEST_F(SealedRegionTest, HolesPunchedUnderAMutableMappingReadAsZeros) {
  const UniqueFd object = Sealed(Written(), kSizeSeals);
  ASSERT_OK_AND_ASSIGN(
      const WritableRegionPtr region,
      MapMutableRegion(UniqueFd(::fcntl(object.get(), F_DUPFD_CLOEXEC, 0)),
                       kSize));
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(::fallocate(object.get(),
                          FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, kSize),
              0);
    EXPECT_EQ(Text(region->bytes()), std::string(kSize, '\0'));
    region->bytes()[0] = std::byte{1};
    region->bytes()[kSize - 1] = std::byte{2};
    EXPECT_EQ(region->bytes()[0], std::byte{1});
  }
}

TEST_F(SealedRegionTest, AccessModesMustSuit) {
  const auto reopened = [](const UniqueFd& object, int mode) {
    const std::string path = "/proc/self/fd/" + std::to_string(object.get());
    return UniqueFd(::open(path.c_str(), mode | O_CLOEXEC));
  };
  const auto malformed = StatusIs(absl::StatusCode::kDataLoss);
  const UniqueFd writable = Sealed(Written(), kSizeSeals);
  const UniqueFd read_only = Sealed(Written(), kReadOnlySeals);
  for (const int mode : {O_WRONLY, O_PATH}) {
    EXPECT_THAT(MapMutableRegion(reopened(writable, mode), kSize), malformed);
    EXPECT_THAT(MapReadOnlyRegion(reopened(read_only, mode), kSize), malformed);
  }
  EXPECT_THAT(MapMutableRegion(reopened(writable, O_RDONLY), kSize), malformed);
  EXPECT_OK(MapMutableRegion(reopened(writable, O_RDWR), kSize));
  EXPECT_OK(MapReadOnlyRegion(reopened(read_only, O_RDONLY), kSize));
  EXPECT_OK(MapReadOnlyRegion(reopened(read_only, O_RDWR), kSize));
}

TEST_F(SealedRegionTest, WhatIsNoMemoryObjectIsRefusedForEveryKind) {
  const Pipe pipe = NewPipe();
  ExpectRefusedForAll(pipe.read_end, 4'096);
  ExpectRefusedForAll(UniqueFd(::open("/dev/zero", O_RDWR | O_CLOEXEC)), 4'096);
  ExpectRefusedForAll(UniqueFd(::open("/", O_RDONLY | O_CLOEXEC)), 4'096);
  ExpectRefusedForAll(UniqueFd(), 4'096);
}

// Its pages could run out at a read.
TEST_F(SealedRegionTest, HugePageObjectIsRefusedForEveryKind) {
  for (const int seals : {kSizeSeals, kReadOnlySeals}) {
    UniqueFd object(
        ::memfd_create("test", MFD_HUGETLB | MFD_ALLOW_SEALING | MFD_CLOEXEC));
    if (!object.valid()) GTEST_SKIP() << "no huge pages here";
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    ASSERT_EQ(::ftruncate(object.get(), kHugePage), 0);
    ExpectRefusedForAll(Sealed(std::move(object), seals), kHugePage);
  }
}

TEST_F(SealedRegionTest, HugePageObjectIsRefused) {
  UniqueFd object(
      ::memfd_create("test", MFD_HUGETLB | MFD_ALLOW_SEALING | MFD_CLOEXEC));
  if (!object.valid()) GTEST_SKIP() << "no huge pages here";
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  ASSERT_EQ(::ftruncate(object.get(), kHugePage), 0);
  ExpectMalformed(Sealed(std::move(object), kAllSeals), kHugePage);
}

TEST_F(SealedRegionTest, DescriptorsThatMayNotReadAreRefused) {
  const UniqueFd object = Sealed(Written(), kAllSeals);
  const std::string path = "/proc/self/fd/" + std::to_string(object.get());
  ExpectMalformed(UniqueFd(::open(path.c_str(), O_WRONLY | O_CLOEXEC)));
  ExpectMalformed(UniqueFd(::open(path.c_str(), O_PATH | O_CLOEXEC)));
  EXPECT_OK(MapSealedRegion(
      UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), kSize));
}

}  // namespace
}  // namespace ipc_channel::transport::unix_backend
