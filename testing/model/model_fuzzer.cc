// Sequences of operations on channels, compared with the model.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/fuzz/fuzz_input.h"
#include "ipc_channel/testing/fuzz/fuzz_target.h"
#include "ipc_channel/testing/fuzz/require.h"
#include "ipc_channel/testing/model/model_driver.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/limits.h"
#include "ipc_channel/transport/unix/unix_channel.h"

namespace ipc_channel_testing {
namespace {

namespace transport = ::ipc_channel::transport;

constexpr std::size_t kMostOperations = 400;

void Check(FuzzInput input) {
  static const ModelSubject over_sockets = {.create =
                                                transport::CreateUnixChannel};
  static const ModelSubject in_process = {
      .create = transport::CreateInprocessChannel,
      .default_capacity = transport::kInprocessCapacity};
  const ModelSubject& subject = input.Below(2) == 0 ? over_sockets : in_process;
  const FdLeakCheck before;
  const absl::Status status = ModelDriver(subject).Run(input, kMostOperations);
  IPC_CHANNEL_REQUIRE_OR_SAY(status.ok(), std::string(status.message()));
  const auto no_leak = before.NoLeak();
  IPC_CHANNEL_REQUIRE_OR_SAY(no_leak, no_leak.message());
}

}  // namespace
}  // namespace ipc_channel_testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  ipc_channel_testing::Check({data, size});
  return 0;
}
