#ifndef IPC_CHANNEL_TRANSPORT_UNIX_DEATH_STEPPING_FIXTURE_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_DEATH_STEPPING_FIXTURE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/shared_page.h"
#include "ipc_channel/testing/syscall_stepper.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/sender.h"
#include "ipc_channel/transport/unix/death/cargo.h"

namespace ipc_channel::transport::unix_backend {

// A test in which a child makes every system call, or every other, its last.
// Skipped where children cannot be stepped. Expects that this process keeps
// neither descriptors nor mapped memory objects.
class SteppingTest : public ::testing::TestWithParam<CargoSpec> {
  ipc_channel_testing::ExpectNoFdLeak no_leak_;

 protected:
  // What the child says right after each thing that it did.
  struct Progress {
    std::atomic<int> done = 0;
  };

  SteppingTest();
  void SetUp() override;
  void TearDown() override;

  // Calls `round`, which steps a child by StepTo(), until it was killed at
  // every stop there is, once each, or a test has failed. Of many equal calls
  // in a row (the closing of many descriptors) the first and the last are
  // tried. In the first two rounds nobody is killed.
  void AtEveryStop(absl::FunctionRef<void()> round);

  // What to do at a stop, for StepThrough().
  ipc_channel_testing::Step StepTo(
      const ipc_channel_testing::SyscallStop& stop);
  // Whether that is to be the last one.
  bool IsLast(const ipc_channel_testing::SyscallStop& stop) const {
    return stop.number == last_stop_;
  }

  // Whether a child was killed. Otherwise it must have ended well.
  bool WasKilled(const absl::StatusOr<ipc_channel_testing::ExitResult>& end);

  // Sends the cargo and then the text "after it", from where it can be sent so.
  static void Queue(Cargo& cargo, const Sender& sender);

  // A channel that has nothing to do with it all.
  ChannelPair bystander_;
  ipc_channel_testing::SharedPage<Progress> progress_;

 private:
  bool IsAmongEqualCalls(std::size_t stop) const;

  std::size_t mapped_before_;
  int last_stop_ = -1;
  int killed_ = 0;
  std::vector<long> calls_;  // at each stop of the first round
};

// For INSTANTIATE_TEST_SUITE_P over AllCargo().
std::string NameOfCargo(const ::testing::TestParamInfo<CargoSpec>& info);

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_DEATH_STEPPING_FIXTURE_H_
