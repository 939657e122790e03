#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_INPROCESS_REGISTRY_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_INPROCESS_REGISTRY_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel::internal {

// The names of servers within this process. A one-shot server has a sender for
// its next client; a listener has one for the receivers of all its clients.
// Thread-safe.

// A name nobody had before.
std::string NewInprocessName();

// Makes `sender` what the next client of `name` gets.
void OfferInprocess(const std::string& name, transport::Sender sender);

// Takes what was offered; empty if there is nothing, or another client has it.
std::optional<transport::Sender> TakeInprocess(std::string_view name);

// Makes `inbox` where clients of `name` send receivers. ALREADY_EXISTS if there
// is a listener of that name.
absl::Status AnnounceInprocess(const std::string& name,
                               transport::Sender inbox);
void WithdrawInprocess(const std::string& name);

// The inbox of the listener of that name; empty if there is none.
std::optional<transport::Sender> FindInprocess(std::string_view name);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_INPROCESS_REGISTRY_H_
