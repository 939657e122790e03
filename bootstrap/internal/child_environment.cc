#include "ipc_channel/bootstrap/internal/child_environment.h"

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ipc_channel::internal {

std::vector<std::string> ChildEnvironment(const char* const* inherited,
                                          const EnvironmentChanges& changes) {
  std::vector<std::string> result;
  std::set<std::string, std::less<>> seen;
  for (; inherited != nullptr && *inherited != nullptr; ++inherited) {
    const std::string_view entry = *inherited;
    const std::size_t equals = entry.find('=');
    if (equals == entry.npos || equals == 0) continue;
    std::string name(entry.substr(0, equals));
    if (changes.contains(name) || !seen.insert(name).second) continue;
    result.emplace_back(entry);
  }
  for (const auto& [name, value] : changes) {
    if (value.has_value()) result.push_back(name + "=" + *value);
  }
  return result;
}

}  // namespace ipc_channel::internal
