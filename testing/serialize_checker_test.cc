#include "ipc_channel/testing/serialize_checker.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/fake_handle.h"

namespace ipc_channel_testing {
namespace {

namespace serialize = ::ipc_channel::serialize;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The messages of all failures in `checks`.
template <class Checks>
std::vector<std::string> FailuresIn(Checks checks) {
  ::testing::TestPartResultArray results;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &results);
    checks();
  }
  std::vector<std::string> messages;
  for (int i = 0; i < results.size(); ++i) {
    messages.emplace_back(results.GetTestPartResult(i).message());
  }
  return messages;
}

template <class T>
std::vector<std::string> FailuresOf(const T& sample,
                                    const SerializeCheckOptions& options = {}) {
  return FailuresIn([&] { CheckSerialization(options, sample); });
}

struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;

  friend bool operator==(const Point&, const Point&) = default;
};

struct Rich {
  Point point;
  std::vector<std::string> words;
  std::optional<std::variant<int, std::map<std::string, Point>>> choice;
  std::unique_ptr<Rich> next;
};

// Carries nothing but numbers up to 100.
template <class Behaviour>
class Percent {
 public:
  Percent() = default;
  explicit Percent(std::uint32_t value, std::uint32_t note = 0)
      : value_(value), note_(note) {}

  std::uint32_t value() const { return value_; }
  std::uint32_t note() const { return note_; }

 private:
  std::uint32_t value_ = 0;
  std::uint32_t note_ = 0;
};

struct Honest {};
struct DoesNotCheck {};
struct Clamps {};
struct ForgetsTheNote {};
struct AddsToTheNote {};
struct ReservesAnyLength {};
struct MeasuresTooMuch {};
struct ClaimsToBeLonger {};
struct PutsTheNoteFirst {};

}  // namespace
}  // namespace ipc_channel_testing

template <class Behaviour>
struct ipc_channel::serialize::SerializeTraits<
    ipc_channel_testing::Percent<Behaviour>> {
  using Percent = ipc_channel_testing::Percent<Behaviour>;
  template <class Other>
  static constexpr bool kIs = std::is_same_v<Behaviour, Other>;

  static constexpr std::size_t kMinWireSize =
      kIs<ipc_channel_testing::ClaimsToBeLonger> ? 9 : 8;
  static constexpr void Describe(Schema& schema) { schema.Name("percent"); }

  template <class Out>
  static void Write(Out& out, const Percent& percent) {
    if (percent.value() > 100) out.Fail("more than 100 percent");
    out.Write(percent.value());
    out.Write(percent.note());
    if constexpr (kIs<ipc_channel_testing::MeasuresTooMuch> &&
                  std::is_same_v<Out, Sizer>) {
      out.Write(std::uint8_t{0});
    }
  }

  // What this module's own types have, and others must not.
  static std::byte* Put(std::byte* to, const Percent& percent) requires(
      kIs<ipc_channel_testing::PutsTheNoteFirst>) {
    const std::uint32_t fields[] = {percent.note(), percent.value()};
    std::memcpy(to, fields, sizeof fields);
    return to + sizeof fields;
  }

  static bool Read(Reader& in, Percent& percent) {
    std::uint32_t value;
    std::uint32_t note;
    if (!in.Read(value) || !in.Read(note)) return false;
    if constexpr (kIs<ipc_channel_testing::ReservesAnyLength>) {
      std::vector<char> room;
      room.reserve(std::min<std::uint32_t>(note, 3 << 20));
    }
    if constexpr (kIs<ipc_channel_testing::ForgetsTheNote>) note = 0;
    if constexpr (kIs<ipc_channel_testing::Clamps>) {
      value = std::min<std::uint32_t>(value, 100);
    }
    if constexpr (kIs<ipc_channel_testing::AddsToTheNote>) {
      note += percent.note();
    }
    percent = Percent(value, note);
    return kIs<ipc_channel_testing::DoesNotCheck> || value <= 100 ||
           in.Fail("more than 100 percent");
  }
};

