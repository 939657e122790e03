#include "ipc_channel/serialize/serializable.h"

#include <array>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <ratio>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"
#include "ipc_channel/testing/fake_handle.h"

namespace ipc_channel::serialize {

struct Named {
  int a;
};

template <>
struct SerializeTraits<Named> {
  static constexpr std::size_t kMinWireSize = 4;
  static constexpr void Describe(Schema& schema) {
    schema.Name("Named");
    schema.Field<int>();
  }
  template <class Out>
  static void Write(Out& out, const Named& named) {
    out.Write(named.a);
  }
};

// Stands for a sender of T: T must match, but its handles travel elsewhere.
template <class T>
struct FakeSenderOf {};

template <class T>
struct SerializeTraits<FakeSenderOf<T>> {
  static constexpr std::size_t kMinWireSize = kHandleWireSize;
  static constexpr bool kConsumedBySending = false;
  static constexpr void Describe(Schema& schema) {
    schema.Name("sender");
    schema.Mention<T>();
  }
  template <class Out>
  static void Write(Out& out, const FakeSenderOf<T>& sender) {
    out.LendHandle(2, &sender);
  }
};

namespace {

using ::ipc_channel_testing::FakeFd;
using ::ipc_channel_testing::FakeSender;

template <class T>
constexpr bool kWriteOnly = Serializable<T> && !Deserializable<T>;

class Opaque {
 public:
  int a() const { return a_; }

 private:
  int a_ = 0;
};

enum Loose { kLoose };
union Union {
  int a;
  float b;
};
struct Polymorphic {
  virtual ~Polymorphic() = default;
  int a = 0;
  template <class F>
  friend constexpr auto SerializeFields(Polymorphic& self, F&& fields) {
    return fields(self.a);
  }
};
struct Final final : Polymorphic {
  template <class F>
  friend constexpr auto SerializeFields(Final& self, F&& fields) {
    return fields(self.a);
  }
};
struct Hooked {
  int a = 0;
  template <class F>
  friend constexpr auto SerializeFields(Hooked& self, F&& fields) {
    return fields(self.a);
  }
};
struct DerivedFromHooked : Hooked {
  int b = 0;
};
struct ReturnsNothing {
  int a;
  template <class F>
  friend constexpr void SerializeFields(ReturnsNothing& self, F&& fields) {
    fields(self.a);
  }
};
struct TakesConst {
  int a;
  template <class F>
  friend constexpr auto SerializeFields(const TakesConst& self, F&& fields) {
    return fields(self.a);
  }
};
struct PassesTemporary {
  int a;
  template <class F>
  friend constexpr auto SerializeFields(PassesTemporary& self, F&& fields) {
    return fields(self.a + 1);
  }
};
class NoDefault {
 public:
  explicit NoDefault(int a) : a_(a) {}
  template <class F>
  friend constexpr auto SerializeFields(NoDefault& self, F&& fields) {
    return fields(self.a_);
  }

