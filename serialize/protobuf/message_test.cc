#include "ipc_channel/serialize/protobuf/message.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/serialize_checker.h"

template <>
inline constexpr std::string_view
    ipc_channel::serialize::kMessageName<google::protobuf::FloatValue> =
        "google.protobuf.DoubleValue";

namespace ipc_channel::serialize {
namespace {

using ::google::protobuf::ListValue;
using ::google::protobuf::Struct;
using ::google::protobuf::Timestamp;
using ::google::protobuf::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using NamePart = ::google::protobuf::UninterpretedOption::NamePart;

std::uint64_t Hash(std::string_view text) {
  Schema schema;
  schema.Text(text);
  return schema.Finish().fingerprint;
}

template <class M>
std::uint64_t HashOfFullName() {
  return Hash("protobuf'" + std::string(M::descriptor()->full_name()) + "'");
}

Struct Sample() {
  Struct sample;
  (*sample.mutable_fields())["number"].set_number_value(1.5);
  Value* const list = &(*sample.mutable_fields())["list"];
  list->mutable_list_value()->add_values()->set_string_value("text");
  list->mutable_list_value()->add_values()->set_bool_value(true);
  return sample;
}

// A list in a list in a list.
Value Nested(int levels) {
  Value value;
  for (int i = 0; i < levels; ++i) {
    Value outer;
    outer.mutable_list_value()->add_values()->Swap(&value);
    value.Swap(&outer);
  }
  return value;
}

// Decodes an M out of these bytes of its own format.
template <class M>
absl::Status Parse(const std::string& bytes, const DecodeLimits& limits = {}) {
  const auto encoded = Encode(bytes);
  if (!encoded.ok()) return encoded.status();
  const std::span<const std::byte> all(*encoded);
  Reader reader(all.subspan(8), nullptr, limits);
  M message;
  if (!reader.Read(message)) return reader.status();
  return absl::OkStatus();
}

void ExpectRefused(const absl::Status& status, const std::string& reason) {
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr(reason));
}

TEST(ProtobufFormat, IsTheSizeAndTheMessage) {
  Timestamp time;
  time.set_seconds(5);
  const auto encoded = Encode(time);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_EQ(encoded->size(), EncodedSize(time));
  const std::span<const std::byte> all(*encoded);
  const std::span<const std::byte> value = all.subspan(8);
  EXPECT_THAT(std::vector<std::byte>(value.begin(), value.end()),
              ElementsAre(std::byte{2}, std::byte{0}, std::byte{0},
                          std::byte{0}, std::byte{0x08}, std::byte{0x05}));
}

TEST(ProtobufFingerprint, IsThatOfTheFullName) {
  EXPECT_EQ(Fingerprint<Timestamp>(), HashOfFullName<Timestamp>());
  EXPECT_EQ(Fingerprint<Struct>(), HashOfFullName<Struct>());
  static_assert(Fingerprint<Struct>() != Fingerprint<Value>());
}

TEST(ProtobufFingerprint, HasAnUnderscoreInTheNameOfANestedMessage) {
  EXPECT_EQ(Fingerprint<NamePart>(),
            Hash("protobuf'google.protobuf.UninterpretedOption_NamePart'"));
}

TEST(ProtobufFingerprint, IsOfTheNameThatTheUserGives) {
  EXPECT_EQ(Fingerprint<google::protobuf::FloatValue>(),
            HashOfFullName<google::protobuf::DoubleValue>());
}

TEST(ProtobufMessage, ArrivesInsideOtherValues) {
  const std::vector<Struct> structs = {Sample(), Struct()};
  const auto encoded = Encode(structs);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto decoded = Decode<std::vector<Struct>>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  ASSERT_EQ(decoded->size(), 2u);
  EXPECT_EQ(decoded->at(0).DebugString(), Sample().DebugString());
  EXPECT_EQ(decoded->at(1).DebugString(), "");
}

TEST(ProtobufMessage, WithoutRequiredFieldsIsRefusedOnBothSides) {
  NamePart part;
  EXPECT_EQ(Encode(part).status().code(), absl::StatusCode::kInvalidArgument);
  ExpectRefused(Parse<NamePart>(""), "without its required fields");
  part.set_name_part("a");
  part.set_is_extension(false);
  EXPECT_TRUE(Parse<NamePart>(part.SerializeAsString()).ok());
}

TEST(ProtobufMessage, ThatDoesNotParseIsRefused) {
  ExpectRefused(Parse<Timestamp>("\x08"), "does not parse");
  ExpectRefused(Parse<Timestamp>("\xff\xff\xff"), "does not parse");
  ExpectRefused(Parse<Struct>("\x0a\x7f"), "does not parse");
}

TEST(ProtobufMessage, NestedTooDeeplyIsRefused) {
  EXPECT_TRUE(Parse<Value>(Nested(40).SerializeAsString()).ok());
  ExpectRefused(Parse<Value>(Nested(60).SerializeAsString()), "does not parse");
}

TEST(ProtobufMessage, KeepsFieldsItDoesNotKnow) {
  Timestamp time;
  ASSERT_TRUE(time.ParseFromString("\xa0\x06\x01"));
  const auto encoded = Encode(time);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto decoded = Decode<Timestamp>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->SerializeAsString(), "\xa0\x06\x01");
}

// Each value takes two bytes here, and an object there.
TEST(ProtobufMessage, PaysForWhatItAllocates) {
  ListValue list;
  for (int i = 0; i < 1000; ++i) list.add_values();
  const std::string bytes = list.SerializeAsString();
  ASSERT_EQ(bytes.size(), 2000u);
  const DecodeLimits limits = {.max_allocated_bytes = 20000,
                               .max_allocated_per_input_byte = 0};
  ExpectRefused(Parse<ListValue>(bytes, limits), "more memory");
  EXPECT_TRUE(Parse<ListValue>(bytes).ok());
}

TEST(ProtobufMessage, PaysEightTimesItsSizeIfLite) {
  ListValue list;
  for (int i = 0; i < 1000; ++i) list.add_values();
  const google::protobuf::MessageLite& lite = list;
  for (const std::size_t budget : {15999, 16000}) {
    Reader reader(
        {}, nullptr,
        {.max_allocated_bytes = budget, .max_allocated_per_input_byte = 0});
    EXPECT_EQ(internal::ChargeFor(reader, lite), budget == 16000);
  }
}

TEST(ProtobufMessage, OfAnUnknownKindIsNotRead) {
  static_assert(Serializable<google::protobuf::Message>);
  static_assert(!Deserializable<google::protobuf::Message>);
}

struct Everything {
  Struct sample = Sample();
  std::optional<Timestamp> time = Timestamp();
  std::unique_ptr<Value> value = std::make_unique<Value>(Nested(3));
};

TEST(ProtobufTypesTest, AnyChangeOfTheBytesIsRefusedOrAValue) {
  ::ipc_channel_testing::CheckSerialization(
      {.reencoding = ::ipc_channel_testing::Reencoding::kAnyInAnyOrder,
       .most_mutants = 20'000},
      Everything());
}

}  // namespace
}  // namespace ipc_channel::serialize
