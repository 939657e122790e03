#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>

#include "ipc_channel/testing/mappings.h"

namespace ipc_channel_testing {
namespace {

std::size_t CountWith(std::string_view words) {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(words) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace

std::size_t CountMappings() { return CountWith(""); }

std::size_t CountMappedObjects() { return CountWith("/memfd:"); }

}  // namespace ipc_channel_testing
