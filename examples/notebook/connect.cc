#include "ipc_channel/examples/notebook/connect.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/connect_duplex.h"

namespace notebook {

absl::StatusOr<Client> ConnectTo(const std::string& name, absl::Time deadline) {
  auto ends = ipc_channel::ConnectDuplex<ToServer, ToClient>(name, deadline);
  if (!ends.ok()) return ends.status();
  return Client::Create(*std::move(ends));
}

}  // namespace notebook
