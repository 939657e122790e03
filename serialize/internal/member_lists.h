#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_MEMBER_LISTS_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_MEMBER_LISTS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>

#include "ipc_channel/serialize/internal/type_list.h"

namespace ipc_channel::serialize::internal {

// The most members an aggregate may have.
inline constexpr std::size_t kMaxMembers = 64;

// Converts to whatever a member's type is. The conversion is const so that a
// member's own converting constructor, as std::optional has, is the better
// match and not an ambiguous one.
struct Anything {
  template <class T>
  operator T() const noexcept;
};

// Takes members. A bit-field, which no reference can refer to, is an error of
// the compiler's own: it would pass for a member of its declared type.
template <class... Ts>
void ReferTo(const volatile Ts&...);

// What the language makes us write out once per number of members.
// Members<n> knows aggregates of n members, Members<kMaxMembers + 1> only
// whether there are that many.
template <std::size_t kCount>
struct Members;

template <>
struct Members<0> {
  template <class T>
  static constexpr bool Fit() {
    return requires { T{}; };
  }
  template <class T>
  static constexpr bool FitOneMore() {
    return requires { T{Anything()}; };
  }
  template <class T>
  static TypeList<> Types(T&);
  template <class T, class V>
  static constexpr bool Visit(T&, V&) {
    return true;
  }
};

// clang-format off
#define IPC_CHANNEL_COMMA() ,
#define IPC_CHANNEL_AND() &&
#define IPC_CHANNEL_LIST_1(X, S) X(0)
#define IPC_CHANNEL_LIST_2(X, S) IPC_CHANNEL_LIST_1(X, S) S() X(1)
#define IPC_CHANNEL_LIST_3(X, S) IPC_CHANNEL_LIST_2(X, S) S() X(2)
#define IPC_CHANNEL_LIST_4(X, S) IPC_CHANNEL_LIST_3(X, S) S() X(3)
#define IPC_CHANNEL_LIST_5(X, S) IPC_CHANNEL_LIST_4(X, S) S() X(4)
#define IPC_CHANNEL_LIST_6(X, S) IPC_CHANNEL_LIST_5(X, S) S() X(5)
#define IPC_CHANNEL_LIST_7(X, S) IPC_CHANNEL_LIST_6(X, S) S() X(6)
#define IPC_CHANNEL_LIST_8(X, S) IPC_CHANNEL_LIST_7(X, S) S() X(7)
#define IPC_CHANNEL_LIST_9(X, S) IPC_CHANNEL_LIST_8(X, S) S() X(8)
#define IPC_CHANNEL_LIST_10(X, S) IPC_CHANNEL_LIST_9(X, S) S() X(9)
#define IPC_CHANNEL_LIST_11(X, S) IPC_CHANNEL_LIST_10(X, S) S() X(10)
#define IPC_CHANNEL_LIST_12(X, S) IPC_CHANNEL_LIST_11(X, S) S() X(11)
#define IPC_CHANNEL_LIST_13(X, S) IPC_CHANNEL_LIST_12(X, S) S() X(12)
#define IPC_CHANNEL_LIST_14(X, S) IPC_CHANNEL_LIST_13(X, S) S() X(13)
#define IPC_CHANNEL_LIST_15(X, S) IPC_CHANNEL_LIST_14(X, S) S() X(14)
#define IPC_CHANNEL_LIST_16(X, S) IPC_CHANNEL_LIST_15(X, S) S() X(15)
#define IPC_CHANNEL_LIST_17(X, S) IPC_CHANNEL_LIST_16(X, S) S() X(16)
#define IPC_CHANNEL_LIST_18(X, S) IPC_CHANNEL_LIST_17(X, S) S() X(17)
#define IPC_CHANNEL_LIST_19(X, S) IPC_CHANNEL_LIST_18(X, S) S() X(18)
#define IPC_CHANNEL_LIST_20(X, S) IPC_CHANNEL_LIST_19(X, S) S() X(19)
#define IPC_CHANNEL_LIST_21(X, S) IPC_CHANNEL_LIST_20(X, S) S() X(20)
#define IPC_CHANNEL_LIST_22(X, S) IPC_CHANNEL_LIST_21(X, S) S() X(21)
#define IPC_CHANNEL_LIST_23(X, S) IPC_CHANNEL_LIST_22(X, S) S() X(22)
#define IPC_CHANNEL_LIST_24(X, S) IPC_CHANNEL_LIST_23(X, S) S() X(23)
#define IPC_CHANNEL_LIST_25(X, S) IPC_CHANNEL_LIST_24(X, S) S() X(24)
#define IPC_CHANNEL_LIST_26(X, S) IPC_CHANNEL_LIST_25(X, S) S() X(25)
#define IPC_CHANNEL_LIST_27(X, S) IPC_CHANNEL_LIST_26(X, S) S() X(26)
#define IPC_CHANNEL_LIST_28(X, S) IPC_CHANNEL_LIST_27(X, S) S() X(27)
#define IPC_CHANNEL_LIST_29(X, S) IPC_CHANNEL_LIST_28(X, S) S() X(28)
#define IPC_CHANNEL_LIST_30(X, S) IPC_CHANNEL_LIST_29(X, S) S() X(29)
#define IPC_CHANNEL_LIST_31(X, S) IPC_CHANNEL_LIST_30(X, S) S() X(30)
#define IPC_CHANNEL_LIST_32(X, S) IPC_CHANNEL_LIST_31(X, S) S() X(31)
#define IPC_CHANNEL_LIST_33(X, S) IPC_CHANNEL_LIST_32(X, S) S() X(32)
#define IPC_CHANNEL_LIST_34(X, S) IPC_CHANNEL_LIST_33(X, S) S() X(33)
#define IPC_CHANNEL_LIST_35(X, S) IPC_CHANNEL_LIST_34(X, S) S() X(34)
#define IPC_CHANNEL_LIST_36(X, S) IPC_CHANNEL_LIST_35(X, S) S() X(35)
#define IPC_CHANNEL_LIST_37(X, S) IPC_CHANNEL_LIST_36(X, S) S() X(36)
#define IPC_CHANNEL_LIST_38(X, S) IPC_CHANNEL_LIST_37(X, S) S() X(37)
#define IPC_CHANNEL_LIST_39(X, S) IPC_CHANNEL_LIST_38(X, S) S() X(38)
#define IPC_CHANNEL_LIST_40(X, S) IPC_CHANNEL_LIST_39(X, S) S() X(39)
#define IPC_CHANNEL_LIST_41(X, S) IPC_CHANNEL_LIST_40(X, S) S() X(40)
#define IPC_CHANNEL_LIST_42(X, S) IPC_CHANNEL_LIST_41(X, S) S() X(41)
#define IPC_CHANNEL_LIST_43(X, S) IPC_CHANNEL_LIST_42(X, S) S() X(42)
#define IPC_CHANNEL_LIST_44(X, S) IPC_CHANNEL_LIST_43(X, S) S() X(43)
#define IPC_CHANNEL_LIST_45(X, S) IPC_CHANNEL_LIST_44(X, S) S() X(44)
#define IPC_CHANNEL_LIST_46(X, S) IPC_CHANNEL_LIST_45(X, S) S() X(45)
#define IPC_CHANNEL_LIST_47(X, S) IPC_CHANNEL_LIST_46(X, S) S() X(46)
#define IPC_CHANNEL_LIST_48(X, S) IPC_CHANNEL_LIST_47(X, S) S() X(47)
#define IPC_CHANNEL_LIST_49(X, S) IPC_CHANNEL_LIST_48(X, S) S() X(48)
#define IPC_CHANNEL_LIST_50(X, S) IPC_CHANNEL_LIST_49(X, S) S() X(49)
#define IPC_CHANNEL_LIST_51(X, S) IPC_CHANNEL_LIST_50(X, S) S() X(50)
#define IPC_CHANNEL_LIST_52(X, S) IPC_CHANNEL_LIST_51(X, S) S() X(51)
#define IPC_CHANNEL_LIST_53(X, S) IPC_CHANNEL_LIST_52(X, S) S() X(52)
#define IPC_CHANNEL_LIST_54(X, S) IPC_CHANNEL_LIST_53(X, S) S() X(53)
#define IPC_CHANNEL_LIST_55(X, S) IPC_CHANNEL_LIST_54(X, S) S() X(54)
#define IPC_CHANNEL_LIST_56(X, S) IPC_CHANNEL_LIST_55(X, S) S() X(55)
#define IPC_CHANNEL_LIST_57(X, S) IPC_CHANNEL_LIST_56(X, S) S() X(56)
#define IPC_CHANNEL_LIST_58(X, S) IPC_CHANNEL_LIST_57(X, S) S() X(57)
#define IPC_CHANNEL_LIST_59(X, S) IPC_CHANNEL_LIST_58(X, S) S() X(58)
#define IPC_CHANNEL_LIST_60(X, S) IPC_CHANNEL_LIST_59(X, S) S() X(59)
#define IPC_CHANNEL_LIST_61(X, S) IPC_CHANNEL_LIST_60(X, S) S() X(60)
#define IPC_CHANNEL_LIST_62(X, S) IPC_CHANNEL_LIST_61(X, S) S() X(61)
#define IPC_CHANNEL_LIST_63(X, S) IPC_CHANNEL_LIST_62(X, S) S() X(62)
#define IPC_CHANNEL_LIST_64(X, S) IPC_CHANNEL_LIST_63(X, S) S() X(63)
#define IPC_CHANNEL_LIST_65(X, S) IPC_CHANNEL_LIST_64(X, S) S() X(64)

#define IPC_CHANNEL_BRACES(k) {}
#define IPC_CHANNEL_NAME(k) m##k
#define IPC_CHANNEL_CALL(k) visitor(m##k, k)
#define IPC_CHANNEL_TYPE(k) decltype(m##k)

// Each member is given `{}`: an array member takes one pair of braces like any
// other, where a bare expression would fall to its first element.
#define IPC_CHANNEL_FIT(n)                                               \
  template <class T>                                                     \
  static constexpr bool Fit() {                                          \
    return requires {                                                    \
      T{IPC_CHANNEL_LIST_##n(IPC_CHANNEL_BRACES, IPC_CHANNEL_COMMA)};    \
    };                                                                   \
  }

#define IPC_CHANNEL_MEMBERS(n)                                            \
  template <>                                                             \
  struct Members<n> {                                                     \
    IPC_CHANNEL_FIT(n)                                                    \
    template <class T>                                                    \
    static constexpr bool FitOneMore() {                                  \
      return requires {                                                   \
        T{IPC_CHANNEL_LIST_##n(IPC_CHANNEL_BRACES, IPC_CHANNEL_COMMA),    \
          Anything()};                                                    \
      };                                                                  \
    }                                                                     \
    template <class T>                                                    \
    static auto Types(T& value) {                                         \
      [[maybe_unused]] auto& [IPC_CHANNEL_LIST_##n(IPC_CHANNEL_NAME,      \
                                                   IPC_CHANNEL_COMMA)] =  \
          value;                                                          \
      using All [[maybe_unused]] = decltype(                              \
          ReferTo(IPC_CHANNEL_LIST_##n(IPC_CHANNEL_NAME,                  \
                                       IPC_CHANNEL_COMMA)));              \
      return TypeList<IPC_CHANNEL_LIST_##n(IPC_CHANNEL_TYPE,              \
                                           IPC_CHANNEL_COMMA)>();         \
    }                                                                     \
    template <class T, class V>                                           \
    static constexpr bool Visit(T& value, V& visitor) {                   \
      auto& [IPC_CHANNEL_LIST_##n(IPC_CHANNEL_NAME, IPC_CHANNEL_COMMA)] = \
          value;                                                          \
      return IPC_CHANNEL_LIST_##n(IPC_CHANNEL_CALL, IPC_CHANNEL_AND);     \
    }                                                                     \
  };

