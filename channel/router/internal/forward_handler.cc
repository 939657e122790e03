#include "ipc_channel/channel/router/internal/forward_handler.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/out_of_memory.h"
#include "ipc_channel/transport/status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::router_internal {
namespace {

constexpr absl::Duration kAfterAShortage = absl::Milliseconds(20);
// At least, where nothing shows room: some channels cannot be waited for.
constexpr absl::Duration kBeforeLookingAgain = absl::Milliseconds(10);
constexpr int kMostShortages = 50;

void Lend(transport::Handle& handle, std::vector<transport::HandleRef>& lent) {
  std::visit(
      [&lent](auto& one) {
        using One = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<One, std::monostate>) {
          return;
        } else if constexpr (requires { transport::HandleRef::Moving(one); }) {
          lent.push_back(transport::HandleRef::Moving(one));
        } else {
          lent.push_back(transport::HandleRef(one));
        }
      },
      handle);
}

}  // namespace

Verdict ForwardHandler::OnMessage(const absl::Status& status,
                                  transport::Message& message) {
  if (!status.ok()) return Lose(status);
  shortages_ = 0;
  trusts_descriptor_ = true;
  return Forward(message);
}

Verdict ForwardHandler::OnRoom(bool was_ready) {
  // One that shows room where there is none must keep nobody busy.
  trusts_descriptor_ = !was_ready;
  return Forward(held_);
}

void ForwardHandler::OnClosed(absl::Status why) {
  CallIfThere(closed_, std::move(why));
}

absl::Status ForwardHandler::TrySend(transport::Message& message) {
  return transport::OrOutOfMemory([&] {
    lent_.clear();
    for (transport::Handle& handle : message.handles()) Lend(handle, lent_);
    return to_.Send(message.payload(), lent_, absl::InfinitePast());
  });
}

Verdict ForwardHandler::Forward(transport::Message& message) {
  const absl::Status sent = TrySend(message);
  if (transport::IsFull(sent)) return Hold(message, WaitForFullSender());
  if (absl::IsResourceExhausted(sent) && ++shortages_ <= kMostShortages) {
    return Hold(message, {.until = absl::Now() + kAfterAShortage});
  }
  message.Clear();
  held_ = transport::Message();  // its buffer too
  if (transport::IsDisconnected(sent)) return Verdict::End(sent);
  if (!sent.ok()) return Lose(sent);
  return Verdict::DeliveredOrLost(true);
}

Verdict ForwardHandler::Hold(transport::Message& message, RoomWait wait) {
  wait_ = wait;
  if (&message != &held_) held_ = std::move(message);
  return {.next = Verdict::Next::kHold};
}

Verdict ForwardHandler::Lose(const absl::Status& why) {
  if (undeliverable_ != nullptr) undeliverable_(why);
  return Verdict::DeliveredOrLost(false);
}

RoomWait ForwardHandler::WaitForFullSender() {
  RoomWait wait = {
      .interest = to_.interest(),
      .until = std::max(to_.deadline(), absl::Now() + kBeforeLookingAgain)};
  if (!trusts_descriptor_) return wait;
  const absl::StatusOr<transport::BorrowedFd> waitable = to_.waitable();
  if (waitable.ok()) wait.descriptor = *waitable;
  return wait;
}

}  // namespace ipc_channel::router_internal
