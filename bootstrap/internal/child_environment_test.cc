#include "ipc_channel/bootstrap/internal/child_environment.h"

#include <optional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ipc_channel::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ChildEnvironmentTest, IsInheritedWithChanges) {
  const char* const inherited[] = {"KEPT=1", "SET=2", "REMOVED=3", nullptr};
  EXPECT_THAT(ChildEnvironment(inherited, {{"SET", "new"},
                                           {"REMOVED", std::nullopt},
                                           {"ADDED", "4=5"}}),
              ElementsAre("KEPT=1", "ADDED=4=5", "SET=new"));
}

TEST(ChildEnvironmentTest, OfNothingIsWhatIsSet) {
  EXPECT_THAT(ChildEnvironment(nullptr, {}), IsEmpty());
  EXPECT_THAT(ChildEnvironment(nullptr, {{"A", ""}, {"B", std::nullopt}}),
              ElementsAre("A="));
}

TEST(ChildEnvironmentTest, NonsenseAndSecondValuesAreLeftOut) {
  const char* const inherited[] = {"",    "=x",   "noise", "A=1",
                                   "A=2", "AB=3", nullptr};
  EXPECT_THAT(ChildEnvironment(inherited, {}), ElementsAre("A=1", "AB=3"));
}

}  // namespace
}  // namespace ipc_channel::internal
