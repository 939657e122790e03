#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/types.h>
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
#include "ipc_channel/bootstrap/internal/launch.h"
#include "ipc_channel/transport/errno_status.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel::internal {
namespace {

using transport::BorrowedFd;
using transport::UniqueFd;

// No number from here on means anything in the child.
constexpr int kFirstClosed = kFirstInherited + kInheritedCount;

absl::Status StatusOfSpawn(int error, const std::string& program) {
  absl::Status status =
      transport::ErrnoToStatus(error, "posix_spawn(" + program + ")");
  switch (error) {
    case EAGAIN:  // RLIMIT_NPROC
      return absl::ResourceExhaustedError(status.message());
    case E2BIG:
      return absl::OutOfRangeError(status.message());
    case ENOEXEC:
    case ELOOP:
    case ETXTBSY:
    case ELIBBAD:
      return absl::InvalidArgumentError(status.message());
    default:
      return status;
  }
}

// posix_spawn's list of what is done in the child, in that order. Each function
// gives an errno, 0 for none.
class FileActions {
 public:
  FileActions() : error_(::posix_spawn_file_actions_init(&actions_)) {}
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }

  void ChangeDirectory(BorrowedFd directory) {
    Note(::posix_spawn_file_actions_addfchdir_np(&actions_, directory.get()));
  }

  // `source` is kFirstClosed or more, so that no other has taken its place.
  void Place(BorrowedFd source, int target) {
    Note(::posix_spawn_file_actions_adddup2(&actions_, source.get(), target));
  }

  void CloseFrom(int first) {
    Note(::posix_spawn_file_actions_addclosefrom_np(&actions_, first));
  }

  // The first error of all.
  int error() const { return error_; }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  void Note(int error) {
    if (error_ == 0) error_ = error;
  }

  posix_spawn_file_actions_t actions_;
  int error_;
};

// No signal is blocked or ignored in the child.
class DefaultSignals {
 public:
  DefaultSignals() : error_(::posix_spawnattr_init(&attributes_)) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  DefaultSignals(const DefaultSignals&) = delete;
  DefaultSignals& operator=(const DefaultSignals&) = delete;
  ~DefaultSignals() { ::posix_spawnattr_destroy(&attributes_); }

  int error() const { return error_; }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
  int error_;
};

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

  void AppendTo(FileActions& actions) const {
    for (const auto& [source, target] : placed_) actions.Place(source, target);
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

// Opened here, so that it is known what was not found.
absl::StatusOr<UniqueFd> OpenDirectory(const std::string& path) {
  UniqueFd directory(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) {
    return transport::ErrnoToStatus(errno, "open(" + path + ")");
  }
  return directory;
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
                                        const FileActions& actions) {
  const DefaultSignals attributes;
  if (actions.error() != 0 || attributes.error() != 0) {
    return transport::ErrnoToStatus(ENOMEM, "posix_spawn_file_actions");
  }
  std::vector<std::string> arguments = ArgumentsOf(command);
  std::vector<std::string> environment = EnvironmentOf(command, plan);
  const auto spawn = command.search_path ? ::posix_spawnp : ::posix_spawn;
  pid_t pid = -1;
  const int error =
      spawn(&pid, command.program.c_str(), actions.get(), attributes.get(),
            Pointers(arguments).data(), Pointers(environment).data());
  if (error != 0) return StatusOfSpawn(error, command.program);
  return pid;
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
  FileActions actions;
  UniqueFd directory;
  if (!command.working_directory.empty()) {
    absl::StatusOr<UniqueFd> opened = OpenDirectory(command.working_directory);
    if (!opened.ok()) return opened.status();
    directory = *std::move(opened);
    actions.ChangeDirectory(directory.Borrow());
  }
  const absl::StatusOr<Placements> placements = PlacementsFor(plan);
  if (!placements.ok()) return placements.status();
  placements->AppendTo(actions);
  actions.CloseFrom(kFirstClosed);
  return LaunchWith(command, plan, actions);
}

}  // namespace ipc_channel::internal
