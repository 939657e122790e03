#include "ipc_channel/channel/internal/misuse.h"

#include <cstdio>
#include <cstdlib>

namespace ipc_channel::internal {

void StopForMisuse(const char* sentence) {
  std::fprintf(stderr, "ipc_channel: %s\n", sentence);
  std::abort();
}

}  // namespace ipc_channel::internal
