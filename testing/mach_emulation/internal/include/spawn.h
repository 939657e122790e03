#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SPAWN_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SPAWN_H_

// The system's posix_spawn(), and what macOS adds to it.

#include <mach/message.h>
#include_next <spawn.h>

extern "C" {

// The child starts with `port` (copied from this task when it is spawned) as
// its special port `which`.
int posix_spawnattr_setspecialport_np(posix_spawnattr_t* attributes,
                                      mach_port_t port, int which);

int MachEmulationPosixSpawn(pid_t* pid, const char* path,
                            const posix_spawn_file_actions_t* actions,
                            const posix_spawnattr_t* attributes,
                            char* const argv[], char* const environment[]);
int MachEmulationPosixSpawnattrDestroy(posix_spawnattr_t* attributes);
}

#define posix_spawn MachEmulationPosixSpawn
#define posix_spawnattr_destroy MachEmulationPosixSpawnattrDestroy

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SPAWN_H_
