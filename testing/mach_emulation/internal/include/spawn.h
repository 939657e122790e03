#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SPAWN_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SPAWN_H_

// The system's posix_spawn(), and what macOS adds to it. What is here under a
// name of the system's is to be given objects that were made by the names here.

#include <mach/message.h>
#include_next <spawn.h>
#include <sys/types.h>

// No descriptor is inherited but those that a file action names as the child's:
// the target of a dup2, what is opened, what is inherited.
#define POSIX_SPAWN_CLOEXEC_DEFAULT 0x4000

extern "C" {

// The child starts with `port` (copied from this task when it is spawned) as
// its special port `which`: TASK_BOOTSTRAP_PORT or TASK_DEBUG_CONTROL_PORT,
// others are EINVAL.
int posix_spawnattr_setspecialport_np(posix_spawnattr_t* attributes,
                                      mach_port_t port, int which);

// The child has `descriptor` as it is here, close-on-exec or not.
int posix_spawn_file_actions_addinherit_np(posix_spawn_file_actions_t* actions,
                                           int descriptor);

int MachEmulationPosixSpawn(pid_t* pid, const char* path,
                            const posix_spawn_file_actions_t* actions,
                            const posix_spawnattr_t* attributes,
                            char* const argv[], char* const environment[]);
int MachEmulationPosixSpawnp(pid_t* pid, const char* file,
                             const posix_spawn_file_actions_t* actions,
                             const posix_spawnattr_t* attributes,
                             char* const argv[], char* const environment[]);
int MachEmulationPosixSpawnattrDestroy(posix_spawnattr_t* attributes);
int MachEmulationPosixSpawnattrSetflags(posix_spawnattr_t* attributes,
                                        short flags);
int MachEmulationPosixSpawnFileActionsDestroy(
    posix_spawn_file_actions_t* actions);
int MachEmulationPosixSpawnFileActionsAdddup2(
    posix_spawn_file_actions_t* actions, int descriptor, int target);
int MachEmulationPosixSpawnFileActionsAddopen(
    posix_spawn_file_actions_t* actions, int target, const char* path,
    int flags, mode_t mode);
}

#define posix_spawn MachEmulationPosixSpawn
#define posix_spawnp MachEmulationPosixSpawnp
#define posix_spawnattr_destroy MachEmulationPosixSpawnattrDestroy
#define posix_spawnattr_setflags MachEmulationPosixSpawnattrSetflags
#define posix_spawn_file_actions_destroy \
  MachEmulationPosixSpawnFileActionsDestroy
#define posix_spawn_file_actions_adddup2 \
  MachEmulationPosixSpawnFileActionsAdddup2
#define posix_spawn_file_actions_addopen \
  MachEmulationPosixSpawnFileActionsAddopen

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_SPAWN_H_
