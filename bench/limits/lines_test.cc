#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/bench/limits/eventfd_line.h"
#include "ipc_channel/bench/limits/futex_line.h"
#include "ipc_channel/bench/limits/pipe_line.h"
#include "ipc_channel/bench/limits/ring_line.h"
#include "ipc_channel/bench/limits/socket_line.h"
#include "ipc_channel/bench/placement.h"

namespace ipc_channel_bench {
namespace {

using Bytes = std::vector<std::byte>;

template <class Line>
constexpr bool kHasMailbox =
    std::is_same_v<Line, EventfdLine> || std::is_same_v<Line, FutexLine>;

template <class Line>
std::vector<std::size_t> Sizes() {
  if (kHasMailbox<Line>) return {1, 8, 64, 8};
  return {1, 8, 4096, 150'000, 8};
}

Bytes Numbered(std::size_t size, std::size_t first) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::byte>((first + i) % 251);
  }
  return bytes;
}

// Sends back each payload reversed; the number of payloads.
template <class Line>
int Reverse(Line& line) {
  line.Choose(Side::kChild);
  int count = 0;
  for (const std::size_t size : Sizes<Line>()) {
    Bytes bytes(size);
    if (!line.Receive(bytes)) return count;
    std::ranges::reverse(bytes);
    line.Send(bytes);
    ++count;
  }
  std::byte more;
  return line.Receive({&more, 1}) ? -1 : count;
}

template <class Line>
class LinesTest : public ::testing::Test {};

using AllLines = ::testing::Types<PacketLine, StreamLine, PipeLine, EventfdLine,
                                  FutexLine, RingLine>;
TYPED_TEST_SUITE(LinesTest, AllLines);

TYPED_TEST(LinesTest, CarryPayloadsBothWaysAndEnd) {
  TypeParam line;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(Reverse(line));
  line.Choose(Side::kParent);
  int expected = 0;
  for (const std::size_t size : Sizes<TypeParam>()) {
    const Bytes sent = Numbered(size, size);
    line.Send(sent);
    Bytes received(size);
    EXPECT_TRUE(line.Receive(received));
    std::ranges::reverse(received);
    EXPECT_EQ(received, sent) << size;
    ++expected;
  }
  line.Close();
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), expected);
}

}  // namespace
}  // namespace ipc_channel_bench
