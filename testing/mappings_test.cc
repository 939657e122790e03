#include "ipc_channel/testing/mappings.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

#include "gtest/gtest.h"

namespace ipc_channel_testing {
namespace {

TEST(MappingsTest, ObjectsAreCountedWhileTheyAreMapped) {
  const int object = ::memfd_create("counted", MFD_CLOEXEC);
  ASSERT_GE(object, 0);
  ASSERT_EQ(::ftruncate(object, 1), 0);
  const std::size_t all = CountMappings();
  const std::size_t objects = CountMappedObjects();
  EXPECT_GT(all, objects);
  void* address = ::mmap(nullptr, 1, PROT_READ, MAP_SHARED, object, 0);
  ASSERT_NE(address, MAP_FAILED);
  EXPECT_EQ(::close(object), 0);
  EXPECT_GT(CountMappings(), objects + 1);
  EXPECT_EQ(CountMappedObjects(), objects + 1);
  EXPECT_EQ(::munmap(address, 1), 0);
  EXPECT_EQ(CountMappedObjects(), objects);
}

}  // namespace
}  // namespace ipc_channel_testing
