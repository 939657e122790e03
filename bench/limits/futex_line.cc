#include "ipc_channel/bench/limits/futex_line.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/placement.h"

namespace ipc_channel_bench {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t) &&
              std::atomic<std::uint32_t>::is_always_lock_free);

// Returns when `word` may be another value than `seen`.
void WaitWhile(std::atomic<std::uint32_t>& word, std::uint32_t seen) {
  const long result =
      ::syscall(SYS_futex, &word, FUTEX_WAIT, seen, nullptr, nullptr, 0);
  CheckCall(result == 0 || errno == EAGAIN || errno == EINTR, "futex");
}

void WakeOne(std::atomic<std::uint32_t>& word) {
  CheckCall(
      ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0) >= 0,
      "futex");
}

}  // namespace

FutexLine::FutexLine() : pages_(2 * sizeof(Mailbox)) {
  std::byte* const start = pages_.bytes().data();
  own_ = std::construct_at(reinterpret_cast<Mailbox*>(start));
  other_ = std::construct_at(reinterpret_cast<Mailbox*>(start) + 1);
}

void FutexLine::Choose(Side side) {
  if (side == Side::kChild) std::swap(own_, other_);
}

void FutexLine::Announce(Mailbox& mailbox, std::uint32_t sent) {
  mailbox.sent.store(sent, std::memory_order_release);
  WakeOne(mailbox.sent);
}

void FutexLine::Send(std::span<const std::byte> bytes) {
  std::ranges::copy(bytes, other_->bytes.begin());
  Announce(*other_, other_->sent.load(std::memory_order_relaxed) + 1);
}

bool FutexLine::Receive(std::span<std::byte> buffer) {
  std::uint32_t sent = own_->sent.load(std::memory_order_acquire);
  while (sent == received_) {
    WaitWhile(own_->sent, received_);
    sent = own_->sent.load(std::memory_order_acquire);
  }
  if (sent == kEnd) return false;
  received_ = sent;
  std::copy_n(own_->bytes.begin(), buffer.size(), buffer.begin());
  return true;
}

void FutexLine::Close() { Announce(*other_, kEnd); }

}  // namespace ipc_channel_bench
