// Without faults the fault injector does not show.

#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/testing/fault_injection.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel_testing {

absl::StatusOr<ipc_channel::transport::ChannelPair> CreateWrappedChannel(
    const ipc_channel::transport::ChannelOptions& options) {
  absl::StatusOr<ipc_channel::transport::ChannelPair> pair =
      ipc_channel::transport::CreateUnixChannel(options);
  if (!pair.ok()) return pair;
  return FaultInjector(FaultPlan()).Wrap(*std::move(pair));
}

INSTANTIATE_TEST_SUITE_P(FaultInjector, TransportContractTest,
                         ::testing::Values(TransportBackEnd{
                             "WrappedUnix", CreateWrappedChannel}),
                         TransportBackEnd::Name);

}  // namespace ipc_channel_testing
