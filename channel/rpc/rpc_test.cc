#include "ipc_channel/channel/rpc/rpc.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/rpc/rpc_testing.h"

namespace ipc_channel::rpc {
namespace {
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
TEST(RpcTest, Smoke) {
  auto [client, server] = MakePair<int, int>();
  auto call = client.Start(1, BySoon());
  ASSERT_OK(call);
  auto in = server.NextUntil(Soon());
  ASSERT_OK(in);
  EXPECT_EQ(in->request(), 1);
  ASSERT_OK(in->Respond(2));
  EXPECT_THAT(call->Get(), IsOkAndHolds(2));
}
}  // namespace
}  // namespace ipc_channel::rpc
