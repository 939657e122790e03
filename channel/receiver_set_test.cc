// Sets of receivers of several types.

#include "ipc_channel/channel/receiver_set.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/bytes.h"
#include "ipc_channel/channel/bytes_receiver.h"
#include "ipc_channel/channel/bytes_sender.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/channel/opaque_receiver.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/testing/fault_injection.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/limits.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::FaultInjector;
using ::ipc_channel_testing::FaultPlan;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::Property;
using ::testing::SizeIs;

using Id = ReceiverSet::Id;
using Event = ReceiverSet::Event;

constexpr absl::StatusCode kDataLoss = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kTooLate = absl::StatusCode::kDeadlineExceeded;
constexpr absl::StatusCode kEmpty = absl::StatusCode::kFailedPrecondition;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

static_assert(!std::is_convertible_v<Id, int> &&
              !std::is_convertible_v<int, Id>);
static_assert(!std::is_copy_constructible_v<Event>);
static_assert(std::is_nothrow_move_constructible_v<Event>);

auto HasText(std::string_view text) { return Property(&Bytes::text, Eq(text)); }

template <class T>
ChannelEnds<T> MakeChannel() {
  absl::StatusOr<ChannelEnds<T>> ends = Channel<T>();
  EXPECT_THAT(ends, IsOk());
  return *std::move(ends);
}

// A set, a sender into it, and the name of what it sends to.
template <class T>
struct Member {
  Sender<T> sender;
  Id id;
};

template <class T>
Member<T> AddChannel(ReceiverSet& set) {
  ChannelEnds<T> ends = MakeChannel<T>();
  absl::StatusOr<Id> id = set.Add(std::move(ends.receiver));
  EXPECT_THAT(id, IsOk());
  return {std::move(ends.sender), *id};
}

// The only event that there is.
Event OnlyEvent(ReceiverSet& set) {
  absl::StatusOr<std::span<Event>> events = set.Select();
  EXPECT_THAT(events, IsOkAndHolds(SizeIs(1)));
  return std::move(events->front());
}

TEST(ReceiverSetTest, EachMessageComesWithTheIdAndTypeOfItsChannel) {
  ReceiverSet set;
  const Member<int> numbers = AddChannel<int>(set);
  const Member<std::string> texts = AddChannel<std::string>(set);
  EXPECT_NE(numbers.id, texts.id);
  EXPECT_EQ(set.size(), 2u);

  ASSERT_OK(numbers.sender.Send(7));
  Event event = OnlyEvent(set);
  EXPECT_EQ(event.id(), numbers.id);
  EXPECT_TRUE(event.Is<int>());
  EXPECT_OK(event.status());
  EXPECT_THAT(event.To<int>(), IsOkAndHolds(7));

  ASSERT_OK(texts.sender.Send("seven"));
  event = OnlyEvent(set);
  EXPECT_EQ(event.id(), texts.id);
  EXPECT_THAT(event.To<std::string>(), IsOkAndHolds("seven"));

  // One on each: each is reported once.
  ASSERT_OK(numbers.sender.Send(8));
  ASSERT_OK(texts.sender.Send("eight"));
  std::set<Id> seen;
  while (seen.size() < 2) {
    ASSERT_OK_AND_ASSIGN(const std::span<Event> events, set.Select());
    for (Event& each : events) {
      EXPECT_TRUE(seen.insert(each.id()).second);
      if (each.Is<int>()) {
        EXPECT_THAT(each.To<int>(), IsOkAndHolds(8));
      } else {
        EXPECT_THAT(each.To<std::string>(), IsOkAndHolds("eight"));
      }
    }
  }
  EXPECT_THAT(set.TrySelect(), IsOkAndHolds(IsEmpty()));
}

