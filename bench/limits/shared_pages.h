#ifndef IPC_CHANNEL_BENCH_LIMITS_SHARED_PAGES_H_
#define IPC_CHANNEL_BENCH_LIMITS_SHARED_PAGES_H_

#include <cstddef>
#include <span>

namespace ipc_channel_bench {

// Memory that is shared with the processes forked from this one, zeroed and in
// place. Ends the process where there is none. Thread-compatible.
class SharedPages {
 public:
  explicit SharedPages(std::size_t size);
  SharedPages(const SharedPages&) = delete;
  SharedPages& operator=(const SharedPages&) = delete;
  ~SharedPages();

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_LIMITS_SHARED_PAGES_H_
