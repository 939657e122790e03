#include "ipc_channel/serialize/internal/aggregate.h"

#include <any>
#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/serialize/internal/problem.h"
#include "ipc_channel/serialize/internal/type_list.h"

namespace ipc_channel::serialize::internal {
namespace {

template <class T>
constexpr bool IsCounted(std::size_t count) {
  return AggregateProblem<T>() == Problem::kNone && kMemberCount<T> == count;
}

struct MoveOnly {
  MoveOnly() = default;
  MoveOnly(MoveOnly&&) = default;
  MoveOnly& operator=(MoveOnly&&) = default;
};

struct Empty {};
struct One {
  int a;
};
struct Nested {
  One a;
  std::pair<int, int> b;
};
struct EmptyMembers {
  Empty a;
  Empty b;
  int c;
};
struct Greedy {
  std::optional<int> a;
  std::array<int, 3> b;
  Nested c;
  std::any d;
  std::function<void()> e;
};
struct FirstIsArray {
  std::array<int, 3> a;
};
struct MoveOnlyMembers {
  std::unique_ptr<int> a;
  MoveOnly b;
  std::variant<int, std::string, MoveOnly> c;
  std::map<int, MoveOnly> d;
};
struct Defaults {
  int a = 3;
  std::string b = "x";
  const int c = 3;
};
struct Recursive {
  std::vector<Recursive> a;
  std::unique_ptr<Recursive> b;
};
struct Tuples {
  std::tuple<int, std::string> a;
  std::tuple<> b;
  std::vector<bool> c;
};

TEST(Aggregate, CountsMembersOfAllKinds) {
  static_assert(IsCounted<Empty>(0));
  static_assert(IsCounted<One>(1));
  static_assert(IsCounted<Nested>(2));
  static_assert(IsCounted<EmptyMembers>(3));
  static_assert(IsCounted<Greedy>(5));
  static_assert(IsCounted<FirstIsArray>(1));
  static_assert(IsCounted<MoveOnlyMembers>(4));
  static_assert(IsCounted<Defaults>(3));
  static_assert(IsCounted<Recursive>(2));
  static_assert(IsCounted<Tuples>(3));
}

TEST(Aggregate, NamesMemberTypesExactly) {
  static_assert(std::is_same_v<MemberTypes<Defaults>,
                               TypeList<int, std::string, const int>>);
}

// clang-format off
#define TEN(p) int p##0, p##1, p##2, p##3, p##4, p##5, p##6, p##7, p##8, p##9;
struct SixtyFour { TEN(a) TEN(b) TEN(c) TEN(d) TEN(e) TEN(f) int g, h, i, j; };
struct SixtyFive { TEN(a) TEN(b) TEN(c) TEN(d) TEN(e) TEN(f) int g, h, i, j, k; };
struct Eighty { TEN(a) TEN(b) TEN(c) TEN(d) TEN(e) TEN(f) TEN(g) TEN(h) };
#undef TEN
// clang-format on

TEST(Aggregate, HasAtMostSixtyFourMembers) {
  static_assert(IsCounted<SixtyFour>(64));
  static_assert(AggregateProblem<SixtyFive>() == Problem::kTooManyMembers);
  static_assert(AggregateProblem<Eighty>() == Problem::kTooManyMembers);
}

struct ArrayFirst {
  int a[3];
  int b;
};
struct ArrayLast {
  int a;
  std::string b[2];
};
struct ArrayOfOne {
  int a[1];
};
struct LongArray {
  int a;
  char b[256];
  int c;
};
struct ArrayOfArrays {
  int a[2][2];
};

TEST(Aggregate, RefusesArrayMembersInsteadOfCountingElements) {
  static_assert(AggregateProblem<ArrayFirst>() == Problem::kArrayMember);
  static_assert(kMemberCount<ArrayFirst> == 2);
  static_assert(AggregateProblem<ArrayLast>() == Problem::kArrayMember);
  static_assert(AggregateProblem<ArrayOfOne>() == Problem::kArrayMember);
  static_assert(AggregateProblem<LongArray>() == Problem::kArrayMember);
  static_assert(AggregateProblem<ArrayOfArrays>() == Problem::kArrayMember);
}

struct WithBase : One {
  int b;
};
struct WithEmptyBase : Empty {
  int b;
};
struct OnlyBase : One {};
struct OnlyEmptyBase : Empty {};
struct TwoBases : Empty, One {};
struct MadeFromAnything {
  std::any a;
  int b;
};

TEST(Aggregate, RefusesBases) {
  static_assert(AggregateProblem<WithBase>() == Problem::kBase);
  static_assert(AggregateProblem<WithEmptyBase>() == Problem::kBase);
  static_assert(AggregateProblem<OnlyBase>() == Problem::kBase);
  static_assert(AggregateProblem<OnlyEmptyBase>() == Problem::kBase);
  static_assert(AggregateProblem<TwoBases>() == Problem::kBase);
  static_assert(IsCounted<MadeFromAnything>(2));
}

struct LvalueReference {
  int& a;
  int b;
};
struct ConstReference {
  int a;
  const int& b;
};
struct RvalueReference {
  int&& a;
};

// Compilers differ in whether {} initializes a reference member.
TEST(Aggregate, RefusesReferences) {
  static_assert(AggregateProblem<LvalueReference>() != Problem::kNone);
  static_assert(AggregateProblem<ConstReference>() != Problem::kNone);
  static_assert(AggregateProblem<RvalueReference>() != Problem::kNone);
}

struct NoDefault {
  explicit NoDefault(int) {}
};
struct ExplicitDefault {
  explicit ExplicitDefault() = default;
  int a;
};
struct WithNoDefault {
  int a;
  NoDefault b;
};
struct WithInitializer {
  int a;
  NoDefault b = NoDefault(3);
  int c;
};
struct WithExplicitDefault {
  ExplicitDefault a;
  int b;
};
struct WithFixedSpan {
  int a;
  std::span<int, 3> b;
};

TEST(Aggregate, RefusesMembersThatCannotBeCounted) {
  static_assert(AggregateProblem<WithNoDefault>() == Problem::kUncountable);
  static_assert(AggregateProblem<WithInitializer>() == Problem::kUncountable);
  static_assert(AggregateProblem<WithExplicitDefault>() ==
                Problem::kUncountable);
  static_assert(AggregateProblem<WithFixedSpan>() == Problem::kUncountable);
}

}  // namespace
}  // namespace ipc_channel::serialize::internal
