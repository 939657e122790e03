#include "ipc_channel/examples/wordcount/json_string.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace wordcount {
namespace {

constexpr char kQ[] = "\xef\xbf\xbd";

std::string Replaced(int times) {
  std::string out = "\"";
  for (int i = 0; i < times; ++i) out += kQ;
  return out + "\"";
}

TEST(JsonStringTest, LeavesTextAlone) {
  EXPECT_EQ(JsonString(""), R"("")");
  EXPECT_EQ(JsonString("a/b c'\x7f"), "\"a/b c'\x7f\"");
  for (const std::string utf8 : {"\u00e9", "\u20ac", "\ud7ff", "\ue000",
                                 "\uffff", "\U00010000", "\U0010ffff"}) {
    EXPECT_EQ(JsonString(utf8), "\"" + utf8 + "\"");
  }
}

TEST(JsonStringTest, EscapesQuotesAndBackslashes) {
  EXPECT_EQ(JsonString(R"(a"b\c)"), R"("a\"b\\c")");
}

TEST(JsonStringTest, EscapesControlCharacters) {
  EXPECT_EQ(JsonString(std::string_view("\0\n\x1f", 3)),
            R"("\u0000\u000a\u001f")");
}

TEST(JsonStringTest, ReplacesEachByteThatIsNotUtf8) {
  EXPECT_EQ(JsonString("a\xff"), std::string("\"a") + kQ + "\"");
  EXPECT_EQ(JsonString("\x80"), Replaced(1));              // no first byte
  EXPECT_EQ(JsonString("\xc0\xaf"), Replaced(2));          // overlong
  EXPECT_EQ(JsonString("\xe0\x9f\xbf"), Replaced(3));      // overlong
  EXPECT_EQ(JsonString("\xf0\x8f\xbf\xbf"), Replaced(4));  // overlong
  EXPECT_EQ(JsonString("\xed\xa0\x80"), Replaced(3));      // a surrogate
  EXPECT_EQ(JsonString("\xf4\x90\x80\x80"), Replaced(4));  // over U+10FFFF
  EXPECT_EQ(JsonString("\xe2\x82"), Replaced(2));          // cut off
}

TEST(JsonStringTest, GoesOnAfterABrokenCharacter) {
  EXPECT_EQ(JsonString("\xe2\x82\"\u00e9"),
            std::string("\"") + kQ + kQ + "\\\"\u00e9\"");
}

}  // namespace
}  // namespace wordcount
