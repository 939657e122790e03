// A port is not inherited, but for those that are registered: through one the
// child sends a way to itself, and the ends go there in a message.

#include <mach/mach.h>

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/testing/child_ends.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/message.h"
#include "ipc_channel/transport/receiver.h"
#include "ipc_channel/transport/sender.h"

namespace ipc_channel_testing {
namespace {

using ::ipc_channel::transport::AdoptMachReceiver;
using ::ipc_channel::transport::AdoptMachSender;
using ::ipc_channel::transport::ChannelPair;
using ::ipc_channel::transport::CreateMachChannel;
using ::ipc_channel::transport::Handle;
using ::ipc_channel::transport::HandleRef;
using ::ipc_channel::transport::Message;
using ::ipc_channel::transport::Receiver;
using ::ipc_channel::transport::Sender;
using ::ipc_channel::transport::mach_backend::ReceiveRight;
using ::ipc_channel::transport::mach_backend::SendRight;

constexpr absl::Duration kLookAtTheChildEvery = absl::Milliseconds(50);

// A port with a send right, under one name.
absl::StatusOr<mach_port_name_t> NewPort() {
  mach_port_name_t port = MACH_PORT_NULL;
  if (::mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port) !=
          KERN_SUCCESS ||
      ::mach_port_insert_right(mach_task_self(), port, port,
                               MACH_MSG_TYPE_MAKE_SEND) != KERN_SUCCESS) {
    return absl::ResourceExhaustedError("no port for the child");
  }
  return port;
}

// The port that children of this process start with; there is one for all.
class Registration {
 public:
  explicit Registration(mach_port_t port) : lock_(mutex_) { Register(port); }
  ~Registration() { Register(MACH_PORT_NULL); }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  static void Register(mach_port_t port) {
    ::mach_ports_register(mach_task_self(), &port, 1);
  }

  static inline std::mutex mutex_;
  const std::lock_guard<std::mutex> lock_;
};

absl::Status ReceiveFromChild(Receiver& receiver, ChildProcess& child,
                              Message& message) {
  const absl::Time deadline = Soon();
  while (true) {
    absl::Status status =
        receiver.Receive(message, absl::Now() + kLookAtTheChildEvery);
    if (status.code() != absl::StatusCode::kDeadlineExceeded) return status;
    if (absl::Now() >= deadline) return status;
    if (child.Wait(absl::InfinitePast()).ok()) {
      return absl::UnavailableError("the child has ended without its ends");
    }
  }
}

std::vector<HandleRef> Lend(std::vector<ChildEnd>& ends) {
  std::vector<HandleRef> handles;
  for (ChildEnd& end : ends) {
    std::visit([&](auto& some) { handles.emplace_back(some); }, end);
  }
  return handles;
}

// Those that came and have not been asked for.
absl::StatusOr<std::vector<Handle>> TakeEnds() {
  mach_port_array_t ports = nullptr;
  mach_msg_type_number_t count = 0;
  if (::mach_ports_lookup(mach_task_self(), &ports, &count) != KERN_SUCCESS ||
      count == 0 || ports[0] == MACH_PORT_NULL) {
    return absl::NotFoundError("not started with the ends of channels");
  }
  absl::StatusOr<Sender> to_parent = AdoptMachSender(SendRight(ports[0]));
  ::vm_deallocate(mach_task_self(), reinterpret_cast<vm_address_t>(ports),
                  count * sizeof(*ports));
  // What this process starts is not to have it.
  mach_port_t none = MACH_PORT_NULL;
  ::mach_ports_register(mach_task_self(), &none, 1);
  if (!to_parent.ok()) return to_parent.status();
  absl::StatusOr<ChannelPair> own = CreateMachChannel();
  if (!own.ok()) return own.status();
  absl::Status status =
      to_parent->Send({}, {HandleRef::Moving(own->sender)}, Soon());
  Message message;
  if (status.ok()) status = own->receiver.Receive(message, Soon());
  if (!status.ok()) return status;
  return std::move(message.handles());
}

absl::StatusOr<std::vector<Handle>>& EndsOfThisProcess() {
  static absl::StatusOr<std::vector<Handle>>& ends =
      *new absl::StatusOr<std::vector<Handle>>(TakeEnds());
  return ends;
}

template <class End>
absl::StatusOr<End> TakeEnd(std::size_t index) {
  absl::StatusOr<std::vector<Handle>>& ends = EndsOfThisProcess();
  if (!ends.ok()) return ends.status();
  if (index >= ends->size()) return absl::NotFoundError("no such end");
  End* const end = std::get_if<End>(&(*ends)[index]);
  if (end == nullptr) return absl::InvalidArgumentError("another kind of end");
  return std::move(*end);
}

}  // namespace

absl::StatusOr<ChildProcess> ExecWithEnds(std::string_view name,
                                          std::vector<ChildEnd> ends,
                                          const std::vector<std::string>& args,
                                          const ExecOptions& options) {
  absl::StatusOr<mach_port_name_t> port = NewPort();
  if (!port.ok()) return port.status();
  const SendRight registered(*port);
  absl::StatusOr<Receiver> receiver = AdoptMachReceiver(ReceiveRight(*port));
  if (!receiver.ok()) return receiver.status();
  const Registration registration(registered.name());
  absl::StatusOr<ChildProcess> child = ChildProcess::Exec(name, args, options);
  if (!child.ok()) return child.status();
  Message message;
  absl::Status status = ReceiveFromChild(*receiver, *child, message);
  if (!status.ok()) return status;
  if (message.handles().size() != 1 ||
      !std::holds_alternative<Sender>(message.handles()[0])) {
    return absl::InternalError("the child asked for its ends in another way");
  }
  const Sender to_child = std::get<Sender>(message.handles()[0]);
  status = to_child.Send({}, Lend(ends), Soon());
  if (!status.ok()) return status;
  return child;
}

absl::StatusOr<Sender> InheritedSender(std::size_t index) {
  return TakeEnd<Sender>(index);
}

absl::StatusOr<Receiver> InheritedReceiver(std::size_t index) {
  return TakeEnd<Receiver>(index);
}

}  // namespace ipc_channel_testing
