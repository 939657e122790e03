#include <array>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "ipc_channel/serialize/serialize.h"
#include "ipc_channel/testing/allocation_count.h"
#include "ipc_channel/testing/fake_handle.h"
#include "ipc_channel/testing/serialize_checker.h"

// Whatever is done to the bytes of a message, it is refused or is a value. Most
// worth running under sanitizers.

namespace ipc_channel::serialize {
namespace {

using ::ipc_channel_testing::AllocatedBytes;
using ::ipc_channel_testing::FakeFd;
using ::ipc_channel_testing::FakeSender;
using ::ipc_channel_testing::Reencoding;
using ::ipc_channel_testing::SerializeChecker;

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

struct Shared {
  std::shared_ptr<const Shared> left;
  std::shared_ptr<Shared> right;
};
struct Rare {
  std::set<std::string> set{"a", "b"};
  std::multiset<std::uint16_t> multiset{1, 2, 2};
  std::unordered_set<std::uint16_t> hash_set{3, 4};
  std::unordered_multiset<std::string> hash_multiset{"x", "x", "y"};
  std::multimap<std::uint8_t, std::string> multimap{{1, "a"}, {1, "b"}};
  std::unordered_multimap<std::uint8_t, Color> hash_multimap{
      {1, Color::kRed}, {1, Color::kBlue}, {2, Color::kRed}};
  std::deque<std::uint16_t> deque{1, 2};
  std::list<std::string> list{"a", ""};
  std::forward_list<std::uint8_t> forward_list{1, 2, 3};
  std::shared_ptr<Shared> shared =
      std::make_shared<Shared>(Shared{std::make_shared<Shared>(), nullptr});
  std::bitset<11> bits{0x5a5};
  std::chrono::milliseconds duration{1234};
  std::chrono::system_clock::time_point time{std::chrono::seconds(77)};
  std::chrono::duration<float> seconds{1.5};
  std::complex<double> complex{1, -1};
  std::filesystem::path path = "/a//b/c";
  Utf8String text{"a\u00e4\u20ac\U0001f600"};
  Named<"number", std::uint32_t> named{7};
};

// How many inputs by chance each test tries.
std::size_t InputsByChance() {
  const char* asked_for = std::getenv("IPC_CHANNEL_MUTATION_INPUTS");
  std::size_t inputs = 20'000;
  if (asked_for != nullptr && !absl::SimpleAtoi(asked_for, &inputs)) {
    ADD_FAILURE() << "not a number of inputs: " << asked_for;
  }
  return inputs;
}

template <class T>
class Mutation : public ::testing::Test {
 protected:
  void TearDown() override {
    RecordProperty("inputs", std::to_string(checker_.counts().inputs));
    std::cout << checker_.counts().inputs << " inputs, "
              << checker_.counts().values << " of them values, at most "
              << checker_.counts().most_allocated << " bytes allocated for one"
              << std::endl;
  }

  const T value_{};
  SerializeChecker checker_{
      value_,
      {.reencoding = Reencoding::kAnyOrder, .allocated_bytes = AllocatedBytes}};
};

using Types = ::testing::Types<Rich, Rare>;
TYPED_TEST_SUITE(Mutation, Types);

TYPED_TEST(Mutation, NoneIsAValue) {
  this->checker_.CheckEncoders();
  this->checker_.CheckRoundTrip();
  EXPECT_TRUE(this->checker_.CheckInput(this->checker_.bytes()));
}

TYPED_TEST(Mutation, OfLengthIsRefused) {
  this->checker_.CheckLengths();
  EXPECT_EQ(this->checker_.counts().inputs, this->checker_.bytes().size() + 1);
  EXPECT_EQ(this->checker_.counts().values, 0u);
}

TYPED_TEST(Mutation, OfOneByteIsRefusedOrAValue) {
  this->checker_.CheckMutants();
  EXPECT_EQ(this->checker_.counts().inputs,
            255 * this->checker_.bytes().size());
  EXPECT_GT(this->checker_.counts().values, this->checker_.bytes().size());
}

TYPED_TEST(Mutation, OfManyBytesIsRefusedOrAValue) {
  this->checker_.CheckManyChanges(20240607, InputsByChance());
  EXPECT_GT(this->checker_.counts().values, 0u);
}

TYPED_TEST(Mutation, IntoNoiseIsRefusedOrAValue) {
  this->checker_.CheckNoise(1, InputsByChance());
}

}  // namespace
}  // namespace ipc_channel::serialize
