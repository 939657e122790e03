// The abstract socket name of a one-shot server.

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/bootstrap/internal/unix_address.h"
#include "ipc_channel/ipc_channel.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::Soon;

TEST(OneShotNameTest, IsFreeOnceItsServerIsKilled) {
  auto names = Channel<std::string>();
  ASSERT_THAT(names, IsOk());
  absl::StatusOr<ChildProcess> child =
      ChildProcess::Fork([sender = names->sender] {
        absl::StatusOr<OneShotServer<int>> server =
            OneShotServer<int>::Create();
        if (!server.ok() || !sender.Send(server->name()).ok()) return 1;
        ::pause();
        return 2;
      });
  ASSERT_THAT(child, IsOk());
  auto name = names->receiver.RecvUntil(Soon());
  ASSERT_THAT(name, IsOk());
  EXPECT_THAT(Connect<int>(*name), IsOk());
  ASSERT_THAT(child->Kill(SIGKILL), IsOk());
  ASSERT_THAT(child->Wait(Soon()), IsOk());
  EXPECT_TRUE(IsDisconnected(Connect<int>(*name).status()));
  auto address = internal::UnixAddress::FromName(*name);
  ASSERT_THAT(address, IsOk());
  const transport::UniqueFd socket(
      ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::bind(socket.get(), address->address(), address->size()), 0)
      << "the name is free again";
}

}  // namespace
}  // namespace ipc_channel
