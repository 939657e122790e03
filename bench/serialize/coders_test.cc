// That the coders of the benchmark do what they are compared for.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/bench/serialize/coder.h"
#include "ipc_channel/bench/serialize/handwritten.h"
#include "ipc_channel/bench/serialize/handwritten_coder.h"
#include "ipc_channel/bench/serialize/memcpy_coder.h"
#include "ipc_channel/bench/serialize/our_coder.h"
#include "ipc_channel/bench/serialize/protobuf_coder.h"
#include "ipc_channel/bench/serialize/values.h"

namespace ipc_channel_bench {
namespace {

template <class T>
class CodersTest : public testing::Test {};

using Types =
    testing::Types<Scalars, TwoStrings, Monsters, Doubles, Strings, Nested>;
TYPED_TEST_SUITE(CodersTest, Types);

TYPED_TEST(CodersTest, OursAndHandwrittenWriteTheSameBytes) {
  OurCoder<TypeParam> ours(ValueOf<TypeParam>());
  HandwrittenCoder<TypeParam> handwritten(ValueOf<TypeParam>());
  ASSERT_TRUE(ours.Write() && handwritten.Write());
  EXPECT_TRUE(std::ranges::equal(ours.bytes().subspan(sizeof(std::uint64_t)),
                                 handwritten.bytes()));
}

TYPED_TEST(CodersTest, OursReadsWhatItWrote) {
  OurCoder<TypeParam> coder(ValueOf<TypeParam>());
  EXPECT_TRUE(coder.ReadFresh());
  ASSERT_TRUE(coder.ReadReused() && coder.ReadReused());
  EXPECT_EQ(coder.reused(), ValueOf<TypeParam>());
}

TYPED_TEST(CodersTest, HandwrittenReadsWhatItWrote) {
  HandwrittenCoder<TypeParam> coder(ValueOf<TypeParam>());
  EXPECT_TRUE(coder.ReadFresh());
  ASSERT_TRUE(coder.ReadReused() && coder.ReadReused());
  EXPECT_EQ(coder.reused(), ValueOf<TypeParam>());
}

TYPED_TEST(CodersTest, HandwrittenStaysWithinItsBytes) {
  const HandwrittenCoder<TypeParam> coder(ValueOf<TypeParam>());
  const std::size_t size = coder.bytes().size();
  // Copied, so that a sanitizer sees the end. Fifty lengths of a long one.
  for (std::size_t cut = 0; cut < size; cut += 1 + size / 50) {
    std::vector<std::byte> bytes(cut);
    if (cut != 0) std::memcpy(bytes.data(), coder.bytes().data(), cut);
    handwritten::Reader reader(bytes);
    TypeParam value;
    EXPECT_FALSE(reader.Get(value)) << cut << " of " << size;
  }
}

TYPED_TEST(CodersTest, ProtobufReadsWhatItWrote) {
  ProtobufCoder<TypeParam> coder(ValueOf<TypeParam>());
  FillingProtobufCoder<TypeParam> filling(ValueOf<TypeParam>());
  ASSERT_TRUE(coder.Write() && filling.Write());
  EXPECT_EQ(coder.bytes().size(), filling.bytes().size());
  EXPECT_TRUE(coder.ReadFresh());
  ASSERT_TRUE(coder.ReadReused() && coder.ReadReused());
  EXPECT_EQ(coder.reused().ByteSizeLong(), coder.bytes().size());
}

TYPED_TEST(CodersTest, MemcpyCopiesAsManyBytes) {
  MemcpyCoder<TypeParam> coder(ValueOf<TypeParam>());
  static_assert(CoderOf<MemcpyCoder<TypeParam>, TypeParam>);
  EXPECT_TRUE(coder.Write() && coder.ReadFresh() && coder.ReadReused());
  EXPECT_EQ(coder.bytes().size(), handwritten::SizeOf(ValueOf<TypeParam>()));
}

TEST(ProtobufTest, MessagesHoldTheValues) {
  ProtobufCoder<Monsters> monsters(ValueOf<Monsters>());
  ASSERT_TRUE(monsters.ReadReused());
  ASSERT_EQ(monsters.reused().monsters_size(), 50);
  const Monster& monster = ValueOf<Monsters>()[7];
  const auto& message = monsters.reused().monsters(7);
  EXPECT_EQ(message.pos().z(), monster.pos.z);
  EXPECT_EQ(message.hp(), monster.hp);
  EXPECT_EQ(message.inventory().size(), monster.inventory.size());
  EXPECT_EQ(message.weapons_size(), monster.weapons.size());
  EXPECT_EQ(message.equipped().name(), monster.equipped.name);
  EXPECT_EQ(message.path_size(), monster.path.size());
}

TEST(ProtobufTest, MapsHoldTheValues) {
  ProtobufCoder<Nested> nested(ValueOf<Nested>());
  ASSERT_TRUE(nested.ReadReused());
  const auto& [name, by_number] = *ValueOf<Nested>().begin();
  ASSERT_EQ(nested.reused().values_size(), 20);
  const auto& inner = nested.reused().values().at(name).values();
  ASSERT_EQ(inner.size(), by_number.size());
  EXPECT_EQ(inner.at(100).values_size(), by_number.at(100).size());
}

}  // namespace
}  // namespace ipc_channel_bench
