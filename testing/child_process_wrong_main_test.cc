#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel_testing {
namespace {

IPC_CHANNEL_CHILD_MAIN(NeverRuns) { return 0; }

TEST(ChildProcessWrongMainTest, ExecRefusesToRunTheTestsAgain) {
  EXPECT_THAT(ChildProcess::Exec("NeverRuns"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       ::testing::HasSubstr("//testing:child_main")));
}

}  // namespace
}  // namespace ipc_channel_testing
