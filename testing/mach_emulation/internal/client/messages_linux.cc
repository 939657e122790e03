// mach_msg() and mach_msg_destroy().

#include <errno.h>
#include <mach/mach_init.h>
#include <mach/mach_port.h>
#include <mach/mach_vm.h>
#include <mach/message.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "ipc_channel/testing/mach_emulation/internal/client/connection.h"
#include "ipc_channel/testing/mach_emulation/internal/client/descriptors.h"
#include "ipc_channel/testing/mach_emulation/internal/client/pages.h"
#include "ipc_channel/testing/mach_emulation/internal/frame.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"
#include "ipc_channel/testing/mach_emulation/shortage.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

// A copy of everything out of line, each part on a page of its own.
class Gathered {
 public:
  Gathered(mach_msg_header_t* message, std::size_t size) {
    std::uint64_t end = 0;
    ForEachDescriptor(message, size, [&](auto i, auto kind, std::byte* at) {
      if (!IsOutOfLine(kind)) return;
      const OutOfLine part = ReadOutOfLine(kind, at);
      if (part.size == 0) return;
      if (!memory_.valid()) {
        memory_ = UniqueFd(memfd_create("message", MFD_CLOEXEC));
      }
      if (!WriteAt(part, end) && unreadable_ == kNone) unreadable_ = i;
      end += RoundToPages(part.size);
    });
    if (end == 0) return;
    ok_ = memory_.valid() &&
          ftruncate(memory_.get(), static_cast<off_t>(end)) == 0;
  }

  // False if there is no memory for it.
  bool ok() const { return ok_; }
  // The first descriptor whose memory cannot be read, or kNone.
  std::uint32_t unreadable() const { return unreadable_; }
  const UniqueFd& memory() const { return memory_; }

 private:
  // The system call finds out whether the task may read there.
  bool WriteAt(const OutOfLine& part, std::uint64_t at) {
    std::size_t done = 0;
    while (done < part.size) {
      const ssize_t written =
          pwrite(memory_.get(), static_cast<std::byte*>(part.address) + done,
                 part.size - done, static_cast<off_t>(at + done));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      done += static_cast<std::size_t>(written);
    }
    return true;
  }

  UniqueFd memory_;
  std::uint32_t unreadable_ = kNone;
  bool ok_ = true;
};

// What the first `count` descriptors told to deallocate is the kernel's now.
void DeallocateSent(mach_msg_header_t* message, std::size_t size,
                    std::uint32_t count) {
  ForEachDescriptor(message, size, [&](auto i, auto kind, std::byte* at) {
    if (!IsOutOfLine(kind) || i >= count) return;
    const OutOfLine part = ReadOutOfLine(kind, at);
    if (!part.deallocate || part.size == 0) return;
    mach_vm_deallocate(mach_task_self(),
                       reinterpret_cast<std::uintptr_t>(part.address),
                       part.size);
  });
}

void WriteMapped(mach_msg_descriptor_type_t kind, std::byte* at,
                 void* address) {
  // Both kinds have these fields in the same places.
  static_assert(sizeof(mach_msg_ool_descriptor_t) ==
                sizeof(mach_msg_ool_ports_descriptor_t));
  mach_msg_ool_descriptor_t d;
  std::memcpy(&d, at, sizeof(d));
  d.address = address;
  d.deallocate = d.copy == MACH_MSG_VIRTUAL_COPY ? 1 : 0;
  d.type = kind;
  if (address == nullptr) d.size = 0;
  std::memcpy(at, &d, sizeof(d));
}

// Maps what came out of line and writes the addresses into the message.
mach_msg_return_t MapReceived(mach_msg_header_t* message, std::size_t size,
                              const FrameContent& content,
                              bool is_short_of_memory = false) {
  mach_msg_return_t result = MACH_MSG_SUCCESS;
  std::uint64_t end = 0;
  ForEachDescriptor(message, size, [&](auto, auto kind, std::byte* at) {
    if (!IsOutOfLine(kind)) return;
    const OutOfLine part = ReadOutOfLine(kind, at);
    void* address = nullptr;
    if (part.size != 0 && is_short_of_memory) {
      end += RoundToPages(part.size);
      result = MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE;
    } else if (part.size != 0) {
      address =
          mmap(nullptr, RoundToPages(part.size), PROT_READ | PROT_WRITE,
               MAP_PRIVATE, content.fds.at(0).get(), static_cast<off_t>(end));
      end += RoundToPages(part.size);
    }
    if (address == MAP_FAILED) {
      address = nullptr;
      result = MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE;
    }
    WriteMapped(kind, at, address);
  });
  return result;
}

mach_msg_return_t Send(mach_msg_header_t* message, mach_msg_option_t options,
                       mach_msg_size_t size, mach_msg_timeout_t timeout) {
  if (size < sizeof(*message) || size % 4 != 0) return MACH_SEND_MSG_TOO_SMALL;
  if (size > kMaxFramePayload) return MACH_SEND_TOO_LARGE;
  const Gathered gathered(message, size);
  if (!gathered.ok()) return MACH_MSG_VM_KERNEL;
  const int fd = gathered.memory().get();
  CallOptions call_options;
  call_options.payload = std::as_bytes(
      std::span(reinterpret_cast<const std::byte*>(message), size));
  if (fd >= 0) call_options.fds = std::span(&fd, 1);
  call_options.interruptible = (options & MACH_SEND_INTERRUPT) != 0;
  const CallResult call = CallKernel(
      Op::kSend,
      {static_cast<std::uint32_t>(options), timeout, gathered.unreadable()},
      call_options);
  const bool returned = !call.content.payload.empty();
  const bool all = returned || call.result() == MACH_MSG_SUCCESS;
  DeallocateSent(message, size, all ? kNone : call.number(0));
  if (returned) {
    std::memcpy(static_cast<void*>(message), call.content.payload.data(),
                call.content.payload.size());
    MapReceived(message, size, call.content);
  }
  return call.result();
}

