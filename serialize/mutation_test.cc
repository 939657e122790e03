#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/serialize/internal/fake_handle.h"
#include "ipc_channel/serialize/serialize.h"

// Whatever is done to the bytes of a message, it is refused or is a value. Most
// worth running under sanitizers.

namespace ipc_channel::serialize {
namespace {

enum class Color : std::uint8_t { kRed, kGreen, kBlue };
constexpr bool IsValidEnum(Color color) { return color <= Color::kBlue; }

struct Vec3 {
  float x, y, z;
};
struct Flags {
  std::uint32_t bits;
  bool is_set;
  Color color;
};
struct Leaf {
  std::string name;
  std::vector<Leaf> leaves;
};
class Private {
 public:
  template <class F>
  friend constexpr auto SerializeFields(Private& self, F&& fields) {
    return fields(self.number_, self.words_, self.array_);
  }

 private:
  std::int64_t number_ = -5;
  std::vector<std::string> words_ = {"one", "", "three"};
  std::uint16_t array_[3] = {1, 2, 3};
};
struct Rich {
  Vec3 position{1, 2, 3};
  std::vector<Vec3> path{{1, 2, 3}, {4, 5, 6}};
  std::vector<Flags> flags{{1, true, Color::kRed}, {2, false, Color::kBlue}};
  std::array<bool, 3> bools{true, false, true};
  std::optional<std::string> option = "some";
  std::variant<std::monostate, std::uint32_t, std::string> choice = "text";
  std::map<std::string, std::vector<std::uint8_t>> map{{"a", {1}}, {"b", {}}};
  std::unordered_map<std::uint16_t, Color> colors{{7, Color::kGreen}};
  std::unique_ptr<Leaf> tree = std::make_unique<Leaf>(
      Leaf{"root", {{"left", {}}, {"right", {{"deep", {}}}}}});
  std::vector<bool> bits{true, false};
  std::pair<FakeFd, std::optional<FakeSender>> handles{FakeFd(1),
                                                       FakeSender(2)};
  Private hidden;
  std::u16string wide = u"wide";
};

class Mutation : public ::testing::Test {
 protected:
  void SetUp() override {
    auto encoded = Encode(value_, &sink_);
    ASSERT_TRUE(encoded.ok()) << encoded.status();
    bytes_ = *std::move(encoded);
  }

  // Whether `bytes` are a value; one that is can be sent on, and arrives.
  bool IsValue(std::span<const std::byte> bytes) {
    // A copy of exact size lets ASan see every byte read beyond it.
    const std::vector<std::byte> exact(bytes.begin(), bytes.end());
    FakeSource source(sink_);
    const DecodeLimits limits = {.max_allocated_bytes = 1 << 20};
    const auto decoded = Decode<Rich>(exact, &source, limits);
    if (!decoded.ok()) {
      EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
      return false;
    }
    FakeSink sink;
    const auto again = Encode(*decoded, &sink);
    EXPECT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->size(), bytes.size());
    return true;
  }

  const Rich value_{};
  FakeSink sink_;
  std::vector<std::byte> bytes_;
};

TEST_F(Mutation, NoneIsAValue) { EXPECT_TRUE(IsValue(bytes_)); }

TEST_F(Mutation, OfLengthIsRefused) {
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    EXPECT_FALSE(IsValue(std::span(bytes_).first(size))) << size;
  }
  bytes_.push_back(std::byte{0});
  EXPECT_FALSE(IsValue(bytes_));
}

TEST_F(Mutation, OfOneByteIsRefusedOrAValue) {
  std::size_t values = 0;
  for (std::byte& byte : bytes_) {
    const std::byte original = byte;
    for (int replacement = 0; replacement < 256; ++replacement) {
      byte = static_cast<std::byte>(replacement);
      values += IsValue(bytes_) ? 1 : 0;
    }
    byte = original;
  }
  EXPECT_GT(values, bytes_.size());
}

TEST_F(Mutation, OfManyBytesIsRefusedOrAValue) {
  std::mt19937 random(20240607);
  const std::vector<std::byte> original = bytes_;
  constexpr std::uint32_t kLengths[] = {0,          1,          0x7fffffff,
                                        0x80000000, 0xffffffff, 0x10000};
  for (int round = 0; round < 20000; ++round) {
    bytes_ = original;
    for (int change = random() % 4; change >= 0; --change) {
      const std::size_t at = 8 + random() % (bytes_.size() - 8);
      if (random() % 3 != 0) {
        bytes_[at] = static_cast<std::byte>(random());
      } else {
        const std::uint32_t length = kLengths[random() % std::size(kLengths)];
        for (std::size_t i = 0; i < 4 && at + i < bytes_.size(); ++i) {
          bytes_[at + i] = static_cast<std::byte>(length >> (8 * i));
        }
      }
    }
    if (random() % 8 == 0) bytes_.resize(random() % bytes_.size());
    IsValue(bytes_);
  }
}

TEST_F(Mutation, IntoNoiseIsRefusedOrAValue) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    bytes_.resize(8 + random() % 200);
    for (std::size_t i = 8; i < bytes_.size(); ++i) {
      bytes_[i] = static_cast<std::byte>(random() % 4 == 0 ? random() : 0);
    }
    IsValue(bytes_);
  }
}

}  // namespace
}  // namespace ipc_channel::serialize
