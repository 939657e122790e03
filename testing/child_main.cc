// main() of tests that start themselves again as children.

#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"

int main(int argc, char** argv) {
  if (const std::optional<int> code =
          ipc_channel_testing::RunChildMain(argc, argv)) {
    return *code;
  }
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