TEST(ReceiverSetTest, TrySelectTellsNothingYetMessagesAndTheEnd) {
  ReceiverSet set;
  EXPECT_THAT(set.TrySelect(), IsOkAndHolds(IsEmpty()));
  Member<int> member = AddChannel<int>(set);
  EXPECT_THAT(set.TrySelect(), IsOkAndHolds(IsEmpty()));
  ASSERT_OK(member.sender.Send(1));
  {
    ASSERT_OK_AND_ASSIGN(const std::span<Event> events, set.TrySelect());
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_THAT(events[0].To<int>(), IsOkAndHolds(1));
  }
  EXPECT_THAT(set.TrySelect(), IsOkAndHolds(IsEmpty()));
  member.sender = {};
  {
    ASSERT_OK_AND_ASSIGN(const std::span<Event> events, set.TrySelect());
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_EQ(events[0].id(), member.id);
    EXPECT_TRUE(IsDisconnected(events[0].status()));
    EXPECT_TRUE(IsDisconnected(events[0].To<int>().status()));
  }
  EXPECT_TRUE(set.empty());
  EXPECT_THAT(set.TrySelect(), IsOkAndHolds(IsEmpty()));
}

TEST(ReceiverSetTest, SelectWithADeadlineWaitsUntilThen) {
  ReceiverSet set;
  const Member<int> member = AddChannel<int>(set);
  const absl::Time start = absl::Now();
  EXPECT_THAT(set.SelectFor(absl::Milliseconds(20)), StatusIs(kTooLate));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(20));
  EXPECT_THAT(set.SelectUntil(absl::InfinitePast()), StatusIs(kTooLate));
  ASSERT_OK(member.sender.Send(1));
  EXPECT_THAT(set.SelectFor(absl::Minutes(1)), IsOkAndHolds(SizeIs(1)));
  ASSERT_OK(member.sender.Send(2));
  EXPECT_THAT(set.SelectUntil(absl::Now() + absl::Minutes(1)),
              IsOkAndHolds(SizeIs(1)));
}

TEST(ReceiverSetTest, AnEmptySetKeepsADeadlineAndDoesNotWaitForEver) {
  ReceiverSet set;
  EXPECT_THAT(set.Select(), StatusIs(kEmpty));
  Member<int> member = AddChannel<int>(set);
  member.sender = {};
  ASSERT_THAT(set.Select(), IsOkAndHolds(SizeIs(1)));
  EXPECT_TRUE(set.empty());
  const absl::Time start = absl::Now();
  EXPECT_THAT(set.SelectFor(absl::Milliseconds(20)), StatusIs(kTooLate));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(20));
  EXPECT_THAT(set.Select(), StatusIs(kEmpty));
}

TEST(ReceiverSetTest, ASendWakesAWaitingSet) {
  ReceiverSet set;
  const Member<std::string> member = AddChannel<std::string>(set);
  std::thread thread(
      [&member] { ASSERT_OK(member.sender.Send("from another thread")); });
  EXPECT_THAT(OnlyEvent(set).To<std::string>(),
              IsOkAndHolds("from another thread"));
  thread.join();
}

TEST(ReceiverSetTest, TheEndComesOnceAfterTheLastMessage) {
  ReceiverSet set;
  const Member<int> idle = AddChannel<int>(set);
  Member<int> member = AddChannel<int>(set);
  ASSERT_OK(member.sender.Send(0));
  ASSERT_OK(member.sender.Send(1));
  member.sender = {};
  for (const int i : {0, 1}) {
    EXPECT_THAT(OnlyEvent(set).To<int>(), IsOkAndHolds(i));
  }
  const Event last = OnlyEvent(set);
  EXPECT_EQ(last.id(), member.id);
  EXPECT_TRUE(IsDisconnected(last.status()));
  EXPECT_THAT(set.TrySelect(), IsOkAndHolds(IsEmpty()));
  EXPECT_EQ(set.size(), 1u);
  EXPECT_THAT(set.Remove(member.id), StatusIs(kInvalid));
  EXPECT_THAT(set.Remove<int>(member.id), StatusIs(kInvalid));
}

TEST(ReceiverSetTest, AReceiverWhoseSendersAreGoneCanBeAdded) {
  ReceiverSet set;
  ChannelEnds<int> ends = MakeChannel<int>();
  ends.sender = {};
  ASSERT_OK_AND_ASSIGN(const Id id, set.Add(std::move(ends.receiver)));
  const Event event = OnlyEvent(set);
  EXPECT_EQ(event.id(), id);
  EXPECT_TRUE(IsDisconnected(event.status()));
}

