#include "ipc_channel/testing/model/model_runs.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/contract/transport_helpers.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/fuzz/fuzz_input.h"

namespace ipc_channel_testing {
namespace {

// Few operations use as many.
constexpr std::size_t kBytesForOperation = 16;

std::uint64_t NumberFrom(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  if (text == nullptr) return otherwise;
  const std::string_view digits = text;
  std::from_chars(digits.data(), digits.data() + digits.size(), otherwise);
  return otherwise;
}

::testing::AssertionResult RunSeed(const ModelSubject& subject,
                                   std::uint64_t seed, std::size_t operations) {
  const std::vector<std::byte> bytes =
      Pattern(operations * kBytesForOperation, seed);
  const FdLeakCheck before;
  const absl::Status status = ModelDriver(subject).Run(
      FuzzInput(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                bytes.size()),
      operations);
  if (!status.ok()) {
    return ::testing::AssertionFailure()
           << std::string(status.message())
           << "\nagain: IPC_CHANNEL_MODEL_SEED=" << seed
           << " IPC_CHANNEL_MODEL_OPERATIONS=" << operations;
  }
  return before.NoLeak() << " IPC_CHANNEL_MODEL_SEED=" << seed;
}

}  // namespace

void RunModel(
    const std::function<const ModelSubject&(std::uint64_t seed)>& subject_of) {
  const std::uint64_t first = NumberFrom("IPC_CHANNEL_MODEL_SEED", 1);
  const std::uint64_t count =
      NumberFrom("IPC_CHANNEL_MODEL_SEEDS",
                 std::getenv("IPC_CHANNEL_MODEL_SEED") == nullptr ? 150 : 1);
  const std::uint64_t operations =
      NumberFrom("IPC_CHANNEL_MODEL_OPERATIONS", 300);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    ASSERT_TRUE(RunSeed(subject_of(seed), seed, operations));
  }
}

}  // namespace ipc_channel_testing
