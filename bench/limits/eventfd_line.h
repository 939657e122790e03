#ifndef IPC_CHANNEL_BENCH_LIMITS_EVENTFD_LINE_H_
#define IPC_CHANNEL_BENCH_LIMITS_EVENTFD_LINE_H_

#include <cstddef>
#include <span>

#include "ipc_channel/bench/limits/shared_pages.h"
#include "ipc_channel/bench/placement.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {

// A line (socket_line.h) of shared memory with an eventfd to say that there is
// something: for one payload at a time each way, of kMailboxBytes at most.
class EventfdLine {
 public:
  static constexpr std::size_t kMailboxBytes = 2048;

  EventfdLine();
  void Choose(Side side);
  void Send(std::span<const std::byte> bytes);
  bool Receive(std::span<std::byte> buffer);
  void Close();

 private:
  // The mailbox that `side` reads.
  std::span<std::byte> MailboxOf(Side side) const;
  const ipc_channel::transport::UniqueFd& SignalOf(Side side) const;

  const SharedPages pages_;
  ipc_channel::transport::UniqueFd parents_;
  ipc_channel::transport::UniqueFd childs_;
  Side own_ = Side::kParent;
  Side other_ = Side::kChild;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_LIMITS_EVENTFD_LINE_H_
