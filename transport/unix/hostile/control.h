#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_CONTROL_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_CONTROL_H_

#include "ipc_channel/platforms/cxx20.h"

#include <string>
#include <vector>

#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {

// How the tests talk to the hostile peer: text, one packet each, over the
// socket that the peer finds at this number.
//
//   to the peer    "round <number> <pid of the victim>", with the sockets
//                  "stop", to end a flood
//   from the peer  "account <bad> <fine> <odd>", at the end of a round
//                  "skip <why>" and "failed <what>", after which it is gone
inline constexpr int kControl = 3;

struct Order {
  std::string text;  // empty: the tests are gone
  std::vector<Fd> sockets;
};

// Waits for the next order.
Order NextOrder();

bool OrderIsWaiting();

void Report(const std::string& text);

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_CONTROL_H_
