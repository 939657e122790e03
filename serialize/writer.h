#ifndef IPC_CHANNEL_SERIALIZE_WRITER_H_
#define IPC_CHANNEL_SERIALIZE_WRITER_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/internal/encode_failure.h"
#include "ipc_channel/serialize/internal/encode_pass.h"
#include "ipc_channel/serialize/internal/put_value.h"
#include "ipc_channel/serialize/internal/write_value.h"
#include "ipc_channel/serialize/schema.h"

// The two passes of encoding, and what SerializeTraits<T>::Write() may call on
// either. A value is first measured with a Sizer and then written, without
// asking for room again, with a Writer.
//
// Both also have:
//
//   // Writes the number of elements that follow, as u32, for
//   // Reader::ReadCount(). More than 2^32 - 1 fail with OUT_OF_RANGE.
//   void WriteCount(std::size_t count);
//
//   // Fails with INVALID_ARGUMENT: the value cannot be sent. Write() may go on
//   // or return. `reason` is kept by reference and must be a literal; it is
//   // part of the message of the Status.
//   void Fail(std::string_view reason);
//
//   // Opens a level of a value that may contain itself through what is shared,
//   // as a graph of pointers; to be closed with Leave() when it succeeded.
//   // Fails with INVALID_ARGUMENT if 256 are open: so a cycle ends. After any
//   // failure it only gives false, so that a value of many cycles is left
//   // soon. What owns its parts, as a tree does, need not call it.
//   [[nodiscard]] bool Enter();
//   void Leave();
//
//   // No failure so far.
//   bool ok() const;
//   // OK, or the first failure.
//   absl::Status status() const;

namespace ipc_channel::serialize {

// Adds up what a Writer would write. The first failure is kept.
// Thread-compatible.
class Sizer : public internal::EncodePass<Sizer> {
 public:
  template <class T>
  void Write(const T& value) {
    internal::WriteValue(*this, value);
  }
  template <class T>
  requires(internal::kSummary<T>.owns_handles) void Write(const T&& value) =
      delete;

  void WriteBytes(const void*, std::size_t size) { size_ += size; }
  void LendHandle(HandleKind, const void*) { size_ += kHandleWireSize; }

  std::size_t size() const { return size_; }

 private:
  friend struct internal::Access;
  friend class internal::EncodePass<Sizer>;
  static constexpr bool kOnlyMeasures = true;

  void PutCount(std::uint32_t) { size_ += sizeof(std::uint32_t); }
  void Stop() {}

  void Skip(std::size_t size) { size_ += size; }

  std::size_t size_ = 0;
};

// Writes into a span. The first failure is kept and ends all writing; no call
// ever writes outside the span: one that is too small is INTERNAL.
// Thread-compatible.
class Writer : public internal::EncodePass<Writer> {
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

  // Bytes of the span not written yet; 0 after a failure.
  std::size_t remaining() const {
    return static_cast<std::size_t>(end_ - cursor_);
  }

 private:
  friend struct internal::Access;
  friend class internal::EncodePass<Writer>;
  static constexpr bool kOnlyMeasures = false;

  // The next `size` bytes of the span, or null after a failure.
  std::byte* Take(std::size_t size) {
    if (remaining() < size) [[unlikely]] {
      FailWith(internal::EncodeFailure::Kind::kNoRoom);
      return nullptr;
    }
    std::byte* const taken = cursor_;
    cursor_ += size;
    return taken;
  }

  void PutCount(std::uint32_t count) { internal::WriteValue(*this, count); }

  // Leaves no room, so that nothing more is written.
  void Stop() { end_ = cursor_; }

  std::byte* cursor_;
  std::byte* end_;
  HandleSink* const handles_;
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_WRITER_H_
