// <spawn.h>: posix_spawn() with special ports for the child.

#include <errno.h>
#include <mach/task_special_ports.h>
#include <spawn.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/client/connection.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"

#undef posix_spawn
#undef posix_spawnattr_destroy

namespace ipc_channel_testing::mach_emulation {
namespace {

// The bootstrap ports of attributes. Thread-safe.
class SpecialPorts {
 public:
  static SpecialPorts& Get() {
    static SpecialPorts* const ports = new SpecialPorts;
    return *ports;
  }

  void Set(const posix_spawnattr_t* attributes, mach_port_t port) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ports_[attributes] = port;
  }
  void Forget(const posix_spawnattr_t* attributes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ports_.erase(attributes);
  }
  std::optional<mach_port_t> Find(const posix_spawnattr_t* attributes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = ports_.find(attributes);
    if (found == ports_.end()) return std::nullopt;
    return found->second;
  }

 private:
  std::mutex mutex_;
  std::map<const posix_spawnattr_t*, mach_port_t> ports_;
};

// The environment with the ticket, in place of one that was there.
std::vector<char*> WithTicket(char* const environment[], std::string& ticket) {
  const std::string_view name = kTicketVariable;
  std::vector<char*> variables;
  for (; *environment != nullptr; ++environment) {
    const std::string_view variable = *environment;
    const bool same = variable.substr(0, name.size()) == name &&
                      variable.substr(name.size(), 1) == "=";
    if (!same) variables.push_back(*environment);
  }
  variables.push_back(ticket.data());
  variables.push_back(nullptr);
  return variables;
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation

using ipc_channel_testing::mach_emulation::CallKernel;
using ipc_channel_testing::mach_emulation::CallResult;
using ipc_channel_testing::mach_emulation::kTicketVariable;
using ipc_channel_testing::mach_emulation::Op;
using ipc_channel_testing::mach_emulation::SpecialPorts;
using ipc_channel_testing::mach_emulation::WithTicket;

int posix_spawnattr_setspecialport_np(posix_spawnattr_t* attributes,
                                      mach_port_t port, int which) {
  if (which != TASK_BOOTSTRAP_PORT) return EINVAL;
  SpecialPorts::Get().Set(attributes, port);
  return 0;
}

int MachEmulationPosixSpawnattrDestroy(posix_spawnattr_t* attributes) {
  SpecialPorts::Get().Forget(attributes);
  return posix_spawnattr_destroy(attributes);
}

int MachEmulationPosixSpawn(pid_t* pid, const char* path,
                            const posix_spawn_file_actions_t* actions,
                            const posix_spawnattr_t* attributes,
                            char* const argv[], char* const environment[]) {
  const auto port = SpecialPorts::Get().Find(attributes);
  if (!port.has_value()) {
    return posix_spawn(pid, path, actions, attributes, argv, environment);
  }
  const CallResult call = CallKernel(Op::kMakeTicket, {*port});
  if (call.result() != KERN_SUCCESS) return EINVAL;
  std::string ticket =
      std::string(kTicketVariable) + "=" + std::to_string(call.number(0));
  const int error = posix_spawn(pid, path, actions, attributes, argv,
                                WithTicket(environment, ticket).data());
  if (error != 0) CallKernel(Op::kDropTicket, {call.number(0)});
  return error;
}