IPC_CHANNEL_MEMBERS(1) IPC_CHANNEL_MEMBERS(2)
IPC_CHANNEL_MEMBERS(3) IPC_CHANNEL_MEMBERS(4)
IPC_CHANNEL_MEMBERS(5) IPC_CHANNEL_MEMBERS(6)
IPC_CHANNEL_MEMBERS(7) IPC_CHANNEL_MEMBERS(8)
IPC_CHANNEL_MEMBERS(9) IPC_CHANNEL_MEMBERS(10)
IPC_CHANNEL_MEMBERS(11) IPC_CHANNEL_MEMBERS(12)
IPC_CHANNEL_MEMBERS(13) IPC_CHANNEL_MEMBERS(14)
IPC_CHANNEL_MEMBERS(15) IPC_CHANNEL_MEMBERS(16)
IPC_CHANNEL_MEMBERS(17) IPC_CHANNEL_MEMBERS(18)
IPC_CHANNEL_MEMBERS(19) IPC_CHANNEL_MEMBERS(20)
IPC_CHANNEL_MEMBERS(21) IPC_CHANNEL_MEMBERS(22)
IPC_CHANNEL_MEMBERS(23) IPC_CHANNEL_MEMBERS(24)
IPC_CHANNEL_MEMBERS(25) IPC_CHANNEL_MEMBERS(26)
IPC_CHANNEL_MEMBERS(27) IPC_CHANNEL_MEMBERS(28)
IPC_CHANNEL_MEMBERS(29) IPC_CHANNEL_MEMBERS(30)
IPC_CHANNEL_MEMBERS(31) IPC_CHANNEL_MEMBERS(32)
IPC_CHANNEL_MEMBERS(33) IPC_CHANNEL_MEMBERS(34)
IPC_CHANNEL_MEMBERS(35) IPC_CHANNEL_MEMBERS(36)
IPC_CHANNEL_MEMBERS(37) IPC_CHANNEL_MEMBERS(38)
IPC_CHANNEL_MEMBERS(39) IPC_CHANNEL_MEMBERS(40)
IPC_CHANNEL_MEMBERS(41) IPC_CHANNEL_MEMBERS(42)
IPC_CHANNEL_MEMBERS(43) IPC_CHANNEL_MEMBERS(44)
IPC_CHANNEL_MEMBERS(45) IPC_CHANNEL_MEMBERS(46)
IPC_CHANNEL_MEMBERS(47) IPC_CHANNEL_MEMBERS(48)
IPC_CHANNEL_MEMBERS(49) IPC_CHANNEL_MEMBERS(50)
IPC_CHANNEL_MEMBERS(51) IPC_CHANNEL_MEMBERS(52)
IPC_CHANNEL_MEMBERS(53) IPC_CHANNEL_MEMBERS(54)
IPC_CHANNEL_MEMBERS(55) IPC_CHANNEL_MEMBERS(56)
IPC_CHANNEL_MEMBERS(57) IPC_CHANNEL_MEMBERS(58)
IPC_CHANNEL_MEMBERS(59) IPC_CHANNEL_MEMBERS(60)
IPC_CHANNEL_MEMBERS(61) IPC_CHANNEL_MEMBERS(62)
IPC_CHANNEL_MEMBERS(63) IPC_CHANNEL_MEMBERS(64)

