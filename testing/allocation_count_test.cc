#include "ipc_channel/testing/allocation_count.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace ipc_channel_testing {
namespace {

struct alignas(256) Aligned {
  char bytes[256];
};

// Compilers may leave out an allocation that nobody else can see.
const void* volatile seen_by_everybody = nullptr;

template <class Allocate>
std::uint64_t CountIn(Allocate allocate) {
  const std::uint64_t before = AllocationCount();
  const auto kept = allocate();
  seen_by_everybody = kept.get();
  const std::uint64_t after = AllocationCount();
  EXPECT_NE(kept, nullptr);
  return after - before;
}

TEST(AllocationCountTest, CountsEveryFormOfNew) {
  EXPECT_EQ(CountIn([] { return std::make_unique<int>(1); }), 1u);
  EXPECT_EQ(CountIn([] { return std::make_unique<int[]>(10); }), 1u);
  EXPECT_EQ(CountIn([] { return std::make_unique<Aligned>(); }), 1u);
  EXPECT_EQ(CountIn([] { return std::make_unique<Aligned[]>(3); }), 1u);
  EXPECT_EQ(CountIn([] {
              return std::unique_ptr<char[]>(new (std::nothrow) char[10]);
            }),
            1u);
}

TEST(AllocationCountTest, BytesAreThoseThatWereAskedForInThisThread) {
  const std::uint64_t before = AllocatedBytes();
  const auto chars = std::make_unique<char[]>(1000);
  seen_by_everybody = chars.get();
  const auto aligned = std::make_unique<Aligned[]>(3);
  seen_by_everybody = aligned.get();
  EXPECT_EQ(AllocatedBytes() - before, 1000 + 3 * sizeof(Aligned));
  std::uint64_t in_a_new_thread = 1;
  std::thread([&] { in_a_new_thread = AllocatedBytes(); }).join();
  EXPECT_LT(in_a_new_thread, 1000u);
}

TEST(AllocationCountTest, AlignedMemoryIsAligned) {
  const auto memory = std::make_unique<Aligned>();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.get()) % alignof(Aligned),
            0u);
}

TEST(AllocationCountTest, NothingCountsAsNothing) {
  std::vector<int> values;
  values.reserve(10);
  const std::uint64_t before = AllocationCount();
  for (int i = 0; i < 10; ++i) values.push_back(i);
  EXPECT_EQ(AllocationCount(), before);
}

std::unique_ptr<char[]> TryToAllocate() {
  std::unique_ptr<char[]> memory(new (std::nothrow) char[10]);
  seen_by_everybody = memory.get();
  return memory;
}

TEST(ScopedAllocationFailureTest, FailsOnceOrFromThenOn) {
  for (const bool once : {true, false}) {
    bool succeeded[4];
    bool has_happened[4];
    {
      const ScopedAllocationFailure failure(
          2, once ? ScopedAllocationFailure::How::kOnce
                  : ScopedAllocationFailure::How::kFromThenOn);
      for (int i = 0; i < 4; ++i) {
        succeeded[i] = TryToAllocate() != nullptr;
        has_happened[i] = failure.happened();
      }
    }
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(succeeded[i], i < 2 || (once && i == 3)) << i;
      EXPECT_EQ(has_happened[i], i >= 2) << i;
    }
    EXPECT_NE(TryToAllocate(), nullptr);
  }
}

TEST(ScopedAllocationFailureTest, ThrowsWhereThatIsTheForm) {
  bool thrown = false;
  {
    const ScopedAllocationFailure failure(0,
                                          ScopedAllocationFailure::How::kOnce);
    try {
      const auto memory = std::make_unique<int>(1);
      seen_by_everybody = memory.get();
    } catch (const std::bad_alloc&) {
      thrown = true;
    }
  }
  EXPECT_TRUE(thrown);
}

}  // namespace
}  // namespace ipc_channel_testing
