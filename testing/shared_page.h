#ifndef IPC_CHANNEL_TESTING_SHARED_PAGE_H_
#define IPC_CHANNEL_TESTING_SHARED_PAGE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>
#include <type_traits>

namespace ipc_channel_testing {

// A `T` in memory that forked children share: what one writes there survives
// its death, without a system call. `T` is made of lock-free atomics, or of
// what only one process at a time looks at. Ends the process if there is no
// memory.
template <class T>
class SharedPage {
 public:
  static_assert(std::is_trivially_destructible_v<T>);

  SharedPage() {
    void* place = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) std::abort();
    content_ = new (place) T();
  }
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;
  ~SharedPage() { ::munmap(content_, sizeof(T)); }

  // As new. Nobody else may be at it.
  void Reset() { content_ = new (content_) T(); }

  T* operator->() const { return content_; }
  T& operator*() const { return *content_; }

 private:
  T* content_;
};

}  // namespace ipc_channel_testing

#endif  // IPC_CHANNEL_TESTING_SHARED_PAGE_H_