TEST(ReceiverSetTest, IdsAreNeverUsedAgain) {
  ReceiverSet set;
  std::set<Id> ids = {Id()};
  for (int i = 0; i < 20; ++i) {
    Member<int> member = AddChannel<int>(set);
    EXPECT_TRUE(ids.insert(member.id).second);
    if (i % 2 == 0) {
      EXPECT_OK(set.Remove(member.id));
    } else {
      member.sender = {};
      EXPECT_TRUE(IsDisconnected(OnlyEvent(set).status()));
    }
  }
  ReceiverSet moved = std::move(set);
  EXPECT_TRUE(ids.insert(AddChannel<int>(moved).id).second);
}

TEST(ReceiverSetTest, RemoveGivesTheReceiverBackWithWhatIsQueued) {
  ReceiverSet set;
  const Member<int> member = AddChannel<int>(set);
  ASSERT_OK(member.sender.Send(1));
  ASSERT_OK(member.sender.Send(2));
  EXPECT_THAT(OnlyEvent(set).To<int>(), IsOkAndHolds(1));
  EXPECT_THAT(set.Remove<std::string>(member.id), StatusIs(kInvalid));
  EXPECT_EQ(set.size(), 1u) << "it stays after the wrong type";
  ASSERT_OK_AND_ASSIGN(Receiver<int> receiver, set.Remove<int>(member.id));
  EXPECT_TRUE(set.empty());
  EXPECT_THAT(receiver.Recv(), IsOkAndHolds(2));
  EXPECT_THAT(set.Remove(member.id), StatusIs(kInvalid));

  ASSERT_OK_AND_ASSIGN(const Id again, set.Add(std::move(receiver)));
  ASSERT_OK(member.sender.Send(3));
  ASSERT_OK_AND_ASSIGN(OpaqueReceiver opaque, set.Remove(again));
  EXPECT_THAT(std::move(opaque).To<int>()->Recv(), IsOkAndHolds(3));
}

TEST(ReceiverSetTest, AnEmptyReceiverCannotBeAdded) {
  ReceiverSet set;
  EXPECT_THAT(set.Add(Receiver<int>()), StatusIs(kInvalid));
  EXPECT_THAT(set.Add(BytesReceiver()), StatusIs(kInvalid));
  EXPECT_THAT(set.Add(OpaqueReceiver()), StatusIs(kInvalid));
  EXPECT_TRUE(set.empty());
}

TEST(ReceiverSetTest, OpaqueReceiversAreWhatTheyWere) {
  ReceiverSet set;
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(set.Add(std::move(ends.receiver).ToOpaque()));
  ASSERT_OK(ends.sender.Send(1));
  Event event = OnlyEvent(set);
  EXPECT_TRUE(event.Is<int>());
  EXPECT_THAT(event.To<int>(), IsOkAndHolds(1));
}

TEST(ReceiverSetTest, BytesAreReadWhereTheyLieOrTaken) {
  ReceiverSet set;
  const Member<Bytes> member = AddChannel<Bytes>(set);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{9}, transport::kMaxInlineBytes + 1}) {
    const std::vector<std::byte> sent(size, std::byte{0x5a});
    ASSERT_OK(member.sender.Send(sent));
    Event event = OnlyEvent(set);
    EXPECT_TRUE(event.Is<Bytes>());
    EXPECT_TRUE(std::ranges::equal(event.bytes(), sent));
    EXPECT_TRUE(std::ranges::equal(event.bytes(), sent)) << "still there";
    ASSERT_OK_AND_ASSIGN(const Bytes bytes, event.To<Bytes>());
    EXPECT_TRUE(std::ranges::equal(bytes, sent));
    EXPECT_TRUE(event.bytes().empty());
    EXPECT_THAT(event.To<Bytes>(), StatusIs(kEmpty));
  }
  ASSERT_OK(member.sender.Send("back"));
  ASSERT_OK_AND_ASSIGN(BytesReceiver receiver, set.Remove<Bytes>(member.id));
  EXPECT_THAT(receiver.Recv(), IsOkAndHolds(HasText("back")));
}

