#include "ipc_channel/bootstrap/internal/inherited_variable.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace ipc_channel::internal {
namespace {

constexpr char kGood[] = "1:3:4711:00000000000000ff:4:4712:0123456789abcdef";

InheritedPair Good() {
  return {
      .to_child = {.descriptor = 3, .inode = 4711, .fingerprint = 0xff},
      .to_parent = {
          .descriptor = 4, .inode = 4712, .fingerprint = 0x0123456789abcdef}};
}

TEST(InheritedVariableTest, IsWrittenAsDocumented) {
  EXPECT_EQ(FormatInherited(Good()), kGood);
}

TEST(InheritedVariableTest, ComesBack) {
  EXPECT_EQ(ParseInherited(kGood), Good());
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const InheritedPair largest = {
      .to_child = {.descriptor = std::numeric_limits<int>::max(),
                   .inode = kMost,
                   .fingerprint = kMost},
      .to_parent = {.descriptor = 3, .inode = 0, .fingerprint = 0}};
  EXPECT_EQ(ParseInherited(FormatInherited(largest)), largest);
}

TEST(InheritedVariableTest, EveryPartOfItIsNotIt) {
  const std::string good = kGood;
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(ParseInherited(good.substr(0, size)), std::nullopt) << size;
    EXPECT_EQ(ParseInherited(good.substr(size + 1)), std::nullopt) << size;
  }
}

// A change of a digit can make another one; nothing else can be read.
TEST(InheritedVariableTest, EveryOtherByteIsRefusedOrAnotherPair) {
  for (std::size_t at = 0; at < sizeof(kGood) - 1; ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = kGood;
      changed[at] = static_cast<char>(byte);
      const std::optional<InheritedPair> pair = ParseInherited(changed);
      if (!pair.has_value()) continue;
      EXPECT_EQ(FormatInherited(*pair), changed);
    }
  }
}

TEST(InheritedVariableTest, OtherWaysToWriteItAreRefused) {
  for (const char* const value : {
           "",
           ":",
           "1",
           "2:3:4711:00000000000000ff:4:4712:0123456789abcdef",
           "01:3:4711:00000000000000ff:4:4712:0123456789abcdef",
           "1:03:4711:00000000000000ff:4:4712:0123456789abcdef",
           "1:+3:4711:00000000000000ff:4:4712:0123456789abcdef",
           "1: 3:4711:00000000000000ff:4:4712:0123456789abcdef",
           "1:-3:4711:00000000000000ff:4:4712:0123456789abcdef",
           "1:2147483648:4711:00000000000000ff:4:4712:0123456789abcdef",
           "1:3:18446744073709551616:00000000000000ff:4:4712:0123456789abcdef",
           "1:3:4711:ff:4:4712:0123456789abcdef",
           "1:3:4711:00000000000000FF:4:4712:0123456789abcdef",
           "1:3:4711:00000000000000ff:4:4712:10123456789abcdef",
           "1:3:4711:00000000000000ff:4:4712:0123456789abcdef:",
           "1:3:4711:00000000000000ff:4:4712:0123456789abcdef\n",
       }) {
    EXPECT_EQ(ParseInherited(value), std::nullopt) << value;
  }
}

TEST(InheritedVariableTest, StandardDescriptorsAndOneTwiceAreRefused) {
  InheritedPair pair = Good();
  pair.to_child.descriptor = 2;
  EXPECT_EQ(ParseInherited(FormatInherited(pair)), std::nullopt);
  pair.to_child.descriptor = pair.to_parent.descriptor;
  EXPECT_EQ(ParseInherited(FormatInherited(pair)), std::nullopt);
}

}  // namespace
}  // namespace ipc_channel::internal
