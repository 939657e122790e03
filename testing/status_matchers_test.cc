#include "ipc_channel/testing/status_matchers.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace ipc_channel_testing {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pointee;

absl::StatusOr<std::pair<int, int>> TwoNumbers() { return std::pair(1, 2); }

template <typename M, typename T>
std::string Explain(const M& matcher, const T& value) {
  ::testing::StringMatchResultListener listener;
  ::testing::SafeMatcherCast<const T&>(matcher).MatchAndExplain(value,
                                                                &listener);
  return listener.str();
}

TEST(IsOkTest, MatchesOnlyOk) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(1), IsOk());
  EXPECT_THAT(absl::DataLossError("x"), Not(IsOk()));
  EXPECT_THAT(absl::StatusOr<int>(absl::DataLossError("x")), Not(IsOk()));
}

TEST(IsOkTest, ExplainsTheStatusOfAStatusOr) {
  EXPECT_EQ(Explain(IsOk(), absl::StatusOr<int>(absl::DataLossError("torn"))),
            "whose status is DATA_LOSS: torn");
}

TEST(IsOkAndHoldsTest, MatchesValueAndMatcher) {
  EXPECT_THAT(absl::StatusOr<int>(3), IsOkAndHolds(3));
  EXPECT_THAT(absl::StatusOr<int>(3), Not(IsOkAndHolds(4)));
  EXPECT_THAT(absl::StatusOr<std::string>("abc"), IsOkAndHolds(HasSubstr("b")));
  EXPECT_THAT((absl::StatusOr<std::vector<int>>({1, 2})),
              IsOkAndHolds(ElementsAre(1, 2)));
}

TEST(IsOkAndHoldsTest, MatchesMoveOnlyValue) {
  EXPECT_THAT(absl::StatusOr<std::unique_ptr<int>>(std::make_unique<int>(5)),
              IsOkAndHolds(Pointee(5)));
}

TEST(IsOkAndHoldsTest, DoesNotMatchAnError) {
  absl::StatusOr<int> missing = absl::NotFoundError("no such thing");
  EXPECT_THAT(missing, Not(IsOkAndHolds(0)));
  EXPECT_EQ(Explain(IsOkAndHolds(0), missing),
            "whose status is NOT_FOUND: no such thing");
}

TEST(IsOkAndHoldsTest, ExplainsTheValue) {
  EXPECT_THAT(Explain(IsOkAndHolds(4), absl::StatusOr<int>(3)),
              HasSubstr("whose value is 3"));
}

TEST(StatusIsTest, MatchesCodeOfStatusAndStatusOr) {
  EXPECT_THAT(absl::NotFoundError(""), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(absl::StatusOr<int>(absl::NotFoundError("")),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(absl::NotFoundError(""),
              Not(StatusIs(absl::StatusCode::kInternal)));
  EXPECT_THAT(absl::OkStatus(), Not(StatusIs(absl::StatusCode::kInternal)));
}

TEST(StatusIsTest, MatchesOneOfSeveralCodes) {
  EXPECT_THAT(absl::NotFoundError(""),
              StatusIs(AnyOf(absl::StatusCode::kNotFound,
                             absl::StatusCode::kInternal)));
}

TEST(StatusIsTest, MatchesMessage) {
  absl::Status status = absl::OutOfRangeError("offset 12");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kOutOfRange, "offset 12"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("12")));
  EXPECT_THAT(status, Not(StatusIs(absl::StatusCode::kOutOfRange, "offset")));
}

TEST(StatusIsTest, DescribesWhatIsAskedAndWhatWasFound) {
  ::testing::Matcher<absl::Status> matcher =
      StatusIs(absl::StatusCode::kInternal, HasSubstr("12"));
  EXPECT_THAT(::testing::DescribeMatcher<absl::Status>(matcher),
              HasSubstr("INTERNAL"));
  EXPECT_THAT(Explain(matcher, absl::NotFoundError("gone")),
              HasSubstr("NOT_FOUND: gone"));
}

TEST(StatusMacrosTest, ExpectOkReportsTheStatus) {
  EXPECT_OK(absl::OkStatus());
  EXPECT_OK(TwoNumbers());
  EXPECT_NONFATAL_FAILURE(EXPECT_OK(absl::AbortedError("why")), "ABORTED: why");
}

TEST(StatusMacrosTest, AssertOkStops) {
  ASSERT_OK(absl::OkStatus());
  EXPECT_FATAL_FAILURE(ASSERT_OK(absl::AbortedError("why")), "ABORTED: why");
}

TEST(StatusMacrosTest, AssignsToOldAndNewVariables) {
  int old = 0;
  ASSERT_OK_AND_ASSIGN(old, absl::StatusOr<int>(7));
  EXPECT_EQ(old, 7);
  ASSERT_OK_AND_ASSIGN(const int fresh, absl::StatusOr<int>(8));
  EXPECT_EQ(fresh, 8);
}

TEST(StatusMacrosTest, AssignsToStructuredBinding) {
  ASSERT_OK_AND_ASSIGN((auto [first, second]), TwoNumbers());
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

TEST(StatusMacrosTest, AssignsMoveOnlyValue) {
  ASSERT_OK_AND_ASSIGN(
      std::unique_ptr<int> p,
      absl::StatusOr<std::unique_ptr<int>>(std::make_unique<int>(5)));
  EXPECT_EQ(*p, 5);
}

void AssignFromError() {
  ASSERT_OK_AND_ASSIGN(int value,
                       absl::StatusOr<int>(absl::AbortedError("why")));
  FAIL() << "went on with " << value;
}

TEST(StatusMacrosTest, AssignFromAnErrorStops) {
  EXPECT_FATAL_FAILURE(AssignFromError(), "ABORTED: why");
}

}  // namespace
}  // namespace ipc_channel_testing
