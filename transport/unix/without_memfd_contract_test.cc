// The contract of the transport where the system has no memfd_create.

#include <cerrno>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/unix/deny_syscalls.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel_testing {
namespace {

absl::StatusOr<ipc_channel::transport::ChannelPair> CreateWithoutMemfd() {
  static const bool is_denied =
      ipc_channel::transport::unix_backend::DenyMemfdAndLargeBuffers(ENOSYS);
  EXPECT_TRUE(is_denied);
  return ipc_channel::transport::CreateUnixChannel();
}

INSTANTIATE_TEST_SUITE_P(WithoutMemfd, TransportContractTest,
                         ::testing::Values(TransportBackEnd{
                             "WithoutMemfd", CreateWithoutMemfd}),
                         TransportBackEnd::Name);

}  // namespace
}  // namespace ipc_channel_testing
