#include "ipc_channel/serialize/handles.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/fake_handle.h"

namespace ipc_channel::serialize {
namespace {

using ::ipc_channel_testing::FakeFd;
using ::ipc_channel_testing::FakeSender;
using ::ipc_channel_testing::FakeSink;
using ::ipc_channel_testing::FakeSource;

struct Everywhere {
  FakeFd plain;
  std::optional<FakeFd> optional;
  std::variant<int, FakeSender> variant;
  std::vector<FakeFd> vector;
  std::map<std::string, FakeSender> map;
  std::unique_ptr<FakeFd> pointer;
  std::pair<int, FakeFd> pair;

  bool operator==(const Everywhere& other) const {
    return plain == other.plain && optional == other.optional &&
           variant == other.variant && vector == other.vector &&
           map == other.map && *pointer == *other.pointer && pair == other.pair;
  }
};

Everywhere MakeEverywhere() {
  Everywhere value;
  value.plain = FakeFd(1);
  value.optional = FakeFd(2);
  value.variant = FakeSender(3);
  value.vector.emplace_back(4);
  value.vector.emplace_back(5);
  value.map.emplace("a", 6);
  value.pointer = std::make_unique<FakeFd>(7);
  value.pair = {0, FakeFd(8)};
  return value;
}

TEST(Handles, TravelAnywhereInAValue) {
  const Everywhere value = MakeEverywhere();
  FakeSink sink;
  const auto encoded = Encode(value, &sink);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  FakeSource source(sink);
  const auto decoded = Decode<Everywhere>(*encoded, &source);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_TRUE(*decoded == value);
  EXPECT_EQ(source.unclaimed(), 0u);
}

TEST(Handles, TakeThePlaceOfThoseThatAnObjectHeld) {
  FakeSink sink;
  const Everywhere value = MakeEverywhere();
  const auto encoded = Encode(value, &sink);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  FakeSource source(sink);
  Everywhere held = MakeEverywhere();
  held.plain = FakeFd(100);
  held.vector.emplace_back(101);
  held.map.emplace("b", 102);
  EXPECT_EQ(DecodeInto(*encoded, held, &source), absl::OkStatus());
  EXPECT_TRUE(held == value);
  EXPECT_EQ(source.unclaimed(), 0u);
  EXPECT_EQ(DecodeInto(*encoded, held).code(), absl::StatusCode::kDataLoss);
}

TEST(Handles, AreLentOnceInOrderAndWhereTheyLie) {
  const Everywhere value = MakeEverywhere();
  FakeSink sink;
  ASSERT_TRUE(Encode(value, &sink).ok());
  ASSERT_EQ(sink.lent().size(), 8u);
  EXPECT_EQ(sink.lent()[0].address, &value.plain);
  EXPECT_EQ(sink.lent()[1].address, &*value.optional);
  EXPECT_EQ(sink.lent()[2].address, &std::get<1>(value.variant));
  EXPECT_EQ(sink.lent()[4].address, &value.vector[1]);
  EXPECT_EQ(sink.lent()[5].address, &value.map.at("a"));
  EXPECT_EQ(sink.lent()[6].address, value.pointer.get());
  EXPECT_EQ(sink.lent()[2].kind, FakeSender::kKind);
}

TEST(Handles, StayWithTheValueWhileItIsWritten) {
  const FakeFd fd(5);
  FakeSink sink;
  ASSERT_TRUE(Encode(fd, &sink).ok());
  EXPECT_EQ(fd.id(), 5);
}

TEST(Handles, AreFourBytesWide) {
  FakeSink sink;
  const FakeFd fd(5);
  EXPECT_EQ(EncodedSize(fd), 8 + kHandleWireSize);
  EXPECT_TRUE(sink.lent().empty());
}

TEST(Handles, WithoutASinkAreAnInvalidArgument) {
  const Everywhere value = MakeEverywhere();
  EXPECT_EQ(Encode(value).status().code(), absl::StatusCode::kInvalidArgument);
  const std::optional<FakeFd> none;
  EXPECT_TRUE(Encode(none).ok());
}

TEST(Handles, WithoutASourceAreDataLoss) {
  FakeSink sink;
  const FakeFd fd(1);
  const auto encoded = Encode(fd, &sink);
  ASSERT_TRUE(encoded.ok());
  EXPECT_EQ(Decode<FakeFd>(*encoded).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(Handles, OfAnotherKindOrIndexAreDataLoss) {
  FakeSink sink;
  const FakeSender sender(1);
  const auto encoded = Encode(sender, &sink);
  ASSERT_TRUE(encoded.ok());
  const FakeSink nothing_sent;
  FakeSource empty(nothing_sent);
  EXPECT_EQ(Decode<FakeSender>(*encoded, &empty).status().code(),
            absl::StatusCode::kDataLoss);
  FakeSink fd_sink;
  const FakeFd fd(1);
  ASSERT_TRUE(Encode(fd, &fd_sink).ok());
  FakeSource fds(fd_sink);
  EXPECT_EQ(Decode<FakeSender>(*encoded, &fds).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(fds.unclaimed(), 1u);
}

TEST(Handles, ClaimedTwiceAreDataLoss) {
  using Two = std::pair<FakeFd, FakeFd>;
  FakeSink sink;
  const Two two(FakeFd(1), FakeFd(2));
  auto encoded = Encode(two, &sink);
  ASSERT_TRUE(encoded.ok());
  encoded->at(12) = std::byte{0};
  FakeSource source(sink);
  const auto decoded = Decode<Two>(*encoded, &source);
  EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(decoded.status().message()),
              testing::HasSubstr("field .1: no such handle"));
}

template <class Out, class T>
concept CanWrite = requires(Out& out, T&& value) {
  out.Write(std::forward<T>(value));
};

template <class T>
concept CanEncode = requires(T&& value) {
  Encode(std::forward<T>(value));
};

TEST(Handles, InTemporariesDoNotCompile) {
  static_assert(CanWrite<Writer, const FakeFd&>);
  static_assert(!CanWrite<Writer, FakeFd>);
  static_assert(!CanWrite<Sizer, std::optional<FakeFd>>);
  static_assert(CanWrite<Writer, std::string>);
  static_assert(CanEncode<const FakeFd&>);
  static_assert(!CanEncode<FakeFd>);
  static_assert(CanEncode<std::string>);
}

}  // namespace
}  // namespace ipc_channel::serialize
