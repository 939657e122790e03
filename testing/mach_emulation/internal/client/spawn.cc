// <spawn.h>: posix_spawn() with special ports for the child, and without
// descriptors for it.

#include <errno.h>
#include <mach/task_special_ports.h>
#include <spawn.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/client/connection.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"

#undef posix_spawn
#undef posix_spawnp
#undef posix_spawnattr_destroy
#undef posix_spawnattr_setflags
#undef posix_spawn_file_actions_destroy
#undef posix_spawn_file_actions_adddup2
#undef posix_spawn_file_actions_addopen

namespace ipc_channel_testing::mach_emulation {
namespace {

// What the system's objects have no place for. Thread-safe.
template <class Object, class Value>
class Notes {
 public:
  static Notes& Get() {
    static Notes* const notes = new Notes;
    return *notes;
  }

  template <class Change>
  void Note(const Object* object, Change change) {
    const std::lock_guard<std::mutex> lock(mutex_);
    change(values_[object]);
  }
  void Forget(const Object* object) {
    const std::lock_guard<std::mutex> lock(mutex_);
    values_.erase(object);
  }
  Value Find(const Object* object) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = values_.find(object);
    return found == values_.end() ? Value() : found->second;
  }

 private:
  std::mutex mutex_;
  std::map<const Object*, Value> values_;
};

struct Extras {
  std::uint32_t bootstrap = kNone;
  std::uint32_t debug_control = kNone;
  bool closes_by_default = false;

  bool has_ports() const {
    return bootstrap != kNone || debug_control != kNone;
  }
};

using AttributeNotes = Notes<posix_spawnattr_t, Extras>;
// The descriptors that file actions make.
using ActionNotes = Notes<posix_spawn_file_actions_t, std::set<int>>;

bool IsOf(std::string_view variable, std::string_view name) {
  return variable.substr(0, name.size()) == name &&
         variable.substr(name.size(), 1) == "=";
}

// The environment with the ticket, if there is one, in place of one that was
// there; and with the way to the kernel, which is no matter of the
// environment.
class Environment {
 public:
  Environment(char* const variables[], std::uint32_t ticket) {
    for (; variables != nullptr && *variables != nullptr; ++variables) {
      if (!IsOf(*variables, kTicketVariable) &&
          !IsOf(*variables, kSocketVariable)) {
        pointers_.push_back(*variables);
      }
    }
    const char* const kernel = std::getenv(kSocketVariable);
    if (kernel != nullptr) Add(kernel_, kSocketVariable, kernel);
    if (ticket != 0) Add(ticket_, kTicketVariable, std::to_string(ticket));
    pointers_.push_back(nullptr);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  char* const* get() const { return pointers_.data(); }

 private:
  void Add(std::string& place, std::string_view name, std::string_view value) {
    place = std::string(name) + "=" + std::string(value);
    pointers_.push_back(place.data());
  }

  std::string kernel_;
  std::string ticket_;
  std::vector<char*> pointers_;
};

// File actions that end with closing all others. Those of the caller, which it
// does no harm to be added to.
class ClosingActions {
 public:
  explicit ClosingActions(const posix_spawn_file_actions_t* actions)
      : actions_(const_cast<posix_spawn_file_actions_t*>(actions)) {
    if (actions_ == nullptr) {
      posix_spawn_file_actions_init(&own_);
      actions_ = &own_;
    }
    int next = 0;
    for (const int kept : ActionNotes::Get().Find(actions)) {
      for (; next < kept; ++next) {
        posix_spawn_file_actions_addclose(actions_, next);
      }
      next = kept + 1;
    }
    posix_spawn_file_actions_addclosefrom_np(actions_, next);
  }
  ~ClosingActions() {
    if (actions_ == &own_) posix_spawn_file_actions_destroy(&own_);
  }
  ClosingActions(const ClosingActions&) = delete;
  ClosingActions& operator=(const ClosingActions&) = delete;

  const posix_spawn_file_actions_t* get() const { return actions_; }

