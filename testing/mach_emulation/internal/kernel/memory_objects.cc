// Rights that stand for memory and for file descriptors.

#include <errno.h>
#include <fcntl.h>
#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/vm_prot.h>
#include <sys/stat.h>

#include <memory>
#include <string>
#include <utility>

#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

// The same memory, not writable through this descriptor nor through any that
// is made from it.
UniqueFd OpenReadOnly(const UniqueFd& fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd.get());
  return UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

// Files may be shorter than what was mapped of them.
bool IsMemory(const UniqueFd& fd) {
  struct stat info;
  return fstat(fd.get(), &info) == 0 && S_ISREG(info.st_mode);
}

// The object behind a send right, if it is of this kind.
KernelObject* ObjectOf(Entry* entry, KernelObject::Kind kind) {
  if (entry == nullptr || !entry->Has(MACH_PORT_TYPE_SEND) ||
      entry->port->object == nullptr || entry->port->object->kind != kind) {
    return nullptr;
  }
  return entry->port->object.get();
}

}  // namespace

PortRef Kernel::NewObject(KernelObject object) {
  auto port = std::make_shared<Port>();
  port->object = std::make_unique<KernelObject>(std::move(object));
  return port;
}

// number: permission. wide: offset, size. fds: the memory -> name
Kernel::MaybeReply Kernel::MakeMemoryEntry(CallContext& c) {
  const std::uint64_t offset = c.call.wide[0];
  const std::uint64_t size = c.call.wide[1];
  if (c.content.fds.size() != 1 || !IsMemory(c.content.fds[0])) {
    Panic("a memory entry came without its memory");
  }
  const int protection = static_cast<int>(c.call.number[0]) & VM_PROT_ALL;
  UniqueFd fd = (protection & VM_PROT_WRITE) != 0
                    ? std::move(c.content.fds[0])
                    : OpenReadOnly(c.content.fds[0]);
  if (!fd.valid()) return Result(KERN_RESOURCE_SHORTAGE);
  const PortRef port = NewObject(
      {KernelObject::kNamedEntry, std::move(fd), offset, size, protection});
  return Result(KERN_SUCCESS, {CopyOut(c.space, CopySend(port))});
}

// number: name, protections. wide: offset, size -> the memory, offset. As
// vm_map_enter_mem_object() in xnu's vm_map.c.
Kernel::MaybeReply Kernel::MapMemoryEntry(CallContext& c) {
  const KernelObject* const entry =
      ObjectOf(c.space.Find(c.call.number[0]), KernelObject::kNamedEntry);
  if (entry == nullptr) return Result(KERN_INVALID_OBJECT);
  const int protection = static_cast<int>(c.call.number[1]);
  if ((protection & ~entry->protection) != 0) return Result(KERN_INVALID_RIGHT);
  const std::uint64_t offset = c.call.wide[0];
  const std::uint64_t size = c.call.wide[1];
  if (offset > entry->size || size > entry->size - offset) {
    return Result(KERN_INVALID_ARGUMENT);
  }
  Reply reply = Result(KERN_SUCCESS);
  reply.answer.wide[0] = entry->offset + offset;
  if ((protection & VM_PROT_WRITE) != 0) {
    reply.fds.push_back(entry->fd.get());
    return reply;
  }
  auto fd = std::make_shared<UniqueFd>(OpenReadOnly(entry->fd));
  if (!fd->valid()) return Result(KERN_RESOURCE_SHORTAGE);
  reply.shared_fds.push_back(std::move(fd));
  return reply;
}

// fds: the descriptor -> name, or errno. As sys_fileport_makeport() in xnu's
// kern_descrip.c, which refuses what cannot be sent over a socket either.
Kernel::MaybeReply Kernel::MakeFileport(CallContext& c) {
  if (c.content.fds.size() != 1) Panic("a fileport came without a descriptor");
  const PortRef port = NewObject(
      {KernelObject::kFileport, std::move(c.content.fds[0]), 0, 0, 0});
  return Result(0, {CopyOut(c.space, CopySend(port))});
}

// number: name -> the descriptor, or errno
Kernel::MaybeReply Kernel::MakeFd(CallContext& c) {
  const KernelObject* const file =
      ObjectOf(c.space.Find(c.call.number[0]), KernelObject::kFileport);
  if (file == nullptr) return Result(EINVAL);
  Reply reply = Result(0);
  reply.fds.push_back(file->fd.get());
  return reply;
}

}  // namespace ipc_channel_testing::mach_emulation
