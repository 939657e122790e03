#include "ipc_channel/testing/allocation_count.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> allocations = 0;
thread_local std::uint64_t allocated_bytes = 0;

struct Failure {
  bool is_planned = false;
  bool is_repeated = false;
  bool happened = false;
  std::uint64_t successes_left = 0;
};

thread_local Failure failure;

bool Fails() {
  if (!failure.is_planned) return false;
  if (failure.successes_left > 0) {
    --failure.successes_left;
    return false;
  }
  const bool fails = failure.is_repeated || !failure.happened;
  failure.happened = true;
  return fails;
}

void* Take(std::size_t size, std::size_t alignment) noexcept {
  if (alignment <= alignof(std::max_align_t)) {
    return std::malloc(size > 0 ? size : 1);
  }
  // aligned_alloc() takes multiples of the alignment only.
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  if (rounded < size) return nullptr;
  return std::aligned_alloc(alignment, rounded > 0 ? rounded : alignment);
}

void* AllocateOrNull(std::size_t size, std::size_t alignment) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (Fails()) return nullptr;
  void* const memory = Take(size, alignment);
  if (memory != nullptr) allocated_bytes += size;
  return memory;
}

void* Allocate(std::size_t size, std::size_t alignment) {
  void* const memory = AllocateOrNull(size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

namespace ipc_channel_testing {

std::uint64_t AllocationCount() {
  return allocations.load(std::memory_order_relaxed);
}

std::uint64_t AllocatedBytes() { return allocated_bytes; }

ScopedAllocationFailure::ScopedAllocationFailure(std::uint64_t successes,
                                                 How how) {
  failure = {.is_planned = true,
             .is_repeated = how == How::kFromThenOn,
             .successes_left = successes};
}

ScopedAllocationFailure::~ScopedAllocationFailure() { failure = Failure(); }

bool ScopedAllocationFailure::happened() const { return failure.happened; }

}  // namespace ipc_channel_testing

// All forms: the defaults of those for arrays would call these, but sanitizers
// bring their own.
void* operator new(std::size_t size) { return Allocate(size, 1); }
void* operator new[](std::size_t size) { return Allocate(size, 1); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return AllocateOrNull(size, 1);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return AllocateOrNull(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment,
                   const std::nothrow_t&) noexcept {
  return AllocateOrNull(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment,
                     const std::nothrow_t&) noexcept {
  return AllocateOrNull(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