 private:
  posix_spawn_file_actions_t own_;
  posix_spawn_file_actions_t* actions_;
};

using SpawnFunction = decltype(&posix_spawn);

int SpawnWith(SpawnFunction spawn, pid_t* pid, const char* program,
              const posix_spawn_file_actions_t* actions,
              const posix_spawnattr_t* attributes, char* const argv[],
              const Environment& environment, bool closes_by_default) {
  if (!closes_by_default) {
    return spawn(pid, program, actions, attributes, argv, environment.get());
  }
  const ClosingActions closing(actions);
  return spawn(pid, program, closing.get(), attributes, argv,
               environment.get());
}

int Spawn(SpawnFunction spawn, pid_t* pid, const char* program,
          const posix_spawn_file_actions_t* actions,
          const posix_spawnattr_t* attributes, char* const argv[],
          char* const environment[]) {
  const Extras extras = AttributeNotes::Get().Find(attributes);
  std::uint32_t ticket = 0;
  if (extras.has_ports()) {
    const CallResult made =
        CallKernel(Op::kMakeTicket, {extras.bootstrap, extras.debug_control});
    if (made.result() != KERN_SUCCESS) return EINVAL;
    ticket = made.number(0);
  }
  pid_t child = -1;
  const int error =
      SpawnWith(spawn, &child, program, actions, attributes, argv,
                Environment(environment, ticket), extras.closes_by_default);
  if (ticket != 0 && error == 0) {
    CallKernel(Op::kBindTicket, {ticket, static_cast<std::uint32_t>(child)});
  } else if (ticket != 0) {
    CallKernel(Op::kDropTicket, {ticket});
  }
  if (error == 0 && pid != nullptr) *pid = child;
  return error;
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation

using ipc_channel_testing::mach_emulation::ActionNotes;
using ipc_channel_testing::mach_emulation::AttributeNotes;
using ipc_channel_testing::mach_emulation::Extras;

int posix_spawnattr_setspecialport_np(posix_spawnattr_t* attributes,
                                      mach_port_t port, int which) {
  if (which != TASK_BOOTSTRAP_PORT && which != TASK_DEBUG_CONTROL_PORT) {
    return EINVAL;
  }
  AttributeNotes::Get().Note(attributes, [port, which](Extras& extras) {
    (which == TASK_BOOTSTRAP_PORT ? extras.bootstrap : extras.debug_control) =
        port;
  });
  return 0;
}

int posix_spawn_file_actions_addinherit_np(posix_spawn_file_actions_t* actions,
                                           int descriptor) {
  return MachEmulationPosixSpawnFileActionsAdddup2(actions, descriptor,
                                                   descriptor);
}

int MachEmulationPosixSpawnattrDestroy(posix_spawnattr_t* attributes) {
  AttributeNotes::Get().Forget(attributes);
  return posix_spawnattr_destroy(attributes);
}

int MachEmulationPosixSpawnattrSetflags(posix_spawnattr_t* attributes,
                                        short flags) {
  const bool closes = (flags & POSIX_SPAWN_CLOEXEC_DEFAULT) != 0;
  AttributeNotes::Get().Note(attributes, [closes](Extras& extras) {
    extras.closes_by_default = closes;
  });
  return posix_spawnattr_setflags(
      attributes, static_cast<short>(flags & ~POSIX_SPAWN_CLOEXEC_DEFAULT));
}

int MachEmulationPosixSpawnFileActionsDestroy(
    posix_spawn_file_actions_t* actions) {
  ActionNotes::Get().Forget(actions);
  return posix_spawn_file_actions_destroy(actions);
}

int MachEmulationPosixSpawnFileActionsAdddup2(
    posix_spawn_file_actions_t* actions, int descriptor, int target) {
  const int error =
      posix_spawn_file_actions_adddup2(actions, descriptor, target);
  if (error != 0) return error;
  ActionNotes::Get().Note(
      actions, [target](std::set<int>& kept) { kept.insert(target); });
  return 0;
}

int MachEmulationPosixSpawnFileActionsAddopen(
    posix_spawn_file_actions_t* actions, int target, const char* path,
    int flags, mode_t mode) {
  const int error =
      posix_spawn_file_actions_addopen(actions, target, path, flags, mode);
  if (error != 0) return error;
  ActionNotes::Get().Note(
      actions, [target](std::set<int>& kept) { kept.insert(target); });
  return 0;
}

int MachEmulationPosixSpawn(pid_t* pid, const char* path,
                            const posix_spawn_file_actions_t* actions,
                            const posix_spawnattr_t* attributes,
                            char* const argv[], char* const environment[]) {
  return ipc_channel_testing::mach_emulation::Spawn(
      &posix_spawn, pid, path, actions, attributes, argv, environment);
}

int MachEmulationPosixSpawnp(pid_t* pid, const char* file,
                             const posix_spawn_file_actions_t* actions,
                             const posix_spawnattr_t* attributes,
                             char* const argv[], char* const environment[]) {
  return ipc_channel_testing::mach_emulation::Spawn(
      &posix_spawnp, pid, file, actions, attributes, argv, environment);
}
