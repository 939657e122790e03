#include <cstdint>

#include "gtest/gtest.h"
#include "ipc_channel/testing/model/model_runs.h"
#include "ipc_channel/transport/inprocess/inprocess_channel.h"
#include "ipc_channel/transport/limits.h"

namespace ipc_channel_testing {
namespace {

namespace transport = ::ipc_channel::transport;

TEST(InprocessModelTest, DoesWhatTheModelDoes) {
  const ModelSubject subject = {
      .create = transport::CreateInprocessChannel,
      .default_capacity = transport::kInprocessCapacity,
  };
  RunModel([&](std::uint64_t) -> const ModelSubject& { return subject; });
}

}  // namespace
}  // namespace ipc_channel_testing
