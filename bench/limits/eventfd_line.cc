#include "ipc_channel/bench/limits/eventfd_line.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/placement.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using ipc_channel::transport::UniqueFd;

constexpr eventfd_t kPayload = 1;
constexpr eventfd_t kEnd = std::uint64_t{1} << 32;

UniqueFd NewSignal() {
  UniqueFd signal(::eventfd(0, EFD_CLOEXEC));
  CheckCall(signal.valid(), "eventfd");
  return signal;
}

}  // namespace

EventfdLine::EventfdLine()
    : pages_(2 * kMailboxBytes), parents_(NewSignal()), childs_(NewSignal()) {}

void EventfdLine::Choose(Side side) {
  own_ = side;
  other_ = side == Side::kParent ? Side::kChild : Side::kParent;
}

std::span<std::byte> EventfdLine::MailboxOf(Side side) const {
  return side == Side::kParent ? pages_.bytes().first(kMailboxBytes)
                               : pages_.bytes().last(kMailboxBytes);
}

const UniqueFd& EventfdLine::SignalOf(Side side) const {
  return side == Side::kParent ? parents_ : childs_;
}

void EventfdLine::Send(std::span<const std::byte> bytes) {
  std::ranges::copy(bytes, MailboxOf(other_).begin());
  CheckCall(::eventfd_write(SignalOf(other_).get(), kPayload) == 0,
            "eventfd_write");
}

bool EventfdLine::Receive(std::span<std::byte> buffer) {
  eventfd_t value = 0;
  CheckCall(::eventfd_read(SignalOf(own_).get(), &value) == 0, "eventfd_read");
  if (value >= kEnd) return false;
  std::ranges::copy(MailboxOf(own_).first(buffer.size()), buffer.begin());
  return true;
}

void EventfdLine::Close() {
  CheckCall(::eventfd_write(SignalOf(other_).get(), kEnd) == 0,
            "eventfd_write");
}

}  // namespace ipc_channel_bench
