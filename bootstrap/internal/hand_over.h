#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_HAND_OVER_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_HAND_OVER_H_

#include <mach/mach.h>

#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/transport/mach/fork_generation.h"
#include "ipc_channel/transport/mach/port_right.h"

namespace ipc_channel::internal {

// The ends that a child is to get. Of those that are dropped the receiving one
// is the first: a parent whose receiver has been told of it can send no more.
struct ChildsEnds {
  transport::mach_backend::SendRight sending;
  transport::mach_backend::ReceiveRight receiving;
};

// Keeps the ends of a child, in a thread of its own, until the child has asked
// for them (inherited_port.h), or nobody can any more: then, and when this is
// destroyed, those that were not asked for are dropped, so that the channels
// say that it is gone. What anybody else asks is not answered: who asks is the
// kernel's word. In a forked process a copy of this does nothing.
class HandOver {
 public:
  // `door` is the port that the child asks at: it has a send right to that, or
  // has ended. Send rights of this process are to be dropped then.
  // RESOURCE_EXHAUSTED without a thread.
  static absl::StatusOr<std::shared_ptr<HandOver>> Begin(
      std::int64_t child, transport::mach_backend::ReceiveRight door,
      ChildsEnds ends, const SpawnContents& contents);

  HandOver(std::thread thread, transport::mach_backend::SendOnceRight stop)
      : thread_(std::move(thread)),
        stop_(std::move(stop)),
        generation_(transport::mach_backend::ForkGeneration()) {}
  HandOver(const HandOver&) = delete;
  HandOver& operator=(const HandOver&) = delete;
  // Waits for the thread, which ends at once.
  ~HandOver();

 private:
  std::thread thread_;
  // To the door: that it is gone ends the thread.
  transport::mach_backend::SendOnceRight stop_;
  const std::uint32_t generation_;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_HAND_OVER_H_
