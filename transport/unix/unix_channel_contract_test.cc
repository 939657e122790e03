#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel_testing {

INSTANTIATE_TEST_SUITE_P(Unix, TransportContractTest,
                         ::testing::Values(TransportBackEnd{
                             "Unix",
                             ipc_channel::transport::CreateUnixChannel}),
                         TransportBackEnd::Name);

}  // namespace ipc_channel_testing
