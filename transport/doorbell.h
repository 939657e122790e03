#ifndef IPC_CHANNEL_TRANSPORT_DOORBELL_H_
#define IPC_CHANNEL_TRANSPORT_DOORBELL_H_

#include "ipc_channel/platforms/cxx20.h"

#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// A descriptor that is readable between Ring() and Silence(), for whoever waits
// with poll() or the like. Silent at first. Nothing blocks. Thread-compatible:
// to keep it in step with something is the user's lock's business.
//
// It is that of the process that made it: a forked child shares the descriptor,
// but its copy of this object does not touch it.
class Doorbell {
 public:
  // RESOURCE_EXHAUSTED without descriptors or memory; UNIMPLEMENTED on a system
  // that has nothing of the kind.
  static absl::StatusOr<Doorbell> Create();

  // Stays the same, and open, while this object lives.
  BorrowedFd descriptor() const { return read_end_.Borrow(); }

  // False in a forked child: there nothing below has an effect.
  bool IsOurs() const;

  // Each has no effect if the bell is in that state already.
  void Ring();
  void Silence();

 private:
  Doorbell(UniqueFd read_end, UniqueFd write_end, int process)
      : read_end_(std::move(read_end)),
        write_end_(std::move(write_end)),
        process_(process) {}

  UniqueFd read_end_;
  UniqueFd write_end_;  // none where one descriptor serves both ways
  int process_ = 0;     // whose it is
  bool rings_ = false;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_DOORBELL_H_
