#include "ipc_channel/testing/internal/child_registry.h"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ipc_channel_testing::internal {
namespace {

constexpr std::string_view kMarker = "--ipc_channel_child_main=";
constexpr int kNoSuchEntryPoint = 127;

using Registry = std::map<std::string, ChildMain, std::less<>>;

Registry& TheRegistry() {
  static auto* const registry = new Registry();
  return *registry;
}

bool main_dispatches = false;

}  // namespace

bool RegisterChildMain(std::string_view name, ChildMain child_main) {
  const auto [entry, is_new] = TheRegistry().emplace(name, child_main);
  if (is_new) return true;
  std::fprintf(stderr, "two IPC_CHANNEL_CHILD_MAIN(%s) in one program\n",
               entry->first.c_str());
  std::abort();
}

bool HasChildMain(std::string_view name) {
  return TheRegistry().contains(name);
}

std::string ChildMarker(std::string_view name) {
  return std::string(kMarker) + std::string(name);
}

std::optional<int> DispatchChildMain(int argc, char** argv) {
  main_dispatches = true;
  if (argc < 2) return std::nullopt;
  std::string_view name = argv[1];
  if (!name.starts_with(kMarker)) return std::nullopt;
  name.remove_prefix(kMarker.size());
  const auto found = TheRegistry().find(name);
  if (found == TheRegistry().end()) {
    std::fprintf(stderr, "no child entry point for %s\n", argv[1]);
    return kNoSuchEntryPoint;
  }
  return found->second(std::vector<std::string>(argv + 2, argv + argc));
}

bool MainDispatchesChildren() { return main_dispatches; }

}  // namespace ipc_channel_testing::internal
