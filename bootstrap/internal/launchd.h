#ifndef IPC_CHANNEL_BOOTSTRAP_INTERNAL_LAUNCHD_H_
#define IPC_CHANNEL_BOOTSTRAP_INTERNAL_LAUNCHD_H_

#include <mach/mach.h>
#include <servers/bootstrap.h>

#include <string>

#include "absl/status/statusor.h"
#include "ipc_channel/transport/mach/port_right.h"

namespace ipc_channel::internal {

// launchd, or what a test has in its place.
struct LaunchdCalls {
  using GetPort = kern_return_t (*)(mach_port_t bootstrap, const char* name,
                                    mach_port_t* port);
  GetPort check_in = &::bootstrap_check_in;
  GetPort look_up = &::bootstrap_look_up;
};

// The names of Mach services: those of the domain of launchd that this process
// belongs to. `name` has at most 127 bytes and no NUL. Thread-safe; each call
// is a question to launchd, which answers at once.

// Takes a name: gives the receive right of a new port that everybody who looks
// the name up gets a send right to, as launchd itself has one. The name is free
// again when the port has died. If a job of launchd has declared the name it is
// the job's port, with all that clients have sent since the last time.
//
//   ALREADY_EXISTS      another port has that name: one that lives, or has died
//                       and launchd has not read of it yet
//   PERMISSION_DENIED   launchd gives this process no such name, or is out of
//                       its reach (a sandbox)
//   RESOURCE_EXHAUSTED  launchd is short of memory
absl::StatusOr<transport::mach_backend::ReceiveRight> CheckInService(
    const std::string& name, const LaunchdCalls& launchd = {});

// A send right to the port of that name, which may have died.
//
//   UNAVAILABLE         there is none
//   PERMISSION_DENIED   it is closed to this process, or launchd is
//   RESOURCE_EXHAUSTED  launchd is short of memory
absl::StatusOr<transport::mach_backend::SendRight> LookUpService(
    const std::string& name, const LaunchdCalls& launchd = {});

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_BOOTSTRAP_INTERNAL_LAUNCHD_H_