namespace ipc_channel_testing {
namespace {

Rich MakeRich() {
  Rich rich = {{1, 2}, {"a", "bc"}, {}, std::make_unique<Rich>()};
  rich.choice = std::map<std::string, Point>{{"k", {3, 4}}};
  return rich;
}

TEST(SerializeCheckerTest, FindsNothingInWhatIsRight) {
  CheckSerialization({.fingerprint = serialize::Fingerprint<Point>()}, Point(),
                     Point{1, -2});
  CheckSerialization({.allocated_bytes = AllocatedBytes}, MakeRich());
  CheckSerialization({}, 7);
  CheckSerialization({}, std::vector<bool>{true, false});
  CheckSerialization({}, Percent<Honest>(100, 7));
}

TEST(SerializeCheckerTest, FindsNothingInHandles) {
  std::vector<std::pair<FakeFd, std::optional<FakeSender>>> handles(2);
  handles[0] = {FakeFd(1), FakeSender(2)};
  handles[1] = {FakeFd(3), std::nullopt};
  CheckSerialization({}, handles);
  SerializeChecker checker(handles);
  checker.CheckManyChanges(1, 5000);
  EXPECT_GT(checker.counts().values, 0u);
}

TEST(SerializeCheckerTest, FindsNothingInUnorderedContainers) {
  const std::unordered_map<std::uint16_t, std::string> map = {
      {1, "one"}, {2, "two"}, {300, ""}};
  CheckSerialization({.reencoding = Reencoding::kAnyOrder}, map);
}

TEST(SerializeCheckerTest, CountsWhatItTries) {
  const Point point = {1, 2};
  SerializeChecker checker(point);
  checker.CheckLengths();
  EXPECT_EQ(checker.counts().inputs, 17u);
  EXPECT_EQ(checker.counts().values, 0u);
  checker.CheckMutants();
  EXPECT_EQ(checker.counts().inputs, 17u + 16 * 255);
  EXPECT_EQ(checker.counts().values, 8u * 255);
  EXPECT_EQ(checker.counts().failures, 0u);
}

TEST(SerializeCheckerTest, ChoosesFromTheMutantsOfLongEncodings) {
  const std::string text(1000, 'x');
  SerializeChecker checker(text, {.most_mutants = 10'000});
  checker.CheckMutants();
  EXPECT_EQ(checker.counts().inputs, 10'000u);
  // All bytes of the text can change, and none before it.
  EXPECT_NEAR(static_cast<double>(checker.counts().values),
              10'000 * 1000.0 / 1012, 1);
}

TEST(SerializeCheckerTest, FindsAReaderThatDoesNotCheck) {
  const auto failures = FailuresOf(Percent<DoesNotCheck>(100));
  EXPECT_THAT(failures,
              Contains(AllOf(HasSubstr("byte 8 changed from 0x64 to 0x65"),
                             HasSubstr("cannot be encoded again"))));
  // More than are reported.
  EXPECT_THAT(failures, SizeIs(20));
}

TEST(SerializeCheckerTest, FindsAReaderThatMendsWhatItReads) {
  const Percent<Clamps> sample(99);
  EXPECT_THAT(FailuresOf(sample),
              Contains(AllOf(HasSubstr("byte 8 changed from 0x63 to 0x65"),
                             HasSubstr("byte 8 became 0x64 and is 0x65"))));
  EXPECT_THAT(FailuresOf(sample, {.reencoding = Reencoding::kAny}), IsEmpty());
}

TEST(SerializeCheckerTest, FindsAFieldThatIsForgotten) {
  EXPECT_THAT(FailuresOf(Percent<ForgetsTheNote>(1, 2)),
              Contains(AllOf(HasSubstr("the sample: is read"),
                             HasSubstr("byte 12 became 0x00 and is 0x02"))));
}

TEST(SerializeCheckerTest, FindsAReaderThatLeavesSomethingOfTheObject) {
  EXPECT_THAT(FailuresOf(Percent<AddsToTheNote>(1, 2)),
              Contains(AllOf(HasSubstr("where it was read before: is read"),
                             HasSubstr("byte 12 became 0x04 and is 0x02"))));
}

TEST(SerializeCheckerTest, FindsMemoryBeyondTheLimits) {
  const Percent<ReservesAnyLength> sample(1);
  EXPECT_THAT(FailuresOf(sample, {.allocated_bytes = AllocatedBytes}),
              Contains(AllOf(HasSubstr("byte 14 changed from 0x00 to 0x22"),
                             HasSubstr("allocated 2228224 bytes"))));
  EXPECT_THAT(FailuresOf(std::vector<std::string>(3),
                         {.allocated_bytes = AllocatedBytes}),
              IsEmpty());
}

TEST(SerializeCheckerTest, FindsASizeThatIsWrong) {
  EXPECT_THAT(FailuresOf(Percent<MeasuresTooMuch>(1)),
              ElementsAre(HasSubstr("cannot be encoded: INTERNAL")));
  EXPECT_THAT(FailuresOf(std::vector<Percent<ClaimsToBeLonger>>(1)),
              Contains(AllOf(HasSubstr("the sample: does not come back"),
                             HasSubstr("a length greater than what is left"))));
}

TEST(SerializeCheckerTest, FindsTwoWaysOfWritingThatDiffer) {
  EXPECT_THAT(FailuresOf(Percent<PutsTheNoteFirst>(100, 7)),
              Contains(HasSubstr("Writer::Write() is not Encode()")));
}

TEST(SerializeCheckerTest, FindsAFingerprintThatChanged) {
  EXPECT_THAT(FailuresOf(Point(), {.fingerprint = 0x123}),
              ElementsAre(HasSubstr("0x0000000000000123")));
}

TEST(SerializeCheckerTest, FindsAValueThatIsNotEqual) {
  struct NeverEqual {
    int number = 0;
    bool operator==(const NeverEqual&) const { return false; }
  };
  EXPECT_THAT(FailuresOf(NeverEqual()), ElementsAre(HasSubstr("(==)")));
  EXPECT_THAT(FailuresOf(NeverEqual(), {.use_equality = false}), IsEmpty());
}

TEST(SerializeCheckerTest, FindsHandlesThatDoNotArrive) {
  const CopyHandle never = [](serialize::HandleKind, const void*, void*) {
    return false;
  };
  EXPECT_THAT(FailuresOf(FakeFd(1), {.copy_handle = never}),
              ElementsAre(HasSubstr("no such handle came")));
}

}  // namespace
}  // namespace ipc_channel_testing
