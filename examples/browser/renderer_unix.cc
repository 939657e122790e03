#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/examples/browser/protocol.h"
#include "ipc_channel/examples/browser/renderer.h"
#include "ipc_channel/examples/browser/resource_content.h"
#include "ipc_channel/examples/browser/sandbox.h"
#include "ipc_channel/ipc_channel.h"

namespace browser {
namespace {

namespace ipc = ipc_channel;

bool FetchAll(Work& work) {
  for (const char* url : kUrls) {
    if (!work.fetches.Send({url}).ok()) return false;
    auto resource = work.resources.Recv();
    if (!resource.ok() || resource->url != url) return false;
    if (!IsResource(url, resource->content.bytes())) return false;
  }
  return true;
}

// One frame of each tab.
bool RenderFrames(Work& work, std::uint32_t number) {
  for (const Tab& tab : work.tabs) {
    if (!tab.requests.Send({number}).ok()) return false;
  }
  for (Tab& tab : work.tabs) {
    auto reply = tab.replies.Recv();
    if (!reply.ok() || reply->number != number) return false;
  }
  return true;
}

// A packet that is a message but no request, and bytes that are not even that.
void SendGarbage(const Work& work) {
  const std::vector<std::byte> garbage(100, std::byte{0xa5});
  if (!work.tabs[0].requests.raw().Send(garbage).ok()) return;
  const auto socket = work.tabs[1].requests.waitable();
  if (!socket.ok()) return;
  ::send(socket->get(), garbage.data(), garbage.size(), MSG_NOSIGNAL);
}

void Misbehave(Work& work) {
  switch (work.role) {
    case Role::kGood:
      return;
    case Role::kGarbage:
      SendGarbage(work);
      work.resources.Recv().IgnoreError();  // which never comes
      return;
    case Role::kHuge:
      if (!work.log.Send({std::string(100'000, 'x')}).ok()) return;
      work.resources.Recv().IgnoreError();
      return;
    case Role::kCrash:
      std::abort();
    case Role::kDeaf:
      while (work.tabs[0].requests.Send({0}).ok()) {
      }
      return;
    case Role::kFlood:
      while (work.log.Send({"and another one"}).ok()) {
      }
      return;
  }
}

bool Render(Work& work) {
  if (IsSandboxed() && !work.log.Send({kSandboxedLine}).ok()) return false;
  if (!FetchAll(work)) return false;
  for (std::uint32_t number = 0; number < kFramesPerTab; ++number) {
    if (!RenderFrames(work, number)) return false;
    Misbehave(work);
  }
  return work.log.Send({"done"}).ok();
}

absl::StatusOr<ipc::Receiver<Work>> MeetBrowser(const std::string& server) {
  auto parent = ipc::Connect<ipc::Sender<Work>>(server);
  if (!parent.ok()) return parent.status();
  auto control = ipc::Channel<Work>();
  if (!control.ok()) return control.status();
  absl::Status sent = parent->Send(std::move(control->sender));
  if (!sent.ok()) return sent;
  return std::move(control->receiver);
}

}  // namespace

int RunRenderer(const std::string& server) {
  auto control = MeetBrowser(server);
  if (!control.ok() || !EnterSandbox().ok()) return 1;
  auto received = control->Recv();
  if (!received.ok()) return 1;
  // Never destroyed: the channels are closed all at once by the exit.
  Work& work = *new Work(*std::move(received));
  return Render(work) ? 0 : 1;
}

}  // namespace browser
