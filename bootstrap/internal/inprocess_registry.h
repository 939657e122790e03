#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_INPROCESS_REGISTRY_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_INPROCESS_REGISTRY_H_

#include <optional>
#include <string>
#include <string_view>

#include "ipc_channel/transport/sender.h"

namespace ipc_channel::internal {

// The names of one-shot servers within this process, and the sender each of
// them has for its next client. Thread-safe.

// A name nobody had before.
std::string NewInprocessName();

// Makes `sender` what the next client of `name` gets.
void OfferInprocess(const std::string& name, transport::Sender sender);

// Takes what was offered; empty if there is nothing, or another client has it.
std::optional<transport::Sender> TakeInprocess(std::string_view name);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_INPROCESS_REGISTRY_H_