 private:
  int a_;
};
template <class T>
struct Holding {
  int first;
  T second;
};
struct ConstMember {
  const int a = 0;
};

TEST(Serializable, RefusesWhatHasNoMeaningElsewhere) {
  static_assert(!Serializable<int*>);
  static_assert(!Serializable<void (*)()>);
  static_assert(!Serializable<int Opaque::*>);
  static_assert(!Serializable<std::nullptr_t>);
  static_assert(!Serializable<const char*>);
  static_assert(!Serializable<int&>);
  static_assert(!Serializable<void>);
  static_assert(!Serializable<long double>);
  static_assert(!Serializable<wchar_t>);
  static_assert(!Serializable<std::wstring>);
  static_assert(!Serializable<Loose>);
  static_assert(!Serializable<Union>);
  static_assert(!Serializable<Opaque>);
  static_assert(!Serializable<int[3]>);
  static_assert(!Serializable<volatile int>);
  static_assert(!Serializable<std::unique_ptr<Polymorphic>>);
  static_assert(!Serializable<std::unique_ptr<int[]>>);
  static_assert(Serializable<std::unique_ptr<Final>>);
  static_assert(!Serializable<std::tuple<int&>>);
}

TEST(Serializable, LooksIntoEverything) {
  static_assert(!Serializable<Holding<int*>>);
  static_assert(!Serializable<std::vector<Holding<int*>>>);
  static_assert(!Serializable<std::optional<int*>>);
  static_assert(!Serializable<std::unique_ptr<int*>>);
  static_assert(!Serializable<std::array<int*, 2>>);
  static_assert(!Serializable<std::variant<int, Union>>);
  static_assert(!Serializable<std::map<int, Opaque>>);
  static_assert(!Serializable<std::unordered_map<int, wchar_t>>);
  static_assert(!Serializable<std::pair<int, long double>>);
  static_assert(Serializable<std::vector<Holding<std::string>>>);
  static_assert(Deserializable<std::vector<Holding<std::string>>>);
}

TEST(Serializable, RefusesFaultyFieldLists) {
  static_assert(Deserializable<Hooked>);
  static_assert(Deserializable<std::vector<Hooked>>);
  static_assert(!Serializable<DerivedFromHooked>);
  static_assert(!Serializable<ReturnsNothing>);
  static_assert(!Serializable<PassesTemporary>);
  static_assert(!Serializable<TakesConst>);
}

TEST(Serializable, IsNotAlwaysDeserializable) {
  static_assert(kWriteOnly<std::string_view>);
  static_assert(kWriteOnly<std::span<const int>>);
  static_assert(kWriteOnly<Holding<std::string_view>>);
  static_assert(kWriteOnly<NoDefault>);
  static_assert(kWriteOnly<std::vector<NoDefault>>);
  static_assert(kWriteOnly<ConstMember>);
  static_assert(kWriteOnly<Named>);
  static_assert(kWriteOnly<const int>);
}

struct Node {
  std::vector<Node> children;
  std::unique_ptr<Node> next;
};
struct Reply {
  int value;
  FakeSenderOf<Reply> again;
};

TEST(Fingerprint, IsThatOfTheDocumentedText) {
  constexpr auto hash = [](std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : text) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    }
    return hash;
  };
  using std::int32_t;
  static_assert(Fingerprint<bool>() == hash("bool"));
  static_assert(Fingerprint<std::uint8_t>() == hash("u8"));
  static_assert(Fingerprint<std::int64_t>() == hash("i64"));
  static_assert(Fingerprint<long long>() == hash("i64"));
  static_assert(Fingerprint<float>() == hash("f32"));
  static_assert(Fingerprint<char16_t>() == hash("char16"));
  static_assert(Fingerprint<std::byte>() == hash("u8"));
  static_assert(Fingerprint<std::string>() == hash("[char]"));
  static_assert(Fingerprint<std::vector<bool>>() == hash("[bool]"));
  static_assert(Fingerprint<std::array<int32_t, 12>>() == hash("[i32;12]"));
  static_assert(Fingerprint<std::optional<int32_t>>() == hash("?i32"));
  static_assert(Fingerprint<std::variant<int32_t, double>>() ==
                hash("<i32|f64|>"));
  static_assert(Fingerprint<std::pair<int32_t, bool>>() == hash("(i32,bool,)"));
  static_assert(Fingerprint<std::monostate>() == hash("()"));
  static_assert(Fingerprint<std::map<int32_t, bool>>() == hash("{i32:bool}"));
  static_assert(Fingerprint<std::unordered_map<int32_t, bool>>() ==
                hash("#{i32:bool}"));
  static_assert(Fingerprint<std::multimap<int32_t, bool>>() ==
                hash("+{i32:bool}"));
  static_assert(Fingerprint<std::unordered_multimap<int32_t, bool>>() ==
                hash("#+{i32:bool}"));
  static_assert(Fingerprint<std::set<int32_t>>() == hash("{i32}"));
  static_assert(Fingerprint<std::multiset<int32_t>>() == hash("+{i32}"));
  static_assert(Fingerprint<std::unordered_set<int32_t>>() == hash("#{i32}"));
  static_assert(Fingerprint<std::unordered_multiset<int32_t>>() ==
                hash("#+{i32}"));
  static_assert(Fingerprint<std::list<int32_t>>() == hash("[i32]"));
  static_assert(Fingerprint<std::shared_ptr<int32_t>>() == hash("?i32"));
  static_assert(Fingerprint<std::bitset<12>>() == hash("[bit;12]"));
  static_assert(
      Fingerprint<std::chrono::duration<int32_t, std::ratio<2, 6>>>() ==
      hash("'duration'1/3*i32"));
  static_assert(Fingerprint<std::chrono::sys_seconds>() ==
                hash("'system_clock''duration'1/1*i64"));
  static_assert(Fingerprint<std::complex<float>>() == hash("(f32,f32,)"));
  static_assert(Fingerprint<std::filesystem::path>() == hash("'path'[char]"));
  static_assert(Fingerprint<Holding<Hooked>>() == hash("(i32,(i32,),)"));
  static_assert(Fingerprint<Named>() == hash("'Named'i32"));
  static_assert(Fingerprint<Node>() == hash("([^2],?^2,)"));
  static_assert(Fingerprint<Reply>() == hash("(i32,'sender'^2,)"));
}

