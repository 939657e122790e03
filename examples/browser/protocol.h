#ifndef IPC_CHANNEL_EXAMPLES_BROWSER_PROTOCOL_H_
#define IPC_CHANNEL_EXAMPLES_BROWSER_PROTOCOL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/channel/shared_memory.h"

// What the browser and its renderers say to each other.
namespace browser {

struct LogLine {
  std::string text;
};

// A renderer opens no files: what it shows it asks for.
struct Fetch {
  std::string url;
};
struct Resource {
  std::string url;
  ipc_channel::SharedMemory content;  // the same memory for all who ask
};

struct FrameRequest {
  std::uint32_t number = 0;
};
struct FrameReply {
  std::uint32_t number = 0;  // of the request
};

// A tab's two channels: a request for each frame, and its reply.
struct Tab {
  ipc_channel::Sender<FrameRequest> requests;
  ipc_channel::Receiver<FrameReply> replies;
};

// How a renderer is to behave.
enum class Role : std::uint8_t {
  kGood,
  kGarbage,  // sends what is no message
  kHuge,     // sends a message larger than any that is needed
  kCrash,    // dies in the middle
  kDeaf,     // asks and asks, and never reads a reply
  kFlood,    // sends log lines as fast as it can, and never stops
};
constexpr bool IsValidEnum(Role role) { return role <= Role::kFlood; }

// All that a renderer has of the world: 99 channels, and a hundred with the one
// that this comes by.
struct Work {
  Role role = Role::kGood;
  ipc_channel::Sender<LogLine> log;
  ipc_channel::Sender<Fetch> fetches;
  ipc_channel::Receiver<Resource> resources;
  std::vector<Tab> tabs;
};

inline constexpr int kTabs = 48;
inline constexpr int kChannelsPerRenderer = 4 + 2 * kTabs;

// What a good renderer does: each of these once, and these for each tab.
inline constexpr const char* kUrls[] = {"style.css", "script.js", "image.png"};
inline constexpr std::uint32_t kFramesPerTab = 3;

}  // namespace browser

#endif  // IPC_CHANNEL_EXAMPLES_BROWSER_PROTOCOL_H_
