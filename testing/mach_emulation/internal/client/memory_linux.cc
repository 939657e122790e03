// <mach/vm_map.h> and <mach/mach_vm.h>.

#include <errno.h>
#include <mach/mach_init.h>
#include <mach/mach_vm.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "ipc_channel/testing/mach_emulation/internal/client/connection.h"
#include "ipc_channel/testing/mach_emulation/internal/client/mappings.h"
#include "ipc_channel/testing/mach_emulation/internal/client/pages.h"
#include "ipc_channel/testing/mach_emulation/internal/client/regions.h"
#include "ipc_channel/testing/mach_emulation/internal/client/self.h"
#include "ipc_channel/testing/mach_emulation/internal/frame.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"
#include "ipc_channel/testing/mach_emulation/shortage.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

int ToLinux(vm_prot_t protection) {
  int flags = PROT_NONE;
  if ((protection & VM_PROT_READ) != 0) flags |= PROT_READ;
  if ((protection & VM_PROT_WRITE) != 0) flags |= PROT_WRITE;
  if ((protection & VM_PROT_EXECUTE) != 0) flags |= PROT_EXEC;
  return flags;
}

void* ToPointer(mach_vm_address_t address) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(address));
}

struct Place {
  mach_vm_address_t address;
  int flags;  // VM_FLAGS_...
};

kern_return_t Map(Place place, std::size_t size, int flags,
                  const UniqueFd* memory, std::uint64_t offset,
                  vm_prot_t protection, mach_vm_address_t* address) {
  void* hint = nullptr;
  if ((place.flags & VM_FLAGS_ANYWHERE) == 0) {
    hint = ToPointer(place.address);
    flags |= (place.flags & VM_FLAGS_OVERWRITE) != 0 ? MAP_FIXED
                                                     : MAP_FIXED_NOREPLACE;
  }
  void* const mapped =
      mmap(hint, size, ToLinux(protection), flags,
           memory != nullptr ? memory->get() : -1, static_cast<off_t>(offset));
  if (mapped == MAP_FAILED) {
    return errno == EACCES ? KERN_PROTECTION_FAILURE : KERN_NO_SPACE;
  }
  *address = reinterpret_cast<std::uintptr_t>(mapped);
  return KERN_SUCCESS;
}

// Maps memory that is shared, or the task's own without `memory`.
kern_return_t Map(Place place, std::size_t size, const UniqueFd* memory,
                  std::uint64_t offset, vm_prot_t protection,
                  mach_vm_address_t* address) {
  const int flags =
      memory != nullptr ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  return Map(place, size, flags, memory, offset, protection, address);
}

