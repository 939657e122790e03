#include <poll.h>

#include "ipc_channel/examples/notebook/readable.h"

namespace notebook {

bool IsReadableNow(ipc_channel::transport::BorrowedFd descriptor) {
  pollfd entry = {.fd = descriptor.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) > 0;
}

}  // namespace notebook
