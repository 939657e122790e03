// Values whose serialization sends another message, with handles, while they
// are being sent themselves.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel {

// A letter that announces itself, with a letter box, each time it is written.
struct Letter {
  Sender<std::int32_t> box;
  std::int32_t number = 0;
  const Sender<Letter>* announce_over = nullptr;  // does not travel
  const Sender<std::int32_t>* announced_box = nullptr;
};

template <>
struct serialize::SerializeTraits<Letter> {
  static constexpr std::size_t kMinWireSize = kHandleWireSize + 4;
  static constexpr bool kConsumedBySending = false;

  static constexpr void Describe(Schema& schema) {
    schema.Name("Letter");
    schema.Mention<std::int32_t>();
  }
  template <class Out>
  static void Write(Out& out, const Letter& letter) {
    if (letter.announce_over != nullptr) {
      EXPECT_OK(letter.announce_over->Send(
          Letter{.box = *letter.announced_box, .number = -letter.number}));
    }
    out.Write(letter.box);
    out.Write(letter.number);
  }
  static bool Read(Reader& in, Letter& letter) {
    return in.Read(letter.box) && in.Read(letter.number);
  }
};

namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;

TEST(NestedSendTest, BothMessagesArriveWithTheirOwnHandles) {
  const ExpectNoFdLeak no_leak;
  ASSERT_OK_AND_ASSIGN(auto letters, Channel<Letter>());
  ASSERT_OK_AND_ASSIGN(auto outer, Channel<std::int32_t>());
  ASSERT_OK_AND_ASSIGN(auto inner, Channel<std::int32_t>());
  ASSERT_OK(letters.sender.Send(Letter{.box = outer.sender,
                                       .number = 5,
                                       .announce_over = &letters.sender,
                                       .announced_box = &inner.sender}));
  letters.sender = {};
  int announcements = 0;
  while (true) {
    ASSERT_OK_AND_ASSIGN(Letter letter, letters.receiver.RecvUntil(Soon()));
    ASSERT_OK(letter.box.Send(letter.number));
    if (letter.number == 5) break;
    EXPECT_THAT(inner.receiver.RecvUntil(Soon()), IsOkAndHolds(-5));
    ++announcements;
  }
  EXPECT_GT(announcements, 0);
  EXPECT_THAT(outer.receiver.RecvUntil(Soon()), IsOkAndHolds(5));
  EXPECT_TRUE(IsDisconnected(letters.receiver.RecvUntil(Soon()).status()));
}

}  // namespace
}  // namespace ipc_channel
