#ifndef IPC_CHANNEL_TESTING_STATUS_MATCHERS_H_
#define IPC_CHANNEL_TESTING_STATUS_MATCHERS_H_

#include "ipc_channel/platforms/cxx20.h"

// GoogleMock matchers for absl::Status and absl::StatusOr<T>:
//
//   EXPECT_THAT(sender.Send(value), IsOk());
//   EXPECT_THAT(receiver.Recv(), IsOkAndHolds(ElementsAre(1, 2)));
//   EXPECT_THAT(receiver.Recv(), StatusIs(absl::StatusCode::kUnavailable));
//   EXPECT_THAT(status, StatusIs(AnyOf(kDataLoss, kUnavailable),
//                                HasSubstr("byte 12")));
//
// and macros that stop a test where a value is missing:
//
//   ASSERT_OK(status_or_statusor);
//   EXPECT_OK(status_or_statusor);
//   ASSERT_OK_AND_ASSIGN(Thing thing, MakeThing());
//   ASSERT_OK_AND_ASSIGN((auto [sender, receiver]), Channel<int>());
//
// The macros are left alone where the includer has defined its own.
//
// The namespace is not ipc_channel::testing, which would hide ::testing from
// tests written inside namespace ipc_channel.

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ipc_channel_testing {
namespace internal {

inline const absl::Status& GetStatus(const absl::Status& status) {
  return status;
}

template <typename T>
const absl::Status& GetStatus(const absl::StatusOr<T>& statusor) {
  return statusor.status();
}

// GoogleTest prints a StatusOr as raw bytes; this says what matters of it.
inline void ExplainStatus(const absl::Status& status,
                          ::testing::MatchResultListener& listener) {
  listener << "whose status is " << status.ToString();
}

class IsOkMatcher {
 public:
  template <typename StatusType>
  bool MatchAndExplain(const StatusType& value,
                       ::testing::MatchResultListener* listener) const {
    const absl::Status& status = GetStatus(value);
    if (!status.ok()) ExplainStatus(status, *listener);
    return status.ok();
  }

  void DescribeTo(std::ostream* os) const { *os << "is OK"; }
  void DescribeNegationTo(std::ostream* os) const { *os << "is not OK"; }
};

class StatusIsMatcher {
 public:
  StatusIsMatcher(::testing::Matcher<absl::StatusCode> code,
                  ::testing::Matcher<const std::string&> message)
      : code_(std::move(code)), message_(std::move(message)) {}

  template <typename StatusType>
  bool MatchAndExplain(const StatusType& value,
                       ::testing::MatchResultListener* listener) const {
    const absl::Status& status = GetStatus(value);
    ExplainStatus(status, *listener);
    return code_.Matches(status.code()) &&
           message_.MatchAndExplain(std::string(status.message()), listener);
  }

  void DescribeTo(std::ostream* os) const {
    *os << "has a status code that ";
    code_.DescribeTo(os);
    *os << " and a message that ";
    message_.DescribeTo(os);
  }

  void DescribeNegationTo(std::ostream* os) const {
    *os << "has a status code that ";
    code_.DescribeNegationTo(os);
    *os << " or a message that ";
    message_.DescribeNegationTo(os);
  }

 private:
  ::testing::Matcher<absl::StatusCode> code_;
  ::testing::Matcher<const std::string&> message_;
};

template <typename StatusOrType>
class IsOkAndHoldsMatcherImpl
    : public ::testing::MatcherInterface<StatusOrType> {
 public:
  using Value = typename std::remove_reference_t<StatusOrType>::value_type;

  template <typename InnerMatcher>
  explicit IsOkAndHoldsMatcherImpl(const InnerMatcher& inner)
      : inner_(::testing::SafeMatcherCast<const Value&>(inner)) {}

  bool MatchAndExplain(
      StatusOrType value,
      ::testing::MatchResultListener* listener) const override {
    if (!value.ok()) {
      ExplainStatus(value.status(), *listener);
      return false;
    }
    *listener << "whose value is " << ::testing::PrintToString(*value) << " ";
    return inner_.MatchAndExplain(*value, listener);
  }

  void DescribeTo(std::ostream* os) const override {
    *os << "is OK and has a value that ";
    inner_.DescribeTo(os);
  }

  void DescribeNegationTo(std::ostream* os) const override {
    *os << "is not OK or has a value that ";
    inner_.DescribeNegationTo(os);
  }

 private:
  ::testing::Matcher<const Value&> inner_;
};

template <typename InnerMatcher>
class IsOkAndHoldsMatcher {
 public:
  explicit IsOkAndHoldsMatcher(InnerMatcher inner) : inner_(std::move(inner)) {}

  template <typename StatusOrType>
  operator ::testing::Matcher<StatusOrType>() const {  // NOLINT: a matcher
    return ::testing::MakeMatcher(
        new IsOkAndHoldsMatcherImpl<const StatusOrType&>(inner_));
  }

 private:
  InnerMatcher inner_;
};

}  // namespace internal

// Matches an absl::Status or absl::StatusOr<T> that is OK.
inline ::testing::PolymorphicMatcher<internal::IsOkMatcher> IsOk() {
  return ::testing::MakePolymorphicMatcher(internal::IsOkMatcher());
}

// Matches an absl::StatusOr<T> that is OK and whose value `inner` matches. T
// may be move-only; `inner` is a matcher of const T& or a value to compare
// with.
template <typename InnerMatcher>
internal::IsOkAndHoldsMatcher<std::decay_t<InnerMatcher>> IsOkAndHolds(
    InnerMatcher&& inner) {
  return internal::IsOkAndHoldsMatcher<std::decay_t<InnerMatcher>>(
      std::forward<InnerMatcher>(inner));
}

// Matches an absl::Status or absl::StatusOr<T> by its code (a code or a matcher
// of one) and its message (a string or a matcher of std::string).
inline ::testing::PolymorphicMatcher<internal::StatusIsMatcher> StatusIs(
    ::testing::Matcher<absl::StatusCode> code,
    ::testing::Matcher<const std::string&> message = ::testing::_) {
  return ::testing::MakePolymorphicMatcher(
      internal::StatusIsMatcher(std::move(code), std::move(message)));
}

}  // namespace ipc_channel_testing

