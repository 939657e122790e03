#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_CHILD_ENVIRONMENT_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_CHILD_ENVIRONMENT_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ipc_channel::internal {

// Changes to an environment: variables that are set, or removed.
using EnvironmentChanges = std::map<std::string, std::optional<std::string>>;

// NAME=value for each variable of `inherited` (null: of none), an array as
// `environ`, after `changes`. What is no NAME=value there is left out; of a
// name that stands there twice the first counts, as for getenv(). Thread-safe
// while nobody changes that array.
std::vector<std::string> ChildEnvironment(const char* const* inherited,
                                          const EnvironmentChanges& changes);

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_CHILD_ENVIRONMENT_H_
