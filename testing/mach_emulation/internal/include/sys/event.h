#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SYS_EVENT_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SYS_EVENT_H_

// Event queues, as far as they are about ports and processes: level-triggered
// events of receive rights and sets, ends of processes (NOTE_EXIT), and one
// user event, of the identity 0. What else there is is refused with EINVAL.

#include <stdint.h>
#include <time.h>

#define EVFILT_READ (-1)
#define EVFILT_PROC (-5)
#define EVFILT_MACHPORT (-8)
#define EVFILT_USER (-10)

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

#define NOTE_TRIGGER 0x01000000
#define NOTE_EXIT 0x80000000

#pragma pack(push, 4)

struct kevent {
  uintptr_t ident;
  int16_t filter;
  uint16_t flags;
  uint32_t fflags;
  intptr_t data;
  void* udata;
};

#pragma pack(pop)

#ifdef __cplusplus
extern "C" {
#endif

int kqueue(void);
int kevent(int kq, const struct kevent* changelist, int nchanges,
           struct kevent* eventlist, int nevents,
           const struct timespec* timeout);

#ifdef __cplusplus
}
#endif

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SYS_EVENT_H_