// A memfd of `size` bytes that begins with a copy of those at `from`. Not valid
// if there is no memory for it or `from` cannot be read; *result says which.
UniqueFd CopyToMemory(const void* from, std::size_t size,
                      kern_return_t* result) {
  *result = KERN_RESOURCE_SHORTAGE;
  UniqueFd memory(memfd_create("entry", MFD_CLOEXEC));
  if (!memory.valid() ||
      ftruncate(memory.get(), static_cast<off_t>(size)) != 0) {
    return UniqueFd();
  }
  std::size_t done = 0;
  while (done < size) {
    const ssize_t written =
        pwrite(memory.get(), static_cast<const std::byte*>(from) + done,
               size - done, static_cast<off_t>(done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      if (errno == EFAULT) *result = KERN_INVALID_ADDRESS;
      return UniqueFd();
    }
    done += static_cast<std::size_t>(written);
  }
  *result = KERN_SUCCESS;
  return memory;
}

// The file that a range of this task's memory is, with all that becomes of it.
// Nothing of it is kept in Regions: who mapped it may unmap it as a file is.
kern_return_t ShareFile(const Mapping& mapping, std::uintptr_t address,
                        std::size_t size, Region* region) {
  if (mapping.end < address + size) return KERN_FAILURE;
  auto file = std::make_shared<UniqueFd>(OpenFileOf(mapping));
  if (!file->valid()) return KERN_FAILURE;
  *region =
      Region{size, std::move(file), mapping.offset + (address - mapping.begin),
             mapping.protection, mapping.protection};
  return KERN_SUCCESS;
}

// Makes a range of this task's memory one that can be shared, in its place.
// Nobody may write to it meanwhile.
kern_return_t Share(std::uintptr_t address, std::size_t size, Region* region) {
  bool mixed = false;
  std::optional<Region> known = Regions::Get().Find(address, size, &mixed);
  if (mixed) return KERN_FAILURE;
  if (known.has_value() && known->memory != nullptr) {
    *region = *std::move(known);
    return KERN_SUCCESS;
  }
  const std::optional<Mapping> mapping = FindMapping(address);
  if (mapping.has_value() && mapping->begin <= address && mapping->is_shared &&
      mapping->is_file()) {
    return ShareFile(*mapping, address, size, region);
  }
  kern_return_t result;
  auto memory = std::make_shared<UniqueFd>(
      CopyToMemory(ToPointer(address), size, &result));
  if (result != KERN_SUCCESS) return result;
  *region = known.value_or(Region{size, nullptr});
  region->memory = std::move(memory);
  region->offset = 0;
  mach_vm_address_t mapped;
  result = Map({address, VM_FLAGS_FIXED | VM_FLAGS_OVERWRITE}, size,
               region->memory.get(), 0, region->current, &mapped);
  if (result == KERN_SUCCESS) Regions::Get().Set(address, *region);
  return result;
}

// The memory behind an entry, as the kernel lends it for these protections.
kern_return_t Borrow(mem_entry_name_port_t entry, std::uint64_t offset,
                     std::size_t size, vm_prot_t protection, UniqueFd* memory,
                     std::uint64_t* memory_offset) {
  CallResult call = CallKernel(Op::kMapMemoryEntry,
                               {entry, static_cast<std::uint32_t>(protection)},
                               {.wide = {offset, size}});
  if (call.result() != KERN_SUCCESS) return call.result();
  *memory = std::move(call.content.fds.at(0));
  *memory_offset = call.answer.wide[0];
  return KERN_SUCCESS;
}

// Of a file the task has a copy only where it writes.
kern_return_t MapCopyOfFile(Place place, std::size_t size, const UniqueFd& file,
                            std::uint64_t offset, vm_prot_t protection,
                            mach_vm_address_t* address) {
  return Map(place, size, MAP_PRIVATE, &file, offset, protection, address);
}

// Memory of the task's own with what the entry has now.
kern_return_t MapCopy(Place place, std::size_t size, const UniqueFd& memory,
                      std::uint64_t offset, vm_prot_t protection,
                      mach_vm_address_t* address) {
  const kern_return_t result =
      Map(place, size, nullptr, 0, VM_PROT_DEFAULT, address);
  if (result != KERN_SUCCESS) return result;
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        pread(memory.get(), static_cast<std::byte*>(ToPointer(*address)) + done,
              size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;  // the rest is zero, as in the last page of an entry
    done += static_cast<std::size_t>(got);
  }
  mprotect(ToPointer(*address), size, ToLinux(protection));
  return KERN_SUCCESS;
}

kern_return_t MapEntry(Place place, std::size_t size,
                       mem_entry_name_port_t entry, std::uint64_t offset,
                       bool copy, vm_prot_t current, vm_prot_t maximum,
                       mach_vm_address_t* address) {
  UniqueFd memory;
  std::uint64_t memory_offset;
  kern_return_t result =
      Borrow(entry, offset, size, current | maximum, &memory, &memory_offset);
  if (result != KERN_SUCCESS) return result;
  Region region{size, nullptr, 0, current, maximum};
  if (copy && IsFile(memory)) {
    result =
        MapCopyOfFile(place, size, memory, memory_offset, current, address);
  } else if (copy) {
    result = MapCopy(place, size, memory, memory_offset, current, address);
  } else {
    result = Map(place, size, &memory, memory_offset, current, address);
    region.memory = std::make_shared<UniqueFd>(std::move(memory));
    region.offset = memory_offset;
  }
  if (result == KERN_SUCCESS) Regions::Get().Set(*address, std::move(region));
  return result;
}

kern_return_t MakeEntry(const UniqueFd& memory, std::uint64_t offset,
                        std::size_t size, vm_prot_t permission,
                        mem_entry_name_port_t* entry) {
  const int fd = memory.get();
  const CallResult call =
      CallKernel(Op::kMakeMemoryEntry, {static_cast<std::uint32_t>(permission)},
                 {.wide = {offset, size}, .fds = std::span(&fd, 1)});
  *entry = call.number(0);
  return call.result();
}

kern_return_t MakeEntryOfCopy(const void* from, std::size_t size,
                              vm_prot_t permission,
                              mem_entry_name_port_t* entry) {
  kern_return_t result;
  const UniqueFd memory = CopyToMemory(from, size, &result);
  if (result != KERN_SUCCESS) return result;
  return MakeEntry(memory, 0, size, permission, entry);
}

kern_return_t MakeNewEntry(std::size_t size, vm_prot_t permission,
                           mem_entry_name_port_t* entry) {
  const UniqueFd memory(memfd_create("entry", MFD_CLOEXEC));
  if (!memory.valid() ||
      ftruncate(memory.get(), static_cast<off_t>(size)) != 0) {
    return KERN_RESOURCE_SHORTAGE;
  }
  return MakeEntry(memory, 0, size, permission, entry);
}

kern_return_t MakeEntryOfRange(std::uintptr_t address, std::size_t size,
                               vm_prot_t permission,
                               mem_entry_name_port_t* entry) {
  Region region;
  const kern_return_t result = Share(address, size, &region);
  if (result != KERN_SUCCESS) return result;
  if ((permission & ~region.maximum) != 0) return KERN_PROTECTION_FAILURE;
  return MakeEntry(*region.memory, region.offset, size, permission, entry);
}

kern_return_t MakeEntryOfEntry(mem_entry_name_port_t parent,
                               std::uint64_t offset, std::size_t size,
                               vm_prot_t permission,
                               mem_entry_name_port_t* entry) {
  UniqueFd memory;
  std::uint64_t memory_offset;
  const kern_return_t result =
      Borrow(parent, offset, size, permission, &memory, &memory_offset);
  if (result != KERN_SUCCESS) return result;
  return MakeEntry(memory, memory_offset, size, permission, entry);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation

namespace emulation = ipc_channel_testing::mach_emulation;
using emulation::IsSelf;
using emulation::Region;
using emulation::Regions;
using emulation::RoundToPages;

kern_return_t mach_vm_allocate(vm_map_t task, mach_vm_address_t* address,
                               mach_vm_size_t size, int flags) {
  if (!IsSelf(task)) return KERN_INVALID_ARGUMENT;
  if (size == 0) {
    *address = 0;
    return KERN_SUCCESS;
  }
  if (emulation::TakeShortage().has_value()) return KERN_NO_SPACE;
  return emulation::Map({*address, flags}, RoundToPages(size), nullptr, 0,
                        VM_PROT_DEFAULT, address);
}

kern_return_t mach_vm_deallocate(vm_map_t task, mach_vm_address_t address,
                                 mach_vm_size_t size) {
  if (!IsSelf(task)) return KERN_INVALID_ARGUMENT;
  if (size == 0) return KERN_SUCCESS;
  const mach_vm_address_t begin =
      address / emulation::kPageSize * emulation::kPageSize;
  const std::size_t length = RoundToPages(size + (address - begin));
  Regions::Get().Forget(begin, length);
  return munmap(emulation::ToPointer(begin), length) == 0
             ? KERN_SUCCESS
             : KERN_INVALID_ADDRESS;
}

kern_return_t mach_vm_protect(vm_map_t task, mach_vm_address_t address,
                              mach_vm_size_t size, boolean_t set_maximum,
                              vm_prot_t protection) {
  if (!IsSelf(task)) return KERN_INVALID_ARGUMENT;
  if (size == 0) return KERN_SUCCESS;
  const std::size_t length = RoundToPages(size);
  bool mixed = false;
  const auto known = Regions::Get().Find(address, length, &mixed);
  if (mixed) return KERN_FAILURE;
  Region region = known.value_or(Region{length, nullptr});
  if ((protection & ~region.maximum) != 0) return KERN_PROTECTION_FAILURE;
  if (set_maximum) {
    region.maximum = protection;
    region.current &= protection;
  } else {
    region.current = protection;
  }
  if (mprotect(emulation::ToPointer(address), length,
               emulation::ToLinux(region.current)) != 0) {
    return errno == EACCES ? KERN_PROTECTION_FAILURE : KERN_INVALID_ADDRESS;
  }
  Regions::Get().Set(address, std::move(region));
  return KERN_SUCCESS;
}

kern_return_t mach_vm_map(vm_map_t task, mach_vm_address_t* address,
                          mach_vm_size_t size, mach_vm_offset_t, int flags,
                          mem_entry_name_port_t object,
                          memory_object_offset_t offset, boolean_t copy,
                          vm_prot_t cur_protection, vm_prot_t max_protection,
                          vm_inherit_t) {
  if (!IsSelf(task) || size == 0) return KERN_INVALID_ARGUMENT;
  const emulation::Place place = {*address, flags};
  const std::size_t length = RoundToPages(size);
  if (object != MACH_PORT_NULL) {
    return emulation::MapEntry(place, length, object, offset, copy != 0,
                               cur_protection, max_protection, address);
  }
  const kern_return_t result =
      emulation::Map(place, length, nullptr, 0, cur_protection, address);
  if (result == KERN_SUCCESS) {
    Regions::Get().Set(*address,
                       {length, nullptr, 0, cur_protection, max_protection});
  }
  return result;
}

kern_return_t mach_vm_remap(vm_map_t target, mach_vm_address_t* address,
                            mach_vm_size_t size, mach_vm_offset_t, int flags,
                            vm_map_t source, mach_vm_address_t source_address,
                            boolean_t copy, vm_prot_t* cur_protection,
                            vm_prot_t* max_protection, vm_inherit_t) {
  if (!IsSelf(target) || !IsSelf(source) || size == 0) {
    return KERN_INVALID_ARGUMENT;
  }
  const std::size_t length = RoundToPages(size);
  Region region{length, nullptr};
  kern_return_t result;
  if (copy) {
    region.memory =
        std::make_shared<emulation::UniqueFd>(emulation::CopyToMemory(
            emulation::ToPointer(source_address), length, &result));
  } else {
    result = emulation::Share(source_address, length, &region);
  }
  if (result != KERN_SUCCESS) return result;
  result = emulation::Map({*address, flags}, length, region.memory.get(),
                          region.offset, region.current, address);
  if (result != KERN_SUCCESS) return result;
  *cur_protection = region.current;
  *max_protection = region.maximum;
  Regions::Get().Set(*address, std::move(region));
  return KERN_SUCCESS;
}

kern_return_t mach_make_memory_entry_64(vm_map_t task,
                                        memory_object_size_t* size,
                                        memory_object_offset_t offset,
                                        vm_prot_t permission,
                                        mem_entry_name_port_t* entry,
                                        mem_entry_name_port_t parent) {
  *entry = MACH_PORT_NULL;
  if (!IsSelf(task)) return KERN_INVALID_TASK;
  if (*size == 0) return KERN_INVALID_ARGUMENT;
  const vm_prot_t protection = permission & VM_PROT_ALL;
  if ((permission & MAP_MEM_NAMED_CREATE) != 0) {
    *size = RoundToPages(*size);
    return emulation::MakeNewEntry(*size, protection, entry);
  }
  // All pages that the range touches.
  const memory_object_offset_t begin =
      offset / emulation::kPageSize * emulation::kPageSize;
  const std::size_t length = RoundToPages(*size + (offset - begin));
  *size = length;
  if ((permission & MAP_MEM_VM_COPY) != 0) {
    return emulation::MakeEntryOfCopy(emulation::ToPointer(begin), length,
                                      protection, entry);
  }
  if (parent != MACH_PORT_NULL) {
    return emulation::MakeEntryOfEntry(parent, begin, length, protection,
                                       entry);
  }
  return emulation::MakeEntryOfRange(begin, length, protection, entry);
}

kern_return_t vm_allocate(vm_map_t task, vm_address_t* address, vm_size_t size,
                          int flags) {
  mach_vm_address_t wide = *address;
  const kern_return_t result = mach_vm_allocate(task, &wide, size, flags);
  *address = wide;
  return result;
}

kern_return_t vm_deallocate(vm_map_t task, vm_address_t address,
                            vm_size_t size) {
  return mach_vm_deallocate(task, address, size);
}

kern_return_t vm_protect(vm_map_t task, vm_address_t address, vm_size_t size,
                         boolean_t set_maximum, vm_prot_t protection) {
  return mach_vm_protect(task, address, size, set_maximum, protection);
}

kern_return_t vm_map(vm_map_t task, vm_address_t* address, vm_size_t size,
                     vm_address_t mask, int flags, mem_entry_name_port_t object,
                     vm_offset_t offset, boolean_t copy,
                     vm_prot_t cur_protection, vm_prot_t max_protection,
                     vm_inherit_t inheritance) {
  mach_vm_address_t wide = *address;
  const kern_return_t result =
      mach_vm_map(task, &wide, size, mask, flags, object, offset, copy,
                  cur_protection, max_protection, inheritance);
  *address = wide;
  return result;
}

kern_return_t vm_remap(vm_map_t target, vm_address_t* address, vm_size_t size,
                       vm_address_t mask, int flags, vm_map_t source,
                       vm_address_t source_address, boolean_t copy,
                       vm_prot_t* cur_protection, vm_prot_t* max_protection,
                       vm_inherit_t inheritance) {
  mach_vm_address_t wide = *address;
  const kern_return_t result =
      mach_vm_remap(target, &wide, size, mask, flags, source, source_address,
                    copy, cur_protection, max_protection, inheritance);
  *address = wide;
  return result;
}
