#ifndef IPC_CHANNEL_TESTING_FAKE_HANDLE_H_
#define IPC_CHANNEL_TESTING_FAKE_HANDLE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

// Handles for tests of values that own some, without a system under them: move-
// only numbers, and the two sides of a table. The table also takes handles of
// other types, if it is told how to copy them.

namespace ipc_channel_testing {

template <ipc_channel::serialize::HandleKind kHandleKind>
class FakeHandle {
 public:
  static constexpr ipc_channel::serialize::HandleKind kKind = kHandleKind;

  FakeHandle() = default;
  explicit FakeHandle(int id) : id_(id) {}
  FakeHandle(FakeHandle&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
  FakeHandle& operator=(FakeHandle&& other) noexcept {
    id_ = std::exchange(other.id_, 0);
    return *this;
  }

  // 0 if there is none.
  int id() const { return id_; }

  friend bool operator==(const FakeHandle&, const FakeHandle&) = default;
  friend auto operator<=>(const FakeHandle&, const FakeHandle&) = default;

 private:
  int id_ = 0;
};

// Kinds that sending consumes and shares.
using FakeFd = FakeHandle<1>;
using FakeSender = FakeHandle<2>;

// Puts into `*out` what arrives when the handle at `from` is sent, both being
// of the type that goes with `kind`. False if it cannot.
using CopyHandle = bool (*)(ipc_channel::serialize::HandleKind kind,
                            const void* from, void* out);

// For FakeFd and FakeSender.
inline bool CopyFakeHandle(ipc_channel::serialize::HandleKind kind,
                           const void* from, void* out) {
  if (kind == FakeFd::kKind) {
    *static_cast<FakeFd*>(out) = FakeFd(static_cast<const FakeFd*>(from)->id());
  } else if (kind == FakeSender::kKind) {
    *static_cast<FakeSender*>(out) =
        FakeSender(static_cast<const FakeSender*>(from)->id());
  } else {
    return false;
  }
  return true;
}

struct LentHandle {
  ipc_channel::serialize::HandleKind kind;
  const void* address;

  friend bool operator==(const LentHandle&, const LentHandle&) = default;
};

// Thread-compatible.
class FakeSink final : public ipc_channel::serialize::HandleSink {
 public:
  std::uint32_t Lend(ipc_channel::serialize::HandleKind kind,
                     const void* address) override {
    lent_.push_back({kind, address});
    return static_cast<std::uint32_t>(lent_.size() - 1);
  }

  const std::vector<LentHandle>& lent() const { return lent_; }

 private:
  std::vector<LentHandle> lent_;
};

// A table of handles, each of which can be claimed once. Thread-compatible.
class FakeSource final : public ipc_channel::serialize::HandleSource {
 public:
  // What arrives when everything in `sink` was sent. The handles are copied
  // when they are claimed: until then they must stay where they are.
  explicit FakeSource(const FakeSink& sink, CopyHandle copy = CopyFakeHandle)
      : copy_(copy), entries_(sink.lent()), is_claimed_(entries_.size()) {}

  bool Claim(ipc_channel::serialize::HandleKind kind, std::uint32_t index,
             void* out) override {
    if (index >= entries_.size() || is_claimed_[index]) return false;
    const LentHandle& entry = entries_[index];
    if (entry.kind != kind || !copy_(kind, entry.address, out)) return false;
    is_claimed_[index] = true;
    claimed_.push_back(index);
    return true;
  }

  // The indices that were claimed, in this order.
  const std::vector<std::uint32_t>& claimed() const { return claimed_; }
  std::size_t unclaimed() const { return entries_.size() - claimed_.size(); }

 private:
  const CopyHandle copy_;
  const std::vector<LentHandle> entries_;
  std::vector<bool> is_claimed_;
  std::vector<std::uint32_t> claimed_;
};

// Gives the handles of a decoded value, which is encoded again, the indices
// with which they came: those that its FakeSource says were claimed. Borrows
// them. Thread-compatible.
class SameIndices final : public ipc_channel::serialize::HandleSink {
 public:
  explicit SameIndices(const std::vector<std::uint32_t>& claimed)
      : claimed_(claimed) {}

  // An index that no table has, once all are used up.
  std::uint32_t Lend(ipc_channel::serialize::HandleKind, const void*) override {
    constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
    return next_ < claimed_.size() ? claimed_[next_++] : kNone;
  }

 private:
  const std::vector<std::uint32_t>& claimed_;
  std::size_t next_ = 0;
};

}  // namespace ipc_channel_testing

template <ipc_channel::serialize::HandleKind kKind>
struct ipc_channel::serialize::SerializeTraits<
    ipc_channel_testing::FakeHandle<kKind>> {
  using Handle = ipc_channel_testing::FakeHandle<kKind>;

  static constexpr std::size_t kMinWireSize = kHandleWireSize;
  static constexpr bool kConsumedBySending =
      kKind == ipc_channel_testing::FakeFd::kKind;
  static constexpr void Describe(Schema& schema) {
    schema.Name("fake handle");
    schema.Number(kKind);
  }
  template <class Out>
  static void Write(Out& out, const Handle& handle) {
    out.LendHandle(kKind, &handle);
  }
  static bool Read(Reader& in, Handle& handle) {
    return in.ClaimHandle(kKind, &handle);
  }
};

#endif  // IPC_CHANNEL_TESTING_FAKE_HANDLE_H_
