#ifndef IPC_CHANNEL_CHANNEL_SCHEMA_CHANGE_ORDER_TODAY_H_
#define IPC_CHANNEL_CHANNEL_SCHEMA_CHANGE_ORDER_TODAY_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <string>
#include <vector>

#include "ipc_channel/channel/sender.h"

// What schema_change_test knows; the programs it talks to were built from
// order_changes.h.

namespace ipc_channel::today {

enum class Side : std::uint8_t { kBuy, kSell };

struct Order {
  std::uint32_t id = 0;
  std::string symbol;
  std::string account;
  Side side = Side::kBuy;
  std::vector<float> prices;
  Sender<std::string> reply;
};

}  // namespace ipc_channel::today

#endif  // IPC_CHANNEL_CHANNEL_SCHEMA_CHANGE_ORDER_TODAY_H_
