#include "ipc_channel/testing/contract/transport_contract.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/status/statusor.h"

namespace ipc_channel_testing {

ipc_channel::transport::ChannelPair TransportContractTest::NewChannel(
    const ipc_channel::transport::ChannelOptions& options) const {
  absl::StatusOr<ipc_channel::transport::ChannelPair> pair =
      GetParam().create(options);
  if (!pair.ok()) {
    std::fprintf(stderr, "no channel: %s\n", pair.status().ToString().c_str());
    std::abort();
  }
  return *std::move(pair);
}

}  // namespace ipc_channel_testing
