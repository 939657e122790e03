#ifndef IPC_CHANNEL_TESTING_INTERNAL_CHILD_REGISTRY_H_
#define IPC_CHANNEL_TESTING_INTERNAL_CHILD_REGISTRY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ipc_channel_testing::internal {

using ChildMain = int (*)(const std::vector<std::string>& args);

// Called before main(). Aborts if the name is taken.
bool RegisterChildMain(std::string_view name, ChildMain child_main);

bool HasChildMain(std::string_view name);

// The first argument that makes DispatchChildMain() run the entry point `name`.
std::string ChildMarker(std::string_view name);

// Runs the entry point that argv asks for, if it asks for one.
std::optional<int> DispatchChildMain(int argc, char** argv);

// Whether main() has called DispatchChildMain(). If it had not, running this
// executable again would run all its tests again, and so on without end.
bool MainDispatchesChildren();

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_INTERNAL_CHILD_REGISTRY_H_
