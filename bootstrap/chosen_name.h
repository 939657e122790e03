#ifndef IPC_CHANNEL_BOOTSTRAP_CHOSEN_NAME_H_
#define IPC_CHANNEL_BOOTSTRAP_CHOSEN_NAME_H_

#include "ipc_channel/platforms/cxx20.h"

#include <string>
#include <string_view>

namespace ipc_channel {

// For tests: the name of a listener that leaves no file on this system, with
// `text` and the time in it. Not the same twice; thread-safe.
std::string ChosenName(std::string_view text);

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_CHOSEN_NAME_H_