TEST(ReceiverSetTest, TheWrongTypeLeavesTheMessageWhereItIs) {
  ReceiverSet set;
  const Member<int> numbers = AddChannel<int>(set);
  ASSERT_OK(numbers.sender.Send(1));
  Event event = OnlyEvent(set);
  EXPECT_THAT(event.To<std::string>(), StatusIs(kInvalid));
  EXPECT_THAT(event.To<Bytes>(), StatusIs(kInvalid));
  EXPECT_THAT(event.bytes(), IsEmpty());
  EXPECT_THAT(event.To<int>(), IsOkAndHolds(1));
  EXPECT_THAT(event.To<int>(), StatusIs(kEmpty)) << "it is read once";
}

TEST(ReceiverSetTest, AMessageOfAnotherTypeIsDataLossAndTheSetGoesOn) {
  const ExpectNoFdLeak no_leak;
  ReceiverSet set;
  const Member<int> numbers = AddChannel<int>(set);
  const Sender<Sender<int>> liar(numbers.sender.raw());
  ChannelEnds<int> stowaway = MakeChannel<int>();
  ASSERT_OK(liar.Send(std::move(stowaway.sender)));
  ASSERT_OK(numbers.sender.Send(2));
  Event event = OnlyEvent(set);
  EXPECT_OK(event.status());
  EXPECT_THAT(event.To<int>(), StatusIs(kDataLoss));
  EXPECT_TRUE(IsDisconnected(stowaway.receiver.TryRecv().status()));
  EXPECT_THAT(event.To<int>(), StatusIs(kEmpty)) << "it is gone";
  EXPECT_THAT(OnlyEvent(set).To<int>(), IsOkAndHolds(2));
}

TEST(ReceiverSetTest, HandlesThatComeWithBytesAreClosed) {
  const ExpectNoFdLeak no_leak;
  ReceiverSet set;
  const Member<Bytes> member = AddChannel<Bytes>(set);
  ChannelEnds<int> stowaway = MakeChannel<int>();
  ASSERT_OK(member.sender.raw().Send({}, {stowaway.receiver.raw()}));
  ASSERT_OK(member.sender.Send("good"));
  ASSERT_OK_AND_ASSIGN(const std::span<Event> events, set.Select());
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_TRUE(IsDisconnected(stowaway.sender.Send(1))) << "before it is read";
  EXPECT_THAT(events[0].status(), StatusIs(kDataLoss));
  EXPECT_THAT(events[0].To<Bytes>(), StatusIs(kDataLoss));
  EXPECT_THAT(OnlyEvent(set).To<Bytes>(), IsOkAndHolds(HasText("good")));
}

TEST(ReceiverSetTest, EachReceiverKeepsItsLimits) {
  ReceiverSet set;
  using Numbers = std::vector<int>;
  ChannelEnds<Numbers> strict = MakeChannel<Numbers>();
  strict.receiver.SetDecodeLimits(
      {.max_allocated_bytes = 400, .max_allocated_per_input_byte = 0});
  ASSERT_OK_AND_ASSIGN(const Id id, set.Add(std::move(strict.receiver)));
  const Member<Numbers> lax = AddChannel<Numbers>(set);
  ASSERT_OK(strict.sender.Send(Numbers(101)));
  EXPECT_THAT(OnlyEvent(set).To<Numbers>(), StatusIs(kDataLoss));
  ASSERT_OK(strict.sender.Send(Numbers(100)));
  EXPECT_THAT(OnlyEvent(set).To<Numbers>(), IsOk());
  ASSERT_OK(lax.sender.Send(Numbers(101)));
  EXPECT_THAT(OnlyEvent(set).To<Numbers>(), IsOk());
  ASSERT_OK_AND_ASSIGN(const Receiver<Numbers> back, set.Remove<Numbers>(id));
  EXPECT_EQ(back.decode_limits().max_allocated_bytes, 400u);
}

using Carrier = std::vector<Sender<int>>;