template <>
struct Members<65> {
  IPC_CHANNEL_FIT(65)
};

#undef IPC_CHANNEL_MEMBERS
#undef IPC_CHANNEL_FIT
#undef IPC_CHANNEL_TYPE
#undef IPC_CHANNEL_CALL
#undef IPC_CHANNEL_NAME
#undef IPC_CHANNEL_BRACES
#undef IPC_CHANNEL_COMMA
#undef IPC_CHANNEL_AND
#undef IPC_CHANNEL_LIST_1
#undef IPC_CHANNEL_LIST_2
#undef IPC_CHANNEL_LIST_3
#undef IPC_CHANNEL_LIST_4
#undef IPC_CHANNEL_LIST_5
#undef IPC_CHANNEL_LIST_6
#undef IPC_CHANNEL_LIST_7
#undef IPC_CHANNEL_LIST_8
#undef IPC_CHANNEL_LIST_9
#undef IPC_CHANNEL_LIST_10
#undef IPC_CHANNEL_LIST_11
#undef IPC_CHANNEL_LIST_12
#undef IPC_CHANNEL_LIST_13
#undef IPC_CHANNEL_LIST_14
#undef IPC_CHANNEL_LIST_15
#undef IPC_CHANNEL_LIST_16
#undef IPC_CHANNEL_LIST_17
#undef IPC_CHANNEL_LIST_18
#undef IPC_CHANNEL_LIST_19
#undef IPC_CHANNEL_LIST_20
#undef IPC_CHANNEL_LIST_21
#undef IPC_CHANNEL_LIST_22
#undef IPC_CHANNEL_LIST_23
#undef IPC_CHANNEL_LIST_24
#undef IPC_CHANNEL_LIST_25
#undef IPC_CHANNEL_LIST_26
#undef IPC_CHANNEL_LIST_27
#undef IPC_CHANNEL_LIST_28
#undef IPC_CHANNEL_LIST_29
#undef IPC_CHANNEL_LIST_30
#undef IPC_CHANNEL_LIST_31
#undef IPC_CHANNEL_LIST_32
#undef IPC_CHANNEL_LIST_33
#undef IPC_CHANNEL_LIST_34
#undef IPC_CHANNEL_LIST_35
#undef IPC_CHANNEL_LIST_36
#undef IPC_CHANNEL_LIST_37
#undef IPC_CHANNEL_LIST_38
#undef IPC_CHANNEL_LIST_39
#undef IPC_CHANNEL_LIST_40
#undef IPC_CHANNEL_LIST_41
#undef IPC_CHANNEL_LIST_42
#undef IPC_CHANNEL_LIST_43
#undef IPC_CHANNEL_LIST_44
#undef IPC_CHANNEL_LIST_45
#undef IPC_CHANNEL_LIST_46
#undef IPC_CHANNEL_LIST_47
#undef IPC_CHANNEL_LIST_48
#undef IPC_CHANNEL_LIST_49
#undef IPC_CHANNEL_LIST_50
#undef IPC_CHANNEL_LIST_51
#undef IPC_CHANNEL_LIST_52
#undef IPC_CHANNEL_LIST_53
#undef IPC_CHANNEL_LIST_54
#undef IPC_CHANNEL_LIST_55
#undef IPC_CHANNEL_LIST_56
#undef IPC_CHANNEL_LIST_57
#undef IPC_CHANNEL_LIST_58
#undef IPC_CHANNEL_LIST_59
#undef IPC_CHANNEL_LIST_60
#undef IPC_CHANNEL_LIST_61
#undef IPC_CHANNEL_LIST_62
#undef IPC_CHANNEL_LIST_63
#undef IPC_CHANNEL_LIST_64
#undef IPC_CHANNEL_LIST_65
// clang-format on

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_MEMBER_LISTS_H_
