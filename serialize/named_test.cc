#include "ipc_channel/serialize/named.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/internal/layout.h"
#include "ipc_channel/serialize/serialize.h"

namespace ipc_channel::serialize {
namespace {

struct Size {
  Named<"width", std::uint32_t> width;
  Named<"height", std::uint32_t> height;
};
struct Swapped {
  Named<"height", std::uint32_t> height;
  Named<"width", std::uint32_t> width;
};

TEST(Named, TellsSwappedFieldsApart) {
  const Size size = {{600}, {400}};
  EXPECT_EQ(*size.width, 600u);
  const auto encoded = Encode(size);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto decoded = Decode<Size>(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->width.value, 600u);
  EXPECT_EQ(decoded->height.value, 400u);
  EXPECT_EQ(Decode<Swapped>(*encoded).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(Named, IsPartOfTheDescription) {
  struct Field {
    std::uint32_t value;
  };
  struct Sample {
    static constexpr void Describe(Schema& schema) {
      schema.Text("'width'(u32,)");
    }
  };
  constexpr auto fingerprint = [] {
    Schema schema;
    Sample::Describe(schema);
    return schema.Finish().fingerprint;
  };
  static_assert(Fingerprint<Named<"width", std::uint32_t>>() == fingerprint());
  static_assert(Fingerprint<Named<"width", std::uint32_t>>() !=
                Fingerprint<Field>());
}

TEST(Named, CostsNothing) {
  static_assert(internal::kLayout<Size>.is_bitwise ==
                internal::kIsLittleEndian);
  static_assert(sizeof(Size) == 8);
}

TEST(Named, ActsLikeAPointer) {
  Named<"words", std::vector<std::string>> words;
  words->push_back("one");
  (*words)[0] += "!";
  EXPECT_EQ(words.value[0], "one!");
}

}  // namespace
}  // namespace ipc_channel::serialize
