#ifndef IPC_CHANNEL_TESTING_CONTRACT_TRANSPORT_CONTRACT_H_
#define IPC_CHANNEL_TESTING_CONTRACT_TRANSPORT_CONTRACT_H_

#include "ipc_channel/platforms/cxx20.h"

// What every back end of the transport owes its users, as tests. A back end
// instantiates them in a test of its own, which links this library:
//
//   INSTANTIATE_TEST_SUITE_P(
//       MyBackEnd, TransportContractTest,
//       ::testing::Values(TransportBackEnd{"MyBackEnd", CreateMyChannel}),
//       TransportBackEnd::Name);

#include <functional>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/channel_pair.h"

namespace ipc_channel_testing {

struct TransportBackEnd {
  using Create =
      std::function<absl::StatusOr<ipc_channel::transport::ChannelPair>(
          const ipc_channel::transport::ChannelOptions&)>;

  // The name that test reports show.
  static std::string Name(
      const ::testing::TestParamInfo<TransportBackEnd>& info) {
    return info.param.name;
  }

  std::string name;
  // Makes a new channel, as CreateChannel() does. Called any number of times.
  Create create;
  // Whether a channel is full because of the size of what is queued, too.
  bool counts_bytes = true;
};

// The default printer would show the bytes of the function.
inline void PrintTo(const TransportBackEnd& back_end, std::ostream* os) {
  *os << back_end.name;
}

// Every test also checks that no descriptor is left open.
class TransportContractTest
    : public ::testing::TestWithParam<TransportBackEnd> {
 protected:
  // A new channel. Aborts the program without one: no test can go on.
  ipc_channel::transport::ChannelPair NewChannel(
      const ipc_channel::transport::ChannelOptions& options = {}) const;

 private:
  ExpectNoFdLeak no_leak_;
};

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_CONTRACT_TRANSPORT_CONTRACT_H_
