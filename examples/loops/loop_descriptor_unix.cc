#include <fcntl.h>

#include <cerrno>

#include "absl/status/statusor.h"
#include "ipc_channel/examples/loops/loop_descriptor.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace loops {

using ipc_channel::transport::BorrowedFd;
using ipc_channel::transport::ErrnoToStatus;
using ipc_channel::transport::UniqueFd;

absl::StatusOr<LoopDescriptors::Loan> LoopDescriptors::Take(
    BorrowedFd descriptor) {
  Loan loan;
  if (!descriptor.valid()) return loan;
  if (taken_.insert(descriptor.get()).second) {
    loan.taken_ = &taken_;
    loan.fd_ = descriptor;
    return loan;
  }
  loan.duplicate_ = UniqueFd(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0));
  if (!loan.duplicate_.valid()) return ErrnoToStatus(errno, "fcntl");
  loan.fd_ = loan.duplicate_.Borrow();
  return loan;
}

}  // namespace loops
