#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"

namespace ipc_channel_testing {

INSTANTIATE_TEST_SUITE_P(Inprocess, TransportContractTest,
                         ::testing::Values(TransportBackEnd{
                             "Inprocess",
                             ipc_channel::transport::CreateInprocessChannel}),
                         TransportBackEnd::Name);

}  // namespace ipc_channel_testing
