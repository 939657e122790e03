#include <fcntl.h>
#include <mach/vm_prot.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "ipc_channel/testing/mach_emulation/internal/client/mappings.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

// Memory without a name of its own that can be shared.
constexpr std::string_view kMemory[] = {"/memfd:", "/dev/zero", "/SYSV"};

bool IsPathOfFile(std::string_view path) {
  if (!path.starts_with('/')) return false;
  for (const std::string_view memory : kMemory) {
    if (path.starts_with(memory)) return false;
  }
  return true;
}

// A line of /proc/self/maps.
std::optional<Mapping> ParseLine(const std::string& line) {
  std::istringstream in(line);
  Mapping mapping = {};
  char dash;
  std::string flags, device, inode;
  if (!(in >> std::hex >> mapping.begin >> dash >> mapping.end >> flags >>
        mapping.offset >> device >> inode)) {
    return std::nullopt;
  }
  if (flags[0] == 'r') mapping.protection |= VM_PROT_READ;
  if (flags[1] == 'w') mapping.protection |= VM_PROT_WRITE;
  if (flags[2] == 'x') mapping.protection |= VM_PROT_EXECUTE;
  mapping.is_shared = flags[3] == 's';
  std::getline(in >> std::ws, mapping.path);
  return mapping;
}

}  // namespace

bool Mapping::is_file() const { return IsPathOfFile(path); }

std::optional<Mapping> FindMapping(std::uint64_t address) {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line)) {
    std::optional<Mapping> mapping = ParseLine(line);
    if (mapping.has_value() && mapping->end > address) return mapping;
  }
  return std::nullopt;
}

UniqueFd OpenFileOf(const Mapping& mapping) {
  // A file that has lost its name ends in " (deleted)" there.
  const bool writable = (mapping.protection & VM_PROT_WRITE) != 0;
  return UniqueFd(
      open(mapping.path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC));
}

bool IsFile(const UniqueFd& fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
  std::array<char, 4096> path;
  const ssize_t size = readlink(link.c_str(), path.data(), path.size());
  return size > 0 && IsPathOfFile(std::string_view(
                         path.data(), static_cast<std::size_t>(size)));
}

}  // namespace ipc_channel_testing::mach_emulation
