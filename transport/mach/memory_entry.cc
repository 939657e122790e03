#include "ipc_channel/transport/mach/memory_entry.h"

#include <mach/mach.h>
#include <mach/mach_vm.h>

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/transport/mach/kern_status.h"

namespace ipc_channel::transport::mach_backend {
namespace {

// 2^47 bytes, more than a process's addresses.
constexpr std::size_t kMostMemory = std::size_t{1} << 47;

// `parent` is null for memory of its own.
absl::StatusOr<SendRight> MakeEntry(std::size_t size, vm_prot_t permission,
                                    mach_port_name_t parent) {
  memory_object_size_t granted = size;
  mach_port_t entry = MACH_PORT_NULL;
  const kern_return_t result = ::mach_make_memory_entry_64(
      mach_task_self(), &granted, 0, permission, &entry, parent);
  SendRight owned(entry);
  if (result != KERN_SUCCESS) {
    return KernToStatus(result, "mach_make_memory_entry_64");
  }
  if (granted < size) return absl::InternalError("less memory than asked for");
  return owned;
}

}  // namespace

absl::StatusOr<SendRight> NewMemoryEntry(std::size_t size) {
  return MakeEntry(size, MAP_MEM_NAMED_CREATE | VM_PROT_READ | VM_PROT_WRITE,
                   MACH_PORT_NULL);
}

absl::StatusOr<SendRight> ReadOnlyEntry(const SendRight& entry,
                                        std::size_t size) {
  return MakeEntry(size, VM_PROT_READ, entry.name());
}

absl::StatusOr<VmRegion> MapEntry(const SendRight& entry, std::size_t size,
                                  MapAs how) {
  // Either would be mapped as new memory of this process's.
  if (!MACH_PORT_VALID(entry.name())) {
    return absl::DataLossError("memory that is no port");
  }
  // A size that cannot be rounded up to pages would become a small one.
  if (size > kMostMemory) {
    return absl::DataLossError("more memory than there can be");
  }
  const bool is_writable = how == MapAs::kWritable || how == MapAs::kWriter;
  const vm_prot_t protection =
      is_writable ? VM_PROT_READ | VM_PROT_WRITE : VM_PROT_READ;
  mach_vm_address_t address = 0;
  const kern_return_t result = ::mach_vm_map(
      mach_task_self(), &address, size, /*mask=*/0, VM_FLAGS_ANYWHERE,
      entry.name(), /*offset=*/0, /*copy=*/how == MapAs::kSnapshot, protection,
      protection, how == MapAs::kWriter ? VM_INHERIT_NONE : VM_INHERIT_SHARE);
  if (result == KERN_SUCCESS) return VmRegion(address, size);
  absl::Status failed = KernToStatus(result, "mach_vm_map");
  if (absl::IsResourceExhausted(failed)) return failed;
  return absl::DataLossError(
      absl::StrCat("not the memory that it is said to be: ", failed.message()));
}

}  // namespace ipc_channel::transport::mach_backend
