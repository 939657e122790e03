#ifndef IPC_CHANNEL_SERIALIZE_PROTOBUF_MESSAGE_NAME_H_
#define IPC_CHANNEL_SERIALIZE_PROTOBUF_MESSAGE_NAME_H_

#include "ipc_channel/platforms/cxx20.h"

#include <string>  // IWYU pragma: keep
#include <string_view>

// The name of a generated class, at compile time: libprotobuf knows the full
// name of a message only when the program runs.

namespace ipc_channel::serialize::internal {

// Its parameter's name is what differs between two of these, and GCC and clang
// both write it behind "Name = ", in full, up to the next of ";]".
template <class Name>
constexpr std::string_view FunctionName() {
  return __PRETTY_FUNCTION__;
}

// "foo::bar::Message" for that class.
template <class T>
constexpr std::string_view ClassName() {
  constexpr std::string_view kBefore = "Name = ";
  std::string_view name = FunctionName<T>();
  name.remove_prefix(name.find(kBefore) + kBefore.size());
  return name.substr(0, name.find_first_of(";]"));
}

static_assert(ClassName<std::char_traits<char>>().starts_with("std::"),
              "ipc_channel: a compiler whose __PRETTY_FUNCTION__ is unknown.");

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_PROTOBUF_MESSAGE_NAME_H_
