#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_contract.h"
#include "ipc_channel/transport/mach/mach_channel.h"

namespace ipc_channel_testing {

INSTANTIATE_TEST_SUITE_P(Mach, TransportContractTest,
                         ::testing::Values(TransportBackEnd{
                             "Mach", ipc_channel::transport::CreateMachChannel,
                             /*counts_bytes=*/false}),
                         TransportBackEnd::Name);

}  // namespace ipc_channel_testing
