#ifndef IPC_CHANNEL_TESTING_FD_LEAK_CHECK_H_
#define IPC_CHANNEL_TESTING_FD_LEAK_CHECK_H_

#include "ipc_channel/platforms/cxx20.h"

// Compares the descriptors open in this process before and after:
//
//   FdLeakCheck check;
//   ... open, use and close things ...
//   EXPECT_TRUE(check.NoLeak());
//
// or, for a whole scope or as a member of a fixture:
//
//   ExpectNoFdLeak no_leak;
//
// The whole process is looked at: other threads must be quiet at both moments.

#include "gtest/gtest.h"
#include "ipc_channel/testing/internal/open_descriptors.h"

namespace ipc_channel_testing {

// Thread-compatible.
class FdLeakCheck {
 public:
  // Remembers what is open now.
  FdLeakCheck();

  // Success if exactly the same descriptors are open as at construction. A
  // failure names those that were left open, those that were closed though
  // they were open before (someone else's, closed by mistake), and those
  // numbers that lead to another object now, each with what it points at.
  // May be called any number of times.
  ::testing::AssertionResult NoLeak() const;

 private:
  internal::OpenDescriptors before_;
};

// An FdLeakCheck that adds a test failure at the end of its scope. Declare it
// before what it is to check, so that it is destroyed after.
class [[nodiscard]] ExpectNoFdLeak {
 public:
  ExpectNoFdLeak() = default;
  ExpectNoFdLeak(const ExpectNoFdLeak&) = delete;
  ExpectNoFdLeak& operator=(const ExpectNoFdLeak&) = delete;
  ~ExpectNoFdLeak();

 private:
  FdLeakCheck check_;
};

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_FD_LEAK_CHECK_H_
