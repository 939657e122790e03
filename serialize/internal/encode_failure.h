#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_ENCODE_FAILURE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_ENCODE_FAILURE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/status/status.h"

namespace ipc_channel::serialize::internal {

// The first thing that went wrong in a pass of encoding. Thread-compatible.
class EncodeFailure {
 public:
  enum class Kind : std::uint8_t {
    kNone,
    kNoRoom,
    kTooLong,
    kNoHandleSink,
    kRefused,
  };

  // Keeps only the first. `reason` is kept by reference and must be a literal.
  void Set(Kind kind, std::string_view reason = {}) {
    if (kind_ != Kind::kNone) return;
    kind_ = kind;
    reason_ = reason;
  }

  bool happened() const { return kind_ != Kind::kNone; }

  // By value: a pass whose address is not taken is kept in registers.
  absl::Status status() const {
    return happened() ? StatusFor(kind_, reason_) : absl::OkStatus();
  }

 private:
  ABSL_ATTRIBUTE_COLD static absl::Status StatusFor(Kind kind,
                                                    std::string_view reason);

  Kind kind_ = Kind::kNone;
  std::string_view reason_;
};

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_ENCODE_FAILURE_H_