// Without a message: how large the one is that did not fit.
void ReportTooLarge(const CallResult& call, mach_msg_header_t* message,
                    mach_msg_option_t options, mach_msg_size_t size) {
  if (size < sizeof(*message)) return;
  message->msgh_size = call.number(0);
  if ((options & MACH_RCV_LARGE_IDENTITY) != 0) {
    message->msgh_local_port = call.number(1);
  }
}

mach_msg_return_t Receive(mach_msg_header_t* message, mach_msg_option_t options,
                          mach_msg_size_t size, mach_port_name_t name,
                          mach_msg_timeout_t timeout) {
  CallOptions call_options;
  call_options.interruptible = (options & MACH_RCV_INTERRUPT) != 0;
  const std::optional<Short> shortage = TakeShortage();
  const CallResult call =
      CallKernel(Op::kReceive,
                 {name, static_cast<std::uint32_t>(options), size, timeout,
                  shortage == Short::kOfNames},
                 call_options);
  const auto& bytes = call.content.payload;
  if (call.result() == MACH_RCV_TOO_LARGE && bytes.empty()) {
    ReportTooLarge(call, message, options, size);
    return call.result();
  }
  if (bytes.empty() || bytes.size() > size) return call.result();
  std::memcpy(static_cast<void*>(message), bytes.data(), bytes.size());
  const mach_msg_return_t result = call.result();
  if (result != MACH_MSG_SUCCESS &&
      (result & ~MACH_MSG_MASK) != MACH_RCV_BODY_ERROR) {
    return result;
  }
  return result | MapReceived(message, message->msgh_size, call.content,
                              shortage == Short::kOfMemory);
}

void DestroyRight(mach_port_t name, mach_msg_type_name_t type) {
  if (!MACH_PORT_VALID(name)) return;
  const mach_port_t self = mach_task_self();
  switch (type) {
    case MACH_MSG_TYPE_MOVE_SEND:
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
      mach_port_deallocate(self, name);
      break;
    case MACH_MSG_TYPE_MOVE_RECEIVE:
      mach_port_mod_refs(self, name, MACH_PORT_RIGHT_RECEIVE, -1);
      break;
    case MACH_MSG_TYPE_MAKE_SEND:
      mach_port_insert_right(self, name, name, MACH_MSG_TYPE_MAKE_SEND);
      mach_port_deallocate(self, name);
      break;
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
      if (mach_port_extract_right(self, name, type, &name, &type) ==
          KERN_SUCCESS) {
        mach_port_deallocate(self, name);
      }
      break;
  }
}

void DestroyGuarded(const std::byte* at) {
  mach_msg_guarded_port_descriptor_t d;
  std::memcpy(&d, at, sizeof(d));
  if ((d.flags & MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND) == 0) {
    mach_port_unguard(mach_task_self(), d.name, d.context);
  }
  DestroyRight(d.name, d.disposition);
}

void DestroyOutOfLine(mach_msg_descriptor_type_t kind, const std::byte* at) {
  const OutOfLine part = ReadOutOfLine(kind, at);
  if (kind == MACH_MSG_OOL_PORTS_DESCRIPTOR) {
    mach_msg_ool_ports_descriptor_t d;
    std::memcpy(&d, at, sizeof(d));
    const auto* const names = static_cast<const mach_port_t*>(d.address);
    for (mach_msg_size_t i = 0; i < d.count; ++i) {
      DestroyRight(names[i], d.disposition);
    }
  }
  if (kind == MACH_MSG_OOL_VOLATILE_DESCRIPTOR || !part.deallocate ||
      part.size == 0) {
    return;
  }
  mach_vm_deallocate(mach_task_self(),
                     reinterpret_cast<std::uintptr_t>(part.address), part.size);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation

namespace emulation = ipc_channel_testing::mach_emulation;

mach_msg_return_t mach_msg(mach_msg_header_t* msg, mach_msg_option_t option,
                           mach_msg_size_t send_size, mach_msg_size_t rcv_size,
                           mach_port_name_t rcv_name,
                           mach_msg_timeout_t timeout, mach_port_name_t) {
  if ((option & MACH_SEND_MSG) != 0) {
    const mach_msg_return_t result =
        emulation::Send(msg, option, send_size, timeout);
    if (result != MACH_MSG_SUCCESS) return result;
  }
  if ((option & MACH_RCV_MSG) == 0) return MACH_MSG_SUCCESS;
  return emulation::Receive(msg, option, rcv_size, rcv_name, timeout);
}

// As the function of that name in xnu's libsyscall/mach/mach_msg.c.
void mach_msg_destroy(mach_msg_header_t* msg) {
  emulation::DestroyRight(msg->msgh_remote_port,
                          MACH_MSGH_BITS_REMOTE(msg->msgh_bits));
  emulation::ForEachDescriptor(msg, msg->msgh_size,
                               [](auto, auto kind, const std::byte* at) {
                                 if (emulation::IsOutOfLine(kind)) {
                                   return emulation::DestroyOutOfLine(kind, at);
                                 }
                                 if (kind == MACH_MSG_GUARDED_PORT_DESCRIPTOR) {
                                   return emulation::DestroyGuarded(at);
                                 }
                                 mach_msg_port_descriptor_t d;
                                 std::memcpy(&d, at, sizeof(d));
                                 emulation::DestroyRight(d.name, d.disposition);
                               });
}