// Implementation of the macros.
#define IPC_CHANNEL_TESTING_CONCAT_(a, b) IPC_CHANNEL_TESTING_CONCAT2_(a, b)
#define IPC_CHANNEL_TESTING_CONCAT2_(a, b) a##b

// Takes the parentheses off `(x, y)` and leaves `x` as it is.
#define IPC_CHANNEL_TESTING_UNWRAP_(x) \
  IPC_CHANNEL_TESTING_UNWRAP2_(IPC_CHANNEL_TESTING_UNWRAP_MARK_ x)
#define IPC_CHANNEL_TESTING_UNWRAP2_(...) \
  IPC_CHANNEL_TESTING_UNWRAP3_(__VA_ARGS__)
#define IPC_CHANNEL_TESTING_UNWRAP3_(...) IPC_CHANNEL_TESTING_NO_##__VA_ARGS__
#define IPC_CHANNEL_TESTING_UNWRAP_MARK_(...) \
  IPC_CHANNEL_TESTING_UNWRAP_MARK_ __VA_ARGS__
#define IPC_CHANNEL_TESTING_NO_IPC_CHANNEL_TESTING_UNWRAP_MARK_

#define IPC_CHANNEL_TESTING_ASSIGN_(statusor, lhs, ...)             \
  auto statusor = (__VA_ARGS__);                                    \
  ASSERT_THAT(::ipc_channel_testing::internal::GetStatus(statusor), \
              ::ipc_channel_testing::IsOk())                        \
      << "in " #__VA_ARGS__;                                        \
  IPC_CHANNEL_TESTING_UNWRAP_(lhs) = *std::move(statusor)

#ifndef EXPECT_OK
#define EXPECT_OK(...)                                                   \
  EXPECT_THAT(::ipc_channel_testing::internal::GetStatus((__VA_ARGS__)), \
              ::ipc_channel_testing::IsOk())
#endif

#ifndef ASSERT_OK
#define ASSERT_OK(...)                                                   \
  ASSERT_THAT(::ipc_channel_testing::internal::GetStatus((__VA_ARGS__)), \
              ::ipc_channel_testing::IsOk())
#endif

// `lhs` with a comma in it is written in parentheses.
#ifndef ASSERT_OK_AND_ASSIGN
#define ASSERT_OK_AND_ASSIGN(lhs, ...)                                   \
  IPC_CHANNEL_TESTING_ASSIGN_(                                           \
      IPC_CHANNEL_TESTING_CONCAT_(ipc_channel_statusor_, __LINE__), lhs, \
      __VA_ARGS__)
#endif

#endif  // IPC_CHANNEL_TESTING_STATUS_MATCHERS_H_
