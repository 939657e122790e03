#ifndef IPC_CHANNEL_CHANNEL_SCHEMA_CHANGE_ORDER_CHANGES_H_
#define IPC_CHANNEL_CHANNEL_SCHEMA_CHANGE_ORDER_CHANGES_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <string>
#include <vector>

#include "ipc_channel/channel/sender.h"

// order_today.h as other programs may have it: one change each. Make() gives
// one that fills every field.

namespace ipc_channel {

using Reply = Sender<std::string>;

namespace unchanged {
enum class Side : std::uint8_t { kBuy, kSell };
struct Order {
  std::uint32_t id = 0;
  std::string symbol;
  std::string account;
  Side side = Side::kBuy;
  std::vector<float> prices;
  Reply reply;
};
inline Order Make(Reply reply) {
  return {7, "SYM", "ACC", Side::kSell, {1, 2}, reply};
}
}  // namespace unchanged

namespace renamed {
enum class Direction : std::uint8_t { kBid = 3, kSell = 1 };
struct Trade {
  std::uint32_t number = 0;
  std::string stock;
  std::string owner;
  Direction direction = Direction::kBid;
  std::vector<float> values;
  Reply answer;
};
inline Trade Make(Reply reply) {
  return {7, "SYM", "ACC", Direction::kSell, {1, 2}, reply};
}
}  // namespace renamed

// The symbol and the account.
namespace swapped {
struct Order {
  std::uint32_t id = 0;
  std::string account;
  std::string symbol;
  unchanged::Side side = unchanged::Side::kBuy;
  std::vector<float> prices;
  Reply reply;
};
inline Order Make(Reply reply) {
  return {7, "ACC", "SYM", unchanged::Side::kSell, {1, 2}, reply};
}
}  // namespace swapped

namespace added {
struct Order {
  std::uint32_t id = 0;
  std::string symbol;
  std::string account;
  unchanged::Side side = unchanged::Side::kBuy;
  std::vector<float> prices;
  Reply reply;
  bool is_urgent = false;
};
inline Order Make(Reply reply) {
  return {7, "SYM", "ACC", unchanged::Side::kSell, {1, 2}, reply, true};
}
}  // namespace added

namespace removed {
struct Order {
  std::uint32_t id = 0;
  std::string symbol;
  std::string account;
  std::vector<float> prices;
  Reply reply;
};
inline Order Make(Reply reply) { return {7, "SYM", "ACC", {1, 2}, reply}; }
}  // namespace removed

namespace moved {
struct Order {
  std::string symbol;
  std::uint32_t id = 0;
  std::string account;
  unchanged::Side side = unchanged::Side::kBuy;
  std::vector<float> prices;
  Reply reply;
};
inline Order Make(Reply reply) {
  return {"SYM", 7, "ACC", unchanged::Side::kSell, {1, 2}, reply};
}
}  // namespace moved

// Of the same size.
namespace retyped {
struct Order {
  std::int32_t id = 0;
  std::string symbol;
  std::string account;
  unchanged::Side side = unchanged::Side::kBuy;
  std::vector<float> prices;
  Reply reply;
};
inline Order Make(Reply reply) {
  return {7, "SYM", "ACC", unchanged::Side::kSell, {1, 2}, reply};
}
}  // namespace retyped

namespace other_underlying_type {
enum class Side : std::uint16_t { kBuy, kSell };
struct Order {
  std::uint32_t id = 0;
  std::string symbol;
  std::string account;
  Side side = Side::kBuy;
  std::vector<float> prices;
  Reply reply;
};
inline Order Make(Reply reply) {
  return {7, "SYM", "ACC", Side::kSell, {1, 2}, reply};
}
}  // namespace other_underlying_type

// Of the same size, and no elements at all.
namespace other_element {
struct Order {
  std::uint32_t id = 0;
  std::string symbol;
  std::string account;
  unchanged::Side side = unchanged::Side::kBuy;
  std::vector<std::uint32_t> prices;
  Reply reply;
};
inline Order Make(Reply reply) {
  return {7, "SYM", "ACC", unchanged::Side::kSell, {}, reply};
}
}  // namespace other_element

namespace other_reply {
struct Order {
  std::uint32_t id = 0;
  std::string symbol;
  std::string account;
  unchanged::Side side = unchanged::Side::kBuy;
  std::vector<float> prices;
  Sender<int> reply;
};
inline Order Make(Reply reply) {
  return {7,      "SYM",
          "ACC",  unchanged::Side::kSell,
          {1, 2}, Sender<int>(reply.raw())};
}
}  // namespace other_reply

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_CHANNEL_SCHEMA_CHANGE_ORDER_CHANGES_H_
