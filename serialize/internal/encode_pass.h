#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_ENCODE_PASS_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_ENCODE_PASS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "absl/status/status.h"
#include "ipc_channel/serialize/internal/encode_failure.h"

namespace ipc_channel::serialize::internal {

// How many shared pointers may be open around a value that is written: more
// than any reader takes by default, and little enough for any stack.
inline constexpr std::size_t kMaxSharedDepth = 256;

// What the two passes of encoding have in common, which must agree on what they
// refuse. `Pass` is Sizer or Writer (writer.h), whose Stop() ends it after a
// failure, and whose PutCount() takes a count that fits. Thread-compatible.
template <class Pass>
class EncodePass {
 public:
  // Writes the number of elements that follow, as u32. More fail with
  // OUT_OF_RANGE.
  void WriteCount(std::size_t count) {
    if (count > std::numeric_limits<std::uint32_t>::max()) [[unlikely]] {
      FailWith(EncodeFailure::Kind::kTooLong);
      return;
    }
    pass().PutCount(static_cast<std::uint32_t>(count));
  }

  // Fails with INVALID_ARGUMENT: the value cannot be sent. `reason` is kept by
  // reference and must be a literal.
  void Fail(std::string_view reason) {
    FailWith(EncodeFailure::Kind::kRefused, reason);
  }

  // Opens a level of a value that may contain itself, which only what is
  // shared can; to be closed with Leave() when it succeeded. Fails with
  // INVALID_ARGUMENT if too many are open. After any failure it only gives
  // false, so that a value of many cycles is left soon.
  [[nodiscard]] bool Enter() {
    if (depth_ == kMaxSharedDepth) {
      Fail("shared pointers that are nested too deeply, or form a cycle");
    }
    if (!ok()) return false;
    ++depth_;
    return true;
  }
  void Leave() { --depth_; }

  bool ok() const { return !failure_.happened(); }

  // OK, or the first failure.
  absl::Status status() const { return failure_.status(); }

 private:
  friend Pass;

  EncodePass() = default;

  Pass& pass() { return static_cast<Pass&>(*this); }

  void FailWith(EncodeFailure::Kind kind, std::string_view reason = {}) {
    failure_.Set(kind, reason);
    pass().Stop();
  }

  std::size_t depth_ = 0;
  EncodeFailure failure_;
};

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_ENCODE_PASS_H_
