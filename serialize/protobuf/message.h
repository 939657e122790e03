#ifndef IPC_CHANNEL_SERIALIZE_PROTOBUF_MESSAGE_H_
#define IPC_CHANNEL_SERIALIZE_PROTOBUF_MESSAGE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "google/protobuf/message.h"
#include "google/protobuf/message_lite.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/protobuf/message_name.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

namespace ipc_channel::serialize {

template <class M>
concept ProtobufMessage = std::derived_from<M, google::protobuf::MessageLite>;

// The name by which both sides know a message, in the fingerprint: that of its
// generated class with dots for colons. It is the full name of the message,
// save that one declared inside another, "pkg.Outer.Inner", is
// "pkg.Outer_Inner". Specialize it for a message that was renamed:
//
//   template <>
//   inline constexpr std::string_view
//       ipc_channel::serialize::kMessageName<new_package::Message> =
//           "old_package.Message";
template <ProtobufMessage M>
inline constexpr std::string_view kMessageName = {};

namespace internal {

template <class M>
constexpr void DescribeMessage(Schema& schema) {
  schema.Text("protobuf'");
  if constexpr (kMessageName<M>.empty()) {
    for (std::string_view name = ClassName<M>(); !name.empty();) {
      const std::size_t colons = name.find("::");
      schema.Text(name.substr(0, colons));
      if (colons == std::string_view::npos) break;
      schema.Text(".");
      name.remove_prefix(colons + 2);
    }
  } else {
    schema.Text(kMessageName<M>);
  }
  schema.Text("'");
}

// What does not depend on the type of the message.

// Why it cannot be sent; null if it can. `size` is what it takes.
const char* RefusalOf(const google::protobuf::MessageLite& message,
                      std::size_t size);

// Fills `size` bytes. False if `message`, which was measured before, was
// changed meanwhile.
bool StoreMessage(const google::protobuf::MessageLite& message, std::byte* room,
                  std::size_t size);

bool ReadMessage(Reader& in, google::protobuf::MessageLite& message);

// Takes from the budget what `message` allocated; eight times its size where it
// is lite, and cannot tell.
bool ChargeFor(Reader& in, const google::protobuf::Message& message);
bool ChargeFor(Reader& in, const google::protobuf::MessageLite& message);

}  // namespace internal

// Generated messages of Protocol Buffers, full and lite: the size as u32, then
// the message in protobuf's own format. The fingerprint knows the name alone:
// messages change by protobuf's rules, and fields that the reader does not know
// survive.
//
// Writing refuses a message without its required fields or of 2 GiB and more
// (INVALID_ARGUMENT). Reading refuses what does not parse, lacks required
// fields, or nests more than 100 levels, protobuf's own limit. Protobuf
// allocates as it likes while it parses one message; what that came to is
// charged when it is done, so that no further one is read beyond the budget.
template <ProtobufMessage M>
struct SerializeTraits<M> {
  static constexpr std::size_t kMinWireSize = sizeof(std::uint32_t);
  static constexpr void Describe(Schema& schema) {
    internal::DescribeMessage<M>(schema);
  }
  template <class Out>
  static void Write(Out& out, const M& message) {
    const std::size_t size = message.ByteSizeLong();
    const char* const refusal = internal::RefusalOf(message, size);
    if (refusal != nullptr) out.Fail(refusal);
    out.WriteCount(size);
    if constexpr (internal::Access::kOnlyMeasures<Out>) {
      internal::Access::Skip(out, size);
    } else if (std::byte* room = internal::Access::Take(out, size);
               room != nullptr &&
               !internal::StoreMessage(message, room, size)) {
      out.Fail("a protobuf message that somebody changes meanwhile");
    }
  }
  static bool Read(Reader& in, M& message) {
    return internal::ReadMessage(in, message) &&
           internal::ChargeFor(in, message);
  }
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_PROTOBUF_MESSAGE_H_