TEST(ReceiverSetTest, HandlesOfWhatIsNotReadAreClosedByTheNextSelect) {
  const ExpectNoFdLeak no_leak;
  ReceiverSet set;
  const Member<Carrier> member = AddChannel<Carrier>(set);
  ChannelEnds<int> inner = MakeChannel<int>();
  ASSERT_OK(member.sender.Send({std::move(inner.sender)}));
  ASSERT_THAT(set.Select(), IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(inner.receiver.TryRecv(), IsOkAndHolds(Eq(std::nullopt)));
  EXPECT_THAT(set.TrySelect(), IsOkAndHolds(IsEmpty()));
  EXPECT_TRUE(IsDisconnected(inner.receiver.TryRecv().status()));
}

TEST(ReceiverSetTest, HandlesOfWhatIsNotReadAreClosedWithTheEventOrTheSet) {
  const ExpectNoFdLeak no_leak;
  for (const bool move_out : {true, false}) {
    ChannelEnds<int> inner = MakeChannel<int>();
    {
      ReceiverSet set;
      const Member<Carrier> member = AddChannel<Carrier>(set);
      ASSERT_OK(member.sender.Send({std::move(inner.sender)}));
      ASSERT_OK_AND_ASSIGN(const std::span<Event> events, set.Select());
      ASSERT_THAT(events, SizeIs(1));
      Event kept;
      if (move_out) kept = std::move(events[0]);
      EXPECT_THAT(inner.receiver.TryRecv(), IsOkAndHolds(Eq(std::nullopt)));
    }
    EXPECT_TRUE(IsDisconnected(inner.receiver.TryRecv().status()));
  }
}

TEST(ReceiverSetTest, AnEventThatIsMovedOutOutlivesTheNextSelectAndTheSet) {
  std::vector<Event> kept;
  {
    ReceiverSet set;
    const Member<std::string> member = AddChannel<std::string>(set);
    for (const char* text : {"a", "b", "c"}) {
      ASSERT_OK(member.sender.Send(text));
      ASSERT_OK_AND_ASSIGN(const std::span<Event> events, set.Select());
      kept.push_back(std::move(events[0]));
      EXPECT_THAT(events[0].To<std::string>(), StatusIs(kEmpty));
    }
  }
  std::vector<std::string> texts;
  for (Event& event : kept) {
    texts.push_back(event.To<std::string>().value_or("?"));
  }
  EXPECT_THAT(texts, ElementsAre("a", "b", "c"));
}

TEST(ReceiverSetTest, AFloodStarvesNobodyAndResultsAreBounded) {
  ReceiverSet set;
  constexpr int kFloods = 20;  // more than a Select gives
  static_assert(kFloods > ReceiverSet::kMaxEventsPerSelect);
  std::vector<Member<int>> floods;
  for (int i = 0; i < kFloods; ++i) {
    floods.push_back(AddChannel<int>(set));
    for (int n = 0; n < 50; ++n) ASSERT_OK(floods.back().sender.TrySend(n));
  }
  const Member<std::string> quiet = AddChannel<std::string>(set);
  ASSERT_OK(quiet.sender.Send("me too"));
  std::map<Id, int> next;
  bool heard = false;
  for (int calls = 0; calls < 2; ++calls) {
    ASSERT_OK_AND_ASSIGN(const std::span<Event> events, set.Select());
    EXPECT_LE(events.size(), ReceiverSet::kMaxEventsPerSelect);
    std::set<Id> in_this_call;
    for (Event& event : events) {
      EXPECT_TRUE(in_this_call.insert(event.id()).second);
      if (event.id() == quiet.id) {
        heard = true;
      } else {
        EXPECT_THAT(event.To<int>(), IsOkAndHolds(next[event.id()]++));
      }
    }
  }
  EXPECT_TRUE(heard);
}

TEST(ReceiverSetTest, ConcurrentSendersKeepTheirOrder) {
  constexpr int kSenders = 5;
  constexpr int kEach = 100;
  ReceiverSet set;
  std::vector<std::thread> threads;
  std::map<Id, int> next;
  for (int i = 0; i < kSenders; ++i) {
    Member<int> member = AddChannel<int>(set);
    next[member.id] = 0;
    threads.emplace_back([sender = std::move(member.sender)] {
      for (int n = 0; n < kEach; ++n) ASSERT_OK(sender.Send(n));
    });
  }
  while (!set.empty()) {
    ASSERT_OK_AND_ASSIGN(const std::span<Event> events, set.Select());
    for (Event& event : events) {
      if (IsDisconnected(event.status())) {
        EXPECT_EQ(next[event.id()], kEach);
      } else {
        EXPECT_THAT(event.To<int>(), IsOkAndHolds(next[event.id()]++));
      }
    }
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ReceiverSetTest, AnErrorOfAChannelIsItsEventAndNothingElseIsLost) {
  ReceiverSet set;
  const FaultInjector faults(
      FaultPlan().LoseMessage(2, absl::DataLossError("malformed")));
  ASSERT_OK_AND_ASSIGN(transport::ChannelPair pair, transport::CreateChannel());
  pair = faults.Wrap(std::move(pair));
  ASSERT_OK_AND_ASSIGN(const Id faulty,
                       set.Add(Receiver<int>(std::move(pair.receiver))));
  const Sender<int> faulty_sender(std::move(pair.sender));
  const Member<int> good = AddChannel<int>(set);
  for (const int n : {1, 2, 3}) {
    ASSERT_OK(faulty_sender.Send(n));
    ASSERT_OK(good.sender.Send(n));
  }
  std::map<Id, std::vector<int>> seen;  // 0 for an error
  while (seen[faulty].size() + seen[good.id].size() < 6) {
    ASSERT_OK_AND_ASSIGN(const std::span<Event> events, set.Select());
    for (Event& event : events) {
      if (!event.status().ok()) {
        EXPECT_THAT(event.status(), StatusIs(kDataLoss));
        EXPECT_THAT(event.To<int>(), StatusIs(kDataLoss));
      }
      seen[event.id()].push_back(event.To<int>().value_or(0));
    }
  }
  EXPECT_THAT(seen[faulty], ElementsAre(1, 0, 3));
  EXPECT_THAT(seen[good.id], ElementsAre(1, 2, 3));
}

TEST(ReceiverSetTest, ReceiversComeAndGoWhileEventsAreRead) {
  ReceiverSet set;
  const Member<Receiver<int>> control = AddChannel<Receiver<int>>(set);
  ChannelEnds<int> ends = MakeChannel<int>();
  ASSERT_OK(ends.sender.Send(5));
  ASSERT_OK(control.sender.Send(std::move(ends.receiver)));
  ASSERT_OK_AND_ASSIGN(const std::span<Event> events, set.Select());
  ASSERT_THAT(events, SizeIs(1));
  ASSERT_OK(set.Remove(control.id));
  ASSERT_OK_AND_ASSIGN(Receiver<int> arrived, events[0].To<Receiver<int>>());
  ASSERT_OK_AND_ASSIGN(const Id id, set.Add(std::move(arrived)));
  Event event = OnlyEvent(set);
  EXPECT_EQ(event.id(), id);
  EXPECT_THAT(event.To<int>(), IsOkAndHolds(5));
}

TEST(ReceiverSetTest, AMovedSetGoesOnAndItsEventsStay) {
  ReceiverSet set;
  const Member<int> member = AddChannel<int>(set);
  ASSERT_OK(member.sender.Send(1));
  ASSERT_OK_AND_ASSIGN(const std::span<Event> events, set.Select());
  ReceiverSet moved = std::move(set);
  EXPECT_THAT(events[0].To<int>(), IsOkAndHolds(1));
  ASSERT_OK(member.sender.Send(2));
  EXPECT_THAT(OnlyEvent(moved).To<int>(), IsOkAndHolds(2));
  EXPECT_OK(moved.Remove<int>(member.id));
}

TEST(ReceiverSetTest, DestroyingTheSetDropsItsReceivers) {
  const ExpectNoFdLeak no_leak;
  Member<int> member;
  {
    ReceiverSet set;
    member = AddChannel<int>(set);
  }
  EXPECT_TRUE(IsDisconnected(member.sender.Send(1)));
}

}  // namespace
}  // namespace ipc_channel
