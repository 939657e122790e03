#ifndef IPC_CHANNEL_SERIALIZE_WRITER_H_
#define IPC_CHANNEL_SERIALIZE_WRITER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/internal/encode_failure.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/schema.h"

// The two passes of encoding, and what SerializeTraits<T>::Write() may call on
// either. A value is first measured with a Sizer and then written, without
// asking for room again, with a Writer.

namespace ipc_channel::serialize {
namespace internal {

// How many shared pointers may be open around a value that is written: more
// than any reader takes by default, and little enough for any stack.
inline constexpr std::size_t kMaxSharedDepth = 256;

}  // namespace internal

// Adds up what a Writer would write. The first failure is kept.
// Thread-compatible.
class Sizer {
 public:
  template <class T>
  void Write(const T& value) {
    internal::WriteValue(*this, value);
  }
  template <class T>
  requires(internal::kSummary<T>.owns_handles) void Write(const T&& value) =
      delete;

  void WriteCount(std::size_t count) {
    if (count > std::numeric_limits<std::uint32_t>::max()) {
      failure_.Set(internal::EncodeFailure::Kind::kTooLong);
    }
    size_ += sizeof(std::uint32_t);
  }
  void WriteBytes(const void*, std::size_t size) { size_ += size; }
  void LendHandle(HandleKind, const void*) { size_ += kHandleWireSize; }
  void Fail(std::string_view reason) {
    failure_.Set(internal::EncodeFailure::Kind::kRefused, reason);
  }

  // Opens a level of a value that may contain itself, which only what is
  // shared can; to be closed with Leave() when it succeeded. Fails with
  // INVALID_ARGUMENT if too many are open. After any failure it only gives
  // false, so that a value of many cycles is left soon.
  [[nodiscard]] bool Enter() {
    if (depth_ == internal::kMaxSharedDepth) {
      Fail("shared pointers that are nested too deeply, or form a cycle");
    }
    if (!ok()) return false;
    ++depth_;
    return true;
  }
  void Leave() { --depth_; }

  std::size_t size() const { return size_; }

  bool ok() const { return !failure_.happened(); }

  // OK, or the first failure.
  absl::Status status() const { return failure_.status(); }

 private:
  friend struct internal::Access;
  static constexpr bool kOnlyMeasures = true;

  void Skip(std::size_t size) { size_ += size; }

  std::size_t size_ = 0;
  std::size_t depth_ = 0;
  internal::EncodeFailure failure_;
};

// Writes into a span. The first failure is kept and ends all writing; no call
// ever writes outside the span. Thread-compatible.
class Writer {
 public:
  // Borrows both; `handles` may be null, and then a value with a handle fails.
  explicit Writer(std::span<std::byte> out, HandleSink* handles = nullptr)
      : cursor_(out.data()), end_(out.data() + out.size()), handles_(handles) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Writes any serializable value. A value that owns handles must be an lvalue
  // within the value being sent: its address is recorded.
  template <class T>
  void Write(const T& value) {
    internal::WriteValue(*this, value);
  }
  template <class T>
  requires(internal::kSummary<T>.owns_handles) void Write(const T&& value) =
      delete;

  // Writes the number of elements that follow, as u32. More fail with
  // OUT_OF_RANGE.
  void WriteCount(std::size_t count) {
    if (count > std::numeric_limits<std::uint32_t>::max()) {
      FailWith(internal::EncodeFailure::Kind::kTooLong);
      return;
    }
    internal::WriteValue(*this, static_cast<std::uint32_t>(count));
  }

  // Writes `size` bytes as they are.
  void WriteBytes(const void* data, std::size_t size) {
    if (std::byte* to = Take(size); to != nullptr) {
      internal::PutBytes(to, data, size);
    }
  }

  // Lends the handle at `address`, which must be a part of the value being
  // sent, to the message and writes its index. Fails with INVALID_ARGUMENT
  // without a HandleSink.
  void LendHandle(HandleKind kind, const void* address) {
    if (!ok()) return;
    if (handles_ == nullptr) {
      FailWith(internal::EncodeFailure::Kind::kNoHandleSink);
      return;
    }
    internal::WriteValue(*this, handles_->Lend(kind, address));
  }

  // Fails with INVALID_ARGUMENT: the value cannot be sent. `reason` is kept by
  // reference and must be a literal.
  void Fail(std::string_view reason) {
    FailWith(internal::EncodeFailure::Kind::kRefused, reason);
  }

  // Like Sizer's.
  [[nodiscard]] bool Enter() {
    if (depth_ == internal::kMaxSharedDepth) {
      Fail("shared pointers that are nested too deeply, or form a cycle");
    }
    if (!ok()) return false;
    ++depth_;
    return true;
  }
  void Leave() { --depth_; }

  bool ok() const { return !failure_.happened(); }

  // Bytes of the span not written yet; 0 after a failure.
  std::size_t remaining() const {
    return static_cast<std::size_t>(end_ - cursor_);
  }

  // OK, or the first failure. INTERNAL if the span was too small.
  absl::Status status() const { return failure_.status(); }

 private:
  friend struct internal::Access;
  static constexpr bool kOnlyMeasures = false;

  // The next `size` bytes of the span, or null after a failure.
  std::byte* Take(std::size_t size) {
    if (remaining() < size) {
      FailWith(internal::EncodeFailure::Kind::kNoRoom);
      return nullptr;
    }
    std::byte* const taken = cursor_;
    cursor_ += size;
    return taken;
  }

  // Leaves no room, so that nothing more is written.
  void FailWith(internal::EncodeFailure::Kind kind,
                std::string_view reason = {}) {
    failure_.Set(kind, reason);
    end_ = cursor_;
  }

  std::byte* cursor_;
  std::byte* end_;
  HandleSink* const handles_;
  std::size_t depth_ = 0;
  internal::EncodeFailure failure_;
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_WRITER_H_
