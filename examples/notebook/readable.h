#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_READABLE_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_READABLE_H_

#include "ipc_channel/transport/unique_fd.h"

namespace notebook {

// Whether a wait for it would end at once. Does not block. Thread-safe.
bool IsReadableNow(ipc_channel::transport::BorrowedFd descriptor);

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_READABLE_H_
