#include "ipc_channel/serialize/protobuf/message.h"

#include <climits>
#include <cstddef>
#include <cstdint>
#include <string>

#include "google/protobuf/message.h"
#include "google/protobuf/message_lite.h"
#include "ipc_channel/serialize/internal/std_sequence.h"
#include "ipc_channel/serialize/reader.h"

namespace ipc_channel::serialize::internal {

using ::google::protobuf::Message;
using ::google::protobuf::MessageLite;

const char* RefusalOf(const MessageLite& message, std::size_t size) {
  if (size > INT_MAX) return "a protobuf message of 2 GiB or more";
  if (!message.IsInitialized()) {
    return "a protobuf message without its required fields";
  }
  return nullptr;
}

bool StoreMessage(const MessageLite& message, std::byte* room,
                  std::size_t size) {
  // Measures once more, but never writes beyond `size` bytes.
  return message.SerializePartialToArray(room, static_cast<int>(size)) &&
         static_cast<std::size_t>(message.GetCachedSize()) == size;
}

bool ReadMessage(Reader& in, MessageLite& message) {
  // A copy: the message may lie in memory that its sender still writes to, and
  // the parser looks at some bytes twice.
  std::string bytes;
  if (!in.Read(bytes)) return false;
  if (bytes.size() > INT_MAX) {
    return in.Fail("a protobuf message of 2 GiB or more");
  }
  if (!message.ParsePartialFromArray(bytes.data(),
                                     static_cast<int>(bytes.size()))) {
    return in.Fail("a protobuf message that does not parse");
  }
  return message.IsInitialized() ||
         in.Fail("a protobuf message without its required fields");
}

bool ChargeFor(Reader& in, const Message& message) {
  return in.Charge(message.SpaceUsedLong());
}

bool ChargeFor(Reader& in, const MessageLite& message) {
  return in.Charge(8 * message.ByteSizeLong());
}

}  // namespace ipc_channel::serialize::internal
