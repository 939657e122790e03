// launchd's names of services, as far as <servers/bootstrap.h> describes them.

#include <mach/message.h>
#include <mach/port.h>
#include <servers/bootstrap.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

std::string NameIn(const std::vector<std::byte>& payload) {
  return std::string(
      reinterpret_cast<const char*>(payload.data()),
      std::min<std::size_t>(payload.size(), BOOTSTRAP_MAX_NAME_LEN - 1));
}

}  // namespace

// A service of a job: launchd holds the port, whose queue fills, until the job
// checks in, and gets it back when the job ends.
void Kernel::AddService(const std::string& name) {
  const auto port = std::make_shared<Port>();
  port->of_service = true;
  Service service;
  service.send = MakeSend(port);
  service.of_launchd = true;
  service.held = port;
  services_.emplace(name, std::move(service));
}

void Kernel::ReturnToLaunchd(const PortRef& port) {
  for (auto& [name, service] : services_) {
    if (service.send.port() == port) service.held = port;
  }
}

void Kernel::ForgetServicesOf(const PortRef& port) {
  for (auto it = services_.begin(); it != services_.end();) {
    if (it->second.send.port() != port) {
      ++it;
      continue;
    }
    Release(std::move(it->second.send));
    it = services_.erase(it);
  }
}

bool Kernel::IsBootstrap(Space& space, mach_port_name_t name) {
  Entry* const entry = space.Find(name);
  return entry != nullptr && entry->Has(MACH_PORT_TYPE_SEND) &&
         entry->port == launchd_;
}

// number: bootstrap port, service. payload: name
Kernel::MaybeReply Kernel::BootstrapRegister(CallContext& c) {
  if (!IsBootstrap(c.space, c.call.number[0])) {
    return Result(MACH_SEND_INVALID_DEST);
  }
  const std::string name = NameIn(c.content.payload);
  const mach_port_name_t port = c.call.number[1];
  const auto found = services_.find(name);
  if (port == MACH_PORT_NULL) {
    if (found == services_.end()) return Result(BOOTSTRAP_UNKNOWN_SERVICE);
    if (found->second.of_launchd) return Result(BOOTSTRAP_NOT_PRIVILEGED);
    Release(std::move(found->second.send));
    services_.erase(found);
    return Result(BOOTSTRAP_SUCCESS);
  }
  if (found != services_.end()) return Result(BOOTSTRAP_NAME_IN_USE);
  Service service;
  service.owner = c.task.id;
  const kern_return_t result =
      CopyIn(c.task, port, MACH_MSG_TYPE_COPY_SEND, &service.send);
  if (result != KERN_SUCCESS || !service.send) {
    return Result(MACH_SEND_INVALID_RIGHT);
  }
  services_.emplace(name, std::move(service));
  return Result(BOOTSTRAP_SUCCESS);
}

// A name that no job has declared is the first task's that asks for it, and
// goes with the port (docs/porting.md).
Kernel::MaybeReply Kernel::CheckInUndeclared(CallContext& c,
                                             const std::string& name) {
  const auto port = std::make_shared<Port>();
  Service service;
  service.send = MakeSend(port);
  service.owner = c.task.id;
  services_.emplace(name, std::move(service));
  return Result(BOOTSTRAP_SUCCESS,
                {CopyOut(c.space, Right(port, MACH_MSG_TYPE_PORT_RECEIVE))});
}

// number: bootstrap port. payload: name -> receive right
Kernel::MaybeReply Kernel::BootstrapCheckIn(CallContext& c) {
  if (!IsBootstrap(c.space, c.call.number[0])) {
    return Result(MACH_SEND_INVALID_DEST);
  }
  const std::string name = NameIn(c.content.payload);
  const auto found = services_.find(name);
  if (found == services_.end()) return CheckInUndeclared(c, name);
  if (found->second.held == nullptr) {
    return Result(found->second.of_launchd || found->second.owner == c.task.id
                      ? BOOTSTRAP_SERVICE_ACTIVE
                      : BOOTSTRAP_NOT_PRIVILEGED);
  }
  Right right(std::move(found->second.held), MACH_MSG_TYPE_PORT_RECEIVE);
  found->second.held.reset();
  return Result(BOOTSTRAP_SUCCESS, {CopyOut(c.space, std::move(right))});
}

// number: bootstrap port. payload: name -> send right
Kernel::MaybeReply Kernel::BootstrapLookUp(CallContext& c) {
  if (!IsBootstrap(c.space, c.call.number[0])) {
    return Result(MACH_SEND_INVALID_DEST);
  }
  const auto found = services_.find(NameIn(c.content.payload));
  if (found == services_.end()) return Result(BOOTSTRAP_UNKNOWN_SERVICE);
  return Result(BOOTSTRAP_SUCCESS,
                {CopyOut(c.space, CopySend(found->second.send.port()))});
}

}  // namespace ipc_channel_testing::mach_emulation
