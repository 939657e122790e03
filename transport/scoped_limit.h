#ifndef IPC_CHANNEL_TRANSPORT_SCOPED_LIMIT_H_
#define IPC_CHANNEL_TRANSPORT_SCOPED_LIMIT_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/resource.h>

#include <vector>

#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::transport {

// For tests: sets a resource limit of this process until the end of the scope.
class ScopedLimit {
 public:
  // `resource` is one of RLIMIT_...
  ScopedLimit(int resource, rlim_t value);
  ScopedLimit(const ScopedLimit&) = delete;
  ScopedLimit& operator=(const ScopedLimit&) = delete;
  ~ScopedLimit();

 private:
  int resource_;
  rlimit before_;
};

// Lets this process open `more` descriptors and no more than that.
//
// Look at what came of it after the scope: UBSan opens a pipe when it meets an
// object of a class for the first time, and takes a failure for a wild pointer.
class ScopedDescriptorLimit {
 public:
  explicit ScopedDescriptorLimit(int more);

 private:
  std::vector<UniqueFd> fillers_;  // so that no number below the limit is free
  ScopedLimit limit_;
};

}  // namespace ipc_channel::transport

#endif  // IPC_CHANNEL_TRANSPORT_SCOPED_LIMIT_H_
