#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_MUTATION_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_MUTATION_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/decode.h"
#include "ipc_channel/serialize/encode.h"
#include "ipc_channel/serialize/internal/fake_handle.h"
#include "ipc_channel/serialize/reader.h"

// For tests: whatever is done to the bytes of a message, it is refused or is a
// value. Most worth running under sanitizers.
//
//   using Types = ::testing::Types<Rich>;
//   INSTANTIATE_TYPED_TEST_SUITE_P(Std, Mutation, Types);

namespace ipc_channel::serialize {

// A default T is the value whose message is mutated. Where T has a member
// kHasManyEncodings, what was read may be written in another number of bytes.
template <class T>
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
    const auto decoded = Decode<T>(exact, &source, limits);
    if (!decoded.ok()) {
      EXPECT_EQ(decoded.status().code(), absl::StatusCode::kDataLoss);
      return false;
    }
    FakeSink sink;
    const auto again = Encode(*decoded, &sink);
    EXPECT_TRUE(again.ok()) << again.status();
    if constexpr (!requires { T::kHasManyEncodings; }) {
      EXPECT_EQ(again->size(), bytes.size());
    }
    return true;
  }

  const T value_{};
  FakeSink sink_;
  std::vector<std::byte> bytes_;
};

TYPED_TEST_SUITE_P(Mutation);

TYPED_TEST_P(Mutation, NoneIsAValue) {
  EXPECT_TRUE(this->IsValue(this->bytes_));
}

TYPED_TEST_P(Mutation, OfLengthIsRefused) {
  for (std::size_t size = 0; size < this->bytes_.size(); ++size) {
    EXPECT_FALSE(this->IsValue(std::span(this->bytes_).first(size))) << size;
  }
  this->bytes_.push_back(std::byte{0});
  EXPECT_FALSE(this->IsValue(this->bytes_));
}

TYPED_TEST_P(Mutation, OfOneByteIsRefusedOrAValue) {
  std::size_t values = 0;
  for (std::byte& byte : this->bytes_) {
    const std::byte original = byte;
    for (int replacement = 0; replacement < 256; ++replacement) {
      byte = static_cast<std::byte>(replacement);
      values += this->IsValue(this->bytes_) ? 1 : 0;
    }
    byte = original;
  }
  EXPECT_GT(values, this->bytes_.size());
}

TYPED_TEST_P(Mutation, OfManyBytesIsRefusedOrAValue) {
  std::mt19937 random(20240607);
  const std::vector<std::byte> original = this->bytes_;
  constexpr std::uint32_t kLengths[] = {0,          1,          0x7fffffff,
                                        0x80000000, 0xffffffff, 0x10000};
  for (int round = 0; round < 20000; ++round) {
    this->bytes_ = original;
    for (int change = random() % 4; change >= 0; --change) {
      const std::size_t at = 8 + random() % (this->bytes_.size() - 8);
      if (random() % 3 != 0) {
        this->bytes_[at] = static_cast<std::byte>(random());
      } else {
        const std::uint32_t length = kLengths[random() % std::size(kLengths)];
        for (std::size_t i = 0; i < 4 && at + i < this->bytes_.size(); ++i) {
          this->bytes_[at + i] = static_cast<std::byte>(length >> (8 * i));
        }
      }
    }
    if (random() % 8 == 0) this->bytes_.resize(random() % this->bytes_.size());
    this->IsValue(this->bytes_);
  }
}

TYPED_TEST_P(Mutation, IntoNoiseIsRefusedOrAValue) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    this->bytes_.resize(8 + random() % 200);
    for (std::size_t i = 8; i < this->bytes_.size(); ++i) {
      this->bytes_[i] =
          static_cast<std::byte>(random() % 4 == 0 ? random() : 0);
    }
    this->IsValue(this->bytes_);
  }
}

REGISTER_TYPED_TEST_SUITE_P(Mutation, NoneIsAValue, OfLengthIsRefused,
                            OfOneByteIsRefusedOrAValue,
                            OfManyBytesIsRefusedOrAValue,
                            IntoNoiseIsRefusedOrAValue);

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_MUTATION_H_
