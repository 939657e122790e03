#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_FAKE_HANDLE_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_FAKE_HANDLE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "ipc_channel/serialize/handles.h"
#include "ipc_channel/serialize/reader.h"
#include "ipc_channel/serialize/schema.h"
#include "ipc_channel/serialize/traits.h"

// Handles for tests: move-only numbers and tables of them.

namespace ipc_channel::serialize {

template <HandleKind kHandleKind>
class FakeHandle {
 public:
  static constexpr HandleKind kKind = kHandleKind;

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

template <HandleKind kKind>
struct SerializeTraits<FakeHandle<kKind>> {
  static constexpr std::size_t kMinWireSize = kHandleWireSize;
  static constexpr bool kConsumedBySending = kKind == FakeFd::kKind;
  static constexpr void Describe(Schema& schema) {
    schema.Name("fake handle");
    schema.Number(kKind);
  }
  template <class Out>
  static void Write(Out& out, const FakeHandle<kKind>& handle) {
    out.LendHandle(kKind, &handle);
  }
  static bool Read(Reader& in, FakeHandle<kKind>& handle) {
    return in.ClaimHandle(kKind, &handle);
  }
};

struct LentHandle {
  HandleKind kind;
  const void* address;
};

class FakeSink final : public HandleSink {
 public:
  std::uint32_t Lend(HandleKind kind, const void* address) override {
    lent_.push_back({kind, address});
    return static_cast<std::uint32_t>(lent_.size() - 1);
  }

  const std::vector<LentHandle>& lent() const { return lent_; }

 private:
  std::vector<LentHandle> lent_;
};

// A table of handles, each of which can be claimed once.
class FakeSource final : public HandleSource {
 public:
  // What arrives when everything in `sink` was sent.
  explicit FakeSource(const FakeSink& sink) {
    for (const LentHandle& lent : sink.lent()) {
      const int id = lent.kind == FakeFd::kKind
                         ? static_cast<const FakeFd*>(lent.address)->id()
                         : static_cast<const FakeSender*>(lent.address)->id();
      entries_.push_back({lent.kind, id, false});
    }
  }

  bool Claim(HandleKind kind, std::uint32_t index, void* out) override {
    if (index >= entries_.size()) return false;
    Entry& entry = entries_[index];
    if (entry.is_claimed || entry.kind != kind) return false;
    entry.is_claimed = true;
    if (kind == FakeFd::kKind) {
      *static_cast<FakeFd*>(out) = FakeFd(entry.id);
    } else {
      *static_cast<FakeSender*>(out) = FakeSender(entry.id);
    }
    return true;
  }

  std::size_t unclaimed() const {
    std::size_t count = 0;
    for (const Entry& entry : entries_) count += entry.is_claimed ? 0 : 1;
    return count;
  }

 private:
  struct Entry {
    HandleKind kind;
    int id;
    bool is_claimed;
  };
  std::vector<Entry> entries_;
};

}  // namespace ipc_channel::serialize

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_FAKE_HANDLE_H_
