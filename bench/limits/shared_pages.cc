#include "ipc_channel/bench/limits/shared_pages.h"

#include <sys/mman.h>

#include <cstddef>

#include "ipc_channel/bench/check.h"

namespace ipc_channel_bench {

SharedPages::SharedPages(std::size_t size) {
  void* const start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  CheckCall(start != MAP_FAILED, "mmap");
  bytes_ = {static_cast<std::byte*>(start), size};
}

SharedPages::~SharedPages() { ::munmap(bytes_.data(), bytes_.size()); }

}  // namespace ipc_channel_bench
