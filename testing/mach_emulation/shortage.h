#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_SHORTAGE_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_SHORTAGE_H_

#include "ipc_channel/platforms/cxx20.h"

// For tests: the emulated kernel, or the task, is short of something.
//
//   for (int call = 0;; ++call) {
//     Shortage shortage(Short::kOfNames, call);
//     ... what makes calls ...
//     if (!shortage.has_struck()) break;  // there are fewer calls
//   }

#include <optional>

namespace ipc_channel_testing::mach_emulation {

// What a call gives:
//
//                              kOfNames               kOfMemory
//   a port, a right,           KERN_NO_SPACE          KERN_RESOURCE_SHORTAGE
//     a notification,
//     a memory entry
//   mach_vm_allocate()         KERN_NO_SPACE          KERN_NO_SPACE
//   a send                     MACH_SEND_NO_BUFFER    MACH_SEND_NO_BUFFER
//   a receive                  MACH_RCV_BODY_ERROR:   MACH_RCV_BODY_ERROR:
//                              the rights are lost    the memory is lost
//   a fileport, a kqueue       EMFILE                 ENOMEM
//
// Nothing else that is emulated needs anything. A call that is refused has done
// nothing; a receive, all else; one that has nothing to lose succeeds.
enum class Short { kOfNames, kOfMemory };

// Strikes once in its lifetime, at the call of this thread that comes after
// `calls` others of these kinds. One at a time for a thread, which alone may
// use it.
class Shortage {
 public:
  Shortage(Short what, int calls);
  ~Shortage();
  Shortage(const Shortage&) = delete;
  Shortage& operator=(const Shortage&) = delete;

  bool has_struck() const;
};

// By the calls: what this one is short of, if anything.
std::optional<Short> TakeShortage();

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_SHORTAGE_H_
