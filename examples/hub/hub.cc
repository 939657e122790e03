// One process listens to many channels of several types: children hand it what
// they will send on, values or bytes, and it tells them apart.

#include <unistd.h>

#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include "ipc_channel/ipc_channel.h"

namespace ipc = ipc_channel;

struct Feed {
  std::string name;
  ipc::OpaqueReceiver receiver;  // of double, or of bytes
};

// Prints all that comes, until every feed has ended and nobody is left to bring
// a new one.
int Listen(ipc::Receiver<Feed> feeds) {
  ipc::ReceiverSet set;
  std::map<ipc::ReceiverSet::Id, std::string> names;
  const auto control = set.Add(std::move(feeds));
  if (!control.ok()) return 1;
  while (!set.empty()) {
    auto events = set.Select();
    if (!events.ok()) return 1;
    for (ipc::ReceiverSet::Event& event : *events) {
      if (ipc::IsDisconnected(event.status())) {
        if (names.contains(event.id())) {
          std::printf("%s ended\n", names[event.id()].c_str());
        }
      } else if (event.id() == *control) {
        auto feed = event.To<Feed>();
        if (!feed.ok()) continue;  // somebody sent nonsense: not our problem
        auto id = set.Add(std::move(feed->receiver));
        if (id.ok()) names[*id] = feed->name;
      } else if (event.Is<double>()) {
        auto number = event.To<double>();
        if (!number.ok()) continue;
        std::printf("%s: %.1f\n", names[event.id()].c_str(), *number);
      } else if (event.status().ok()) {
        const auto bytes = event.bytes();  // where they lie, without a copy
        std::printf("%s: %zu bytes\n", names[event.id()].c_str(), bytes.size());
      }
    }
  }
  return 0;
}

int RunThermometer(const ipc::Sender<Feed>& feeds) {
  auto degrees = ipc::Channel<double>();
  if (!degrees.ok()) return 1;
  if (!feeds.Send({"thermometer", std::move(degrees->receiver).ToOpaque()})
           .ok()) {
    return 1;
  }
  for (const double each : {20.5, 21.0}) {
    if (!degrees->sender.Send(each).ok()) return 1;
  }
  return 0;
}

int RunCamera(const ipc::Sender<Feed>& feeds) {
  auto frames = ipc::BytesChannel();
  if (!frames.ok()) return 1;
  if (!feeds.Send({"camera", std::move(frames->receiver).ToOpaque()}).ok()) {
    return 1;
  }
  const std::string frame(1'000'000, '\0');
  return frames->sender.Send(frame).ok() ? 0 : 1;
}

int main() {
  auto feeds = ipc::Channel<Feed>();
  if (!feeds.ok()) return 1;
  for (const auto run : {RunThermometer, RunCamera}) {
    const pid_t pid = fork();
    if (pid < 0) return 1;
    if (pid == 0) _exit(run(feeds->sender));
  }
  feeds->sender = {};  // those of the children are the last
  return Listen(std::move(feeds->receiver));
}
