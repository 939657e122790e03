#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_CONNECT_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_CONNECT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/examples/notebook/protocol.h"

namespace notebook {

// A client of the daemon called `name`, which has to be this user's. Waits
// while it has too many others. Codes: ConnectDuplex()'s and
// Client::Create()'s.
absl::StatusOr<Client> ConnectTo(const std::string& name, absl::Time deadline);

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_CONNECT_H_
