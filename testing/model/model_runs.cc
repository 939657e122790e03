#include "ipc_channel/testing/model/model_runs.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/environment.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/fuzz/fuzz_input.h"

namespace ipc_channel_testing {
namespace {

// Few operations use as many.
constexpr std::size_t kBytesForOperation = 16;

::testing::AssertionResult RunSeed(const ModelSubject& subject,
                                   std::uint64_t seed, std::size_t operations) {
  const std::vector<std::byte> bytes =
      Pattern(operations * kBytesForOperation, seed);
  const FdLeakCheck before;
  const absl::Status status = ModelDriver(subject).Run(
      FuzzInput(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                bytes.size()),
      operations);
  ::testing::AssertionResult result =
      status.ok()
          ? before.NoLeak()
          : ::testing::AssertionFailure() << std::string(status.message());
  return result << "\nagain: IPC_CHANNEL_MODEL_SEED=" << seed
                << " IPC_CHANNEL_MODEL_OPERATIONS=" << operations;
}

}  // namespace

void RunModel(
    const std::function<const ModelSubject&(std::uint64_t seed)>& subject_of) {
  const std::uint64_t first =
      NumberFromEnvironment("IPC_CHANNEL_MODEL_SEED", 1);
  const std::uint64_t count = NumberFromEnvironment(
      "IPC_CHANNEL_MODEL_SEEDS",
      std::getenv("IPC_CHANNEL_MODEL_SEED") == nullptr ? 150 : 1);
  const std::uint64_t operations =
      NumberFromEnvironment("IPC_CHANNEL_MODEL_OPERATIONS", 300);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    ASSERT_TRUE(RunSeed(subject_of(seed), seed, operations));
  }
}

}  // namespace ipc_channel_testing
