#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_PROTOCOL_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_PROTOCOL_H_

// What a task (client/) and the emulated kernel (kernel/) say to each other:
// one frame (frame.h) for a call, one for its answer, over a socket of the
// calling thread. A call that waits is answered when it is done. All numbers
// are the machine's own: both sides are one build.

#include <cstdint>

namespace ipc_channel_testing::mach_emulation {

// Set by the launcher to the abstract name of the kernel's socket.
inline constexpr char kSocketVariable[] = "IPC_CHANNEL_MACH_EMULATION";
// Set for a spawned child that starts with other special ports.
inline constexpr char kTicketVariable[] = "IPC_CHANNEL_MACH_EMULATION_TICKET";

// Every task has its rights to itself and to launchd under these names, for
// they are the first that it gets.
inline constexpr std::uint32_t kTaskSelfName = 0x103;
inline constexpr std::uint32_t kBootstrapName = 0x203;

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

enum class Op : std::uint32_t {
  // The first call on a connection: a task is born, or a thread of one comes.
  kNewTask,   // number: parent task or 0, its pid, ticket or 0 -> task
  kJoinTask,  // number: task
  // Makes the call that waits on this connection give up, if one does. Has no
  // answer of its own.
  kInterrupt,

  kPortNames,  // -> payload: NameAndType of every name
  kPortType,
  kPortAllocate,
  kPortDestroy,
  kPortDeallocate,
  kPortGetRefs,
  kPortModRefs,
  kPortInsertRight,
  kPortExtractRight,
  kPortMoveMember,
  kPortInsertMember,
  kPortExtractMember,
  kPortGetSetStatus,
  kPortGetLimits,
  kPortGetStatus,
  kPortSetLimits,
  kPortRequestNotification,
  kPortConstruct,
  kPortDestruct,
  kPortGuard,
  kPortUnguard,
  kPortKobject,

  kSend,  // number: options, timeout, unreadable descriptor or kNone.
          // payload: the message
  // number: name, options, buffer size, timeout, and whether the task is short
  // of names: rights in the body are lost then
  kReceive,

  kMakeMemoryEntry,  // number: permission. wide: offset, size
  kMapMemoryEntry,   // number: name, protections. wide: offset, size
  kMakeFileport,
  kMakeFd,

  kBootstrapRegister,
  kBootstrapCheckIn,
  kBootstrapLookUp,

  kGetSpecialPort,
  kSetSpecialPort,
  kRegisterPorts,
  kLookUpPorts,
  // Special ports of a child to be spawned: number: bootstrap port, debug
  // control port, kNone for one that is not given -> ticket
  kMakeTicket,
  kBindTicket,  // number: ticket, the child's pid
  kDropTicket,

  kKqueueNew,  // -> id; an epoll object
  // number: id, kKevent..., name or pid, a KqueueSubject. wide: udata -> an
  // errno
  kKqueueChange,
  kKqueueCollect,  // number: id, room -> payload: KqueueEvents
  kKqueueDrop,     // number: id
};

inline constexpr std::uint32_t kKeventAdd = 1;
inline constexpr std::uint32_t kKeventDelete = 2;
inline constexpr std::uint32_t kKeventClear = 4;
inline constexpr std::uint32_t kKeventTrigger = 8;

// What an event is of.
enum class KqueueSubject : std::uint32_t {
  kPort,     // a receive right or a set
  kUser,     // the user event
  kProcess,  // the end of one
};

struct NameAndType {
  std::uint32_t name;
  std::uint32_t type;
};

struct KqueueEvent {
  KqueueSubject subject;
  std::uint32_t name;  // or pid
  // Of a port: itself. Of a set: the member that has a message.
  std::uint32_t ready;
  bool is_last;  // the port, the set or the process is gone
  std::uint64_t udata;
};

struct Call {
  Op op;
  std::uint32_t number[6];
  std::uint64_t wide[2];
};

struct Answer {
  std::int32_t result;  // kern_return_t, mach_msg_return_t or errno
  std::uint32_t number[10];
  std::uint64_t wide[2];
};

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_PROTOCOL_H_
