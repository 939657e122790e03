#include "ipc_channel/bootstrap/internal/server_name.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/status_matchers.h"

namespace ipc_channel::internal {
namespace {

using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::StatusIs;

const std::string kMade = "unix-abstract:ipc_channel." + std::string(32, 'a');
const std::string kMadeOfMach = "mach:ipc_channel." + std::string(32, 'a');

TEST(ServerNameTest, IsASchemeAndAText) {
  const auto abstract = ParseServerName("unix-abstract:com.example.indexer");
  ASSERT_THAT(abstract, IsOk());
  EXPECT_EQ(abstract->kind, ServerName::Kind::kAbstract);
  EXPECT_EQ(abstract->text, "com.example.indexer");
  EXPECT_EQ(abstract->ToString(), "unix-abstract:com.example.indexer");
  const auto path = ParseServerName("unix-path:/run/a folder/x");
  ASSERT_THAT(path, IsOk());
  EXPECT_EQ(path->kind, ServerName::Kind::kPath);
  EXPECT_EQ(path->ToString(), "unix-path:/run/a folder/x");
  EXPECT_THAT(ParseServerName(kMade), IsOk());
  const auto mach = ParseServerName("mach:com.example.indexer");
  ASSERT_THAT(mach, IsOk());
  EXPECT_EQ(mach->kind, ServerName::Kind::kMach);
  EXPECT_EQ(mach->ToString(), "mach:com.example.indexer");
  EXPECT_THAT(ParseServerName(kMadeOfMach), IsOk());
}

TEST(ServerNameTest, MayFillAnAddressAndNoMore) {
  for (const std::string beginning : {"unix-abstract:/", "unix-path:/"}) {
    EXPECT_THAT(ParseServerName(beginning + std::string(106, 'a')), IsOk());
    EXPECT_THAT(ParseServerName(beginning + std::string(107, 'a')),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(ParseWantedName(beginning + std::string(107, 'a')),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(ServerNameTest, MayFillWhatLaunchdTakesAndNoMore) {
  EXPECT_THAT(ParseServerName("mach:" + std::string(127, 'a')), IsOk());
  EXPECT_THAT(ParseWantedName("mach:" + std::string(127, 'a')), IsOk());
  EXPECT_THAT(ParseServerName("mach:" + std::string(128, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseWantedName("mach:" + std::string(128, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ServerNameTest, IsNothingElse) {
  for (const std::string& name :
       {std::string("unix-path:relative"), std::string("unix-path:/folder/"),
        std::string("unix-path:/nul\0byte", 19), std::string("/tmp/socket"),
        std::string("unix-abstract:with space"), std::string("unix-stream:/x"),
        std::string("unix-abstract:\x7f"), std::string("unix-abstract:\xc3"),
        std::string("mach:two words"), std::string("mach:nul\0byte", 13),
        std::string("mach:\xc3"), std::string("mach"), kMadeOfMach + "a",
        kMade + "a", "unix-abstract:ipc_channel." + std::string(32, 'A')}) {
    EXPECT_THAT(ParseServerName(name),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << name;
    EXPECT_THAT(ParseWantedName(name),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << name;
  }
}

TEST(ServerNameTest, ThatOfOneToBeMadeCanOnlyBeAskedFor) {
  for (const char* name : {"unix-abstract:", "unix-path:", "mach:"}) {
    EXPECT_THAT(ParseServerName(name),
                StatusIs(absl::StatusCode::kInvalidArgument));
    const auto wanted = ParseWantedName(name);
    ASSERT_THAT(wanted, IsOk());
    EXPECT_EQ(wanted->text, "");
  }
}

TEST(ServerNameTest, ThatLooksMadeCannotBeChosen) {
  for (const std::string& name : {kMade, kMadeOfMach}) {
    EXPECT_THAT(ParseWantedName(name),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace ipc_channel::internal
