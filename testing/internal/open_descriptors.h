#ifndef IPC_CHANNEL_TESTING_INTERNAL_OPEN_DESCRIPTORS_H_
#define IPC_CHANNEL_TESTING_INTERNAL_OPEN_DESCRIPTORS_H_

#include <map>
#include <optional>
#include <string>

namespace ipc_channel_testing::internal {

// Descriptor number -> what it points at, as readable text. Equal texts for one
// number mean the same object as far as the system tells.
using OpenDescriptors = std::map<int, std::string>;

// The descriptors open in this process now.
OpenDescriptors ListOpenDescriptors();

// By reading a directory such as /proc/self/fd. Empty where there is none.
std::optional<OpenDescriptors> ListFromDirectory(const std::string& directory);

// By asking for each number below the descriptor limit, 65536 at most.
OpenDescriptors ListByScan();

}  // namespace ipc_channel_testing::internal

#endif  // IPC_CHANNEL_TESTING_INTERNAL_OPEN_DESCRIPTORS_H_
