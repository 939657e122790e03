#ifndef IPC_CHANNEL_TESTING_PORT_LEAK_CHECK_H_
#define IPC_CHANNEL_TESTING_PORT_LEAK_CHECK_H_

#include "ipc_channel/platforms/cxx20.h"

// Compares the port rights of this process before and after, as
// fd_leak_check.h does with descriptors. Where there is Mach.

#include <map>

#include "gtest/gtest.h"

namespace ipc_channel_testing {

// Thread-compatible.
class PortLeakCheck {
 public:
  // Remembers what is here now.
  PortLeakCheck();

  // Success if there are exactly as many rights of each kind as at
  // construction, references counted one by one. Names do not matter: a right
  // that was sent and given back can have another one. May be called any number
  // of times.
  ::testing::AssertionResult NoLeak() const;

 private:
  // How many references there are to rights of each kind (MACH_PORT_RIGHT_...).
  using Rights = std::map<unsigned, unsigned>;
  static Rights Count();

  Rights before_;
};

// A PortLeakCheck that adds a test failure at the end of its scope. Declare it
// before what it is to check, so that it is destroyed after.
class [[nodiscard]] ExpectNoPortLeak {
 public:
  ExpectNoPortLeak() = default;
  ExpectNoPortLeak(const ExpectNoPortLeak&) = delete;
  ExpectNoPortLeak& operator=(const ExpectNoPortLeak&) = delete;
  ~ExpectNoPortLeak();

 private:
  PortLeakCheck check_;
};

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_PORT_LEAK_CHECK_H_
