#include "ipc_channel/examples/wordcount/options.h"

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace wordcount {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<Options> Parse(const std::vector<const char*>& arguments) {
  return ParseOptions(arguments);
}

std::string WhyNot(const std::vector<const char*>& arguments) {
  const absl::StatusOr<Options> options = Parse(arguments);
  return options.ok() ? "parsed" : std::string(options.status().message());
}

TEST(OptionsTest, FlagsMayStandAnywhere) {
  const auto options = Parse({"a", "--json", "--workers=3", "b", "--top=0"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->json);
  EXPECT_EQ(options->workers, 3);
  EXPECT_EQ(options->top, 0);
  EXPECT_THAT(options->files, ElementsAre("a", "b"));
}

TEST(OptionsTest, AfterTwoDashesEverythingIsAFile) {
  const auto options = Parse({"a", "--", "--json", "--", "-"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_FALSE(options->json);
  EXPECT_THAT(options->files, ElementsAre("a", "--json", "--", "-"));
}

TEST(OptionsTest, NeedsFiles) {
  EXPECT_EQ(WhyNot({}), "no files to count");
  EXPECT_EQ(WhyNot({"--json", "--"}), "no files to count");
  EXPECT_EQ(WhyNot({"--help"}), "parsed");
  EXPECT_EQ(WhyNot({"--worker_of=x"}), "parsed");
}

TEST(OptionsTest, RefusesNonsense) {
  for (const char* const workers :
       {"--workers=0", "--workers=-1", "--workers=x", "--workers=",
        "--workers=1001", "--workers=99999999999", "--workers=2x"}) {
    EXPECT_THAT(WhyNot({workers, "a"}), HasSubstr("a number from 1 to 1000"));
  }
  EXPECT_THAT(WhyNot({"--top=-1", "a"}), HasSubstr("a number from 0"));
  EXPECT_THAT(WhyNot({"--workers", "4", "a"}), HasSubstr("needs a value"));
  EXPECT_THAT(WhyNot({"--json=1", "a"}), HasSubstr("takes no value"));
  EXPECT_THAT(WhyNot({"--jason", "a"}), HasSubstr("unknown flag --jason"));
  EXPECT_THAT(WhyNot({"--jason=1", "a"}), HasSubstr("unknown flag --jason"));
  EXPECT_THAT(WhyNot({"-j", "a"}), HasSubstr("unknown flag -j"));
  EXPECT_THAT(WhyNot({"-"}), HasSubstr("unknown flag -"));
}

TEST(OptionsTest, ThereAreNeverMoreWorkersThanFiles) {
  Options options;
  options.files = {"a", "b"};
  options.workers = 7;
  EXPECT_EQ(ChooseWorkers(options), 2);
  options.workers = 1;
  EXPECT_EQ(ChooseWorkers(options), 1);
  options.workers = 0;
  EXPECT_GE(ChooseWorkers(options), 1);
  EXPECT_LE(ChooseWorkers(options), 2);
}

}  // namespace
}  // namespace wordcount
