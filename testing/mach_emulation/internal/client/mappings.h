#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_MAPPINGS_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_MAPPINGS_H_

// What this process has mapped, and how, as the system that it runs on tells.

#include <mach/vm_prot.h>

#include <cstdint>
#include <optional>
#include <string>

#include "ipc_channel/testing/mach_emulation/internal/frame.h"

namespace ipc_channel_testing::mach_emulation {

struct Mapping {
  std::uint64_t begin;
  std::uint64_t end;
  vm_prot_t protection;
  bool is_shared;
  std::uint64_t offset;  // in the file
  std::string path;      // empty without a file

  // True if it is of a file: of what a Mac has an external pager for. Memory
  // that is shared is a file here and is none there.
  bool is_file() const;
};

// What lies at `address` or, if nothing does, next behind it.
std::optional<Mapping> FindMapping(std::uint64_t address);

// The file of a mapping, open for as much as the mapping is. Not valid if it
// cannot be opened: it has lost its name, and another may have it.
UniqueFd OpenFileOf(const Mapping& mapping);

// True if the descriptor is of a file as is_file() has it.
bool IsFile(const UniqueFd& fd);

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_CLIENT_MAPPINGS_H_