// The types and numbers of docs/serialize.md.
struct Order {
  std::uint32_t id;
  std::string symbol;
  std::vector<double> prices;
};
struct Point {
  std::int16_t x, y;
};
static_assert(Fingerprint<Order>() == 0xa81148d25fd86d28);
static_assert(Fingerprint<Point>() == 0x58632cdaa573ac32);

TEST(Fingerprint, IsTheSameOnAllMachines) {
  EXPECT_EQ(Fingerprint<std::string>(), 0xf41e784f2aa22ad9u);
}

TEST(Fingerprint, TellsStructuresApart) {
  static_assert(Fingerprint<std::pair<int, bool>>() !=
                Fingerprint<std::pair<bool, int>>());
  static_assert(Fingerprint<std::tuple<std::tuple<int>, int>>() !=
                Fingerprint<std::tuple<std::tuple<int, int>>>());
  static_assert(Fingerprint<std::int32_t>() != Fingerprint<std::uint32_t>());
  static_assert(Fingerprint<Named>() != Fingerprint<Hooked>());
}

struct WithFd {
  int a;
  FakeFd fd;
};
class HookedFd {
 public:
  template <class F>
  friend constexpr auto SerializeFields(HookedFd& self, F&& fields) {
    return fields(self.fd_);
  }

 private:
  std::unique_ptr<FakeFd> fd_;
};

TEST(OwnsConsumableHandles, LooksIntoEverything) {
  static_assert(kOwnsConsumableHandles<FakeFd>);
  static_assert(kOwnsConsumableHandles<WithFd>);
  static_assert(kOwnsConsumableHandles<HookedFd>);
  static_assert(kOwnsConsumableHandles<std::vector<WithFd>>);
  static_assert(kOwnsConsumableHandles<std::optional<FakeFd>>);
  static_assert(kOwnsConsumableHandles<std::variant<int, FakeFd>>);
  static_assert(kOwnsConsumableHandles<std::unique_ptr<HookedFd>>);
  static_assert(kOwnsConsumableHandles<std::map<int, FakeFd>>);
  static_assert(kOwnsConsumableHandles<std::pair<int, FakeFd>>);
  static_assert(kOwnsConsumableHandles<std::array<FakeFd, 2>>);
  static_assert(!kOwnsConsumableHandles<int>);
  static_assert(!kOwnsConsumableHandles<Node>);
}

TEST(OwnsConsumableHandles, IsFalseForSharedAndMentionedHandles) {
  static_assert(!kOwnsConsumableHandles<FakeSender>);
  static_assert(kOwnsHandles<FakeSender>);
  static_assert(kOwnsHandles<std::vector<FakeSender>>);
  static_assert(!kOwnsConsumableHandles<FakeSenderOf<WithFd>>);
  static_assert(kOwnsHandles<FakeSenderOf<int>>);
  static_assert(!kOwnsHandles<Node>);
}

// Sending takes handles out of the value, which a const one must survive.
TEST(Serializable, RefusesHandlesWhereTheyAreConst) {
  static_assert(!Serializable<Holding<const FakeFd>>);
  static_assert(!Serializable<Holding<const FakeSender>>);
  static_assert(!Serializable<Holding<const std::vector<WithFd>>>);
  static_assert(!Serializable<std::unique_ptr<const FakeFd>>);
  static_assert(!Serializable<std::map<FakeFd, int>>);
  static_assert(!Serializable<std::unordered_map<FakeSender, int>>);
  static_assert(!Serializable<std::span<const FakeSender>>);
  static_assert(kWriteOnly<std::span<FakeSender>>);
  static_assert(Serializable<FakeSenderOf<const WithFd>>);
  static_assert(Serializable<const WithFd>);
}

}  // namespace
}  // namespace ipc_channel::serialize
