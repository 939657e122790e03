#include "ipc_channel/bootstrap/internal/launch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/internal/child_environment.h"
#include "ipc_channel/bootstrap/internal/spawn_request.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"

// POSIX wants it declared by the program; only some systems do it themselves.
extern char** environ;

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;
using transport::UniqueFd;

// The descriptors that a child gets, each out of the way of the numbers that
// they get there.
class Placements {
 public:
  absl::Status Add(BorrowedFd source, int target) {
    if (source.get() < kFirstClosed) {
      UniqueFd moved(::fcntl(source.get(), F_DUPFD_CLOEXEC, kFirstClosed));
      if (!moved.valid()) {
        return transport::ErrnoToStatus(errno, "fcntl(F_DUPFD_CLOEXEC)");
      }
      source = moved.Borrow();
      moved_.push_back(std::move(moved));
    }
    placed_.emplace_back(source, target);
    return absl::OkStatus();
  }

  void AppendTo(SpawnRequest& request) const {
    for (const auto& [source, target] : placed_) request.Place(source, target);
  }

 private:
  std::vector<UniqueFd> moved_;
  std::vector<std::pair<BorrowedFd, int>> placed_;
};

absl::StatusOr<Placements> PlacementsFor(const LaunchPlan& plan) {
  Placements placements;
  for (std::size_t i = 0; i < plan.standard.size(); ++i) {
    if (!plan.standard[i].valid()) continue;
    absl::Status added = placements.Add(plan.standard[i], static_cast<int>(i));
    if (!added.ok()) return added;
  }
  for (std::size_t i = 0; i < plan.inherited.size(); ++i) {
    absl::Status added = placements.Add(plan.inherited[i],
                                        kFirstInherited + static_cast<int>(i));
    if (!added.ok()) return added;
  }
  return placements;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> ArgumentsOf(const Command& command) {
  std::vector<std::string> arguments = {command.program};
  arguments.insert(arguments.end(), command.arguments.begin(),
                   command.arguments.end());
  return arguments;
}

std::vector<std::string> EnvironmentOf(const Command& command,
                                       const LaunchPlan& plan) {
  EnvironmentChanges changes = command.environment;
  changes[plan.variable] = plan.value;
  return ChildEnvironment(command.inherit_environment ? environ : nullptr,
                          changes);
}

absl::StatusOr<std::int64_t> LaunchWith(const Command& command,
                                        const LaunchPlan& plan,
                                        SpawnRequest& request) {
  std::vector<std::string> arguments = ArgumentsOf(command);
  std::vector<std::string> environment = EnvironmentOf(command, plan);
  return request.Start({.path = command.program.c_str(),
                        .search_path = command.search_path,
                        .arguments = Pointers(arguments).data(),
                        .environment = Pointers(environment).data()});
}

bool HasNul(std::string_view text) { return text.find('\0') != text.npos; }

}  // namespace

absl::Status CheckCommand(const Command& command) {
  if (command.program.empty()) {
    return absl::InvalidArgumentError("the command has no program");
  }
  bool has_nul = HasNul(command.program) || HasNul(command.working_directory);
  for (const std::string& argument : command.arguments) {
    has_nul = has_nul || HasNul(argument);
  }
  for (const auto& [name, value] : command.environment) {
    if (name.empty() || name.find('=') != name.npos) {
      return absl::InvalidArgumentError("not the name of a variable: \"" +
                                        name + "\"");
    }
    has_nul = has_nul || HasNul(name) || HasNul(value.value_or(""));
  }
  return has_nul ? absl::InvalidArgumentError("a '\\0' in the command")
                 : absl::OkStatus();
}

absl::StatusOr<std::int64_t> Launch(const Command& command,
                                    const LaunchPlan& plan) {
  SpawnRequest request;
  if (!command.working_directory.empty()) {
    absl::Status found = request.ChangeDirectory(command.working_directory);
    if (!found.ok()) return found;
  }
  const absl::StatusOr<Placements> placements = PlacementsFor(plan);
  if (!placements.ok()) return placements.status();
  placements->AppendTo(request);
  for (std::size_t i = 0; i < plan.standard.size(); ++i) {
    if (!plan.standard[i].valid()) request.Inherit(static_cast<int>(i));
  }
  if (plan.port != 0) request.GivePort(plan.port);
  return LaunchWith(command, plan, request);
}

}  // namespace ipc_channel::internal
