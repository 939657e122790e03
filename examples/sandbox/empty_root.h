#ifndef IPC_CHANNEL_EXAMPLES_SANDBOX_EMPTY_ROOT_H_
#define IPC_CHANNEL_EXAMPLES_SANDBOX_EMPTY_ROOT_H_

namespace sandbox {

// Moves this process, for good, into user, mount and network namespaces of its
// own, where it sees an empty file system that nobody can write to, and no
// network. What is open stays open, files of the old file system too.
//
// Needs no privileges, and one thread. False where the system does not allow
// it, as many containers and some distributions do not, or it has several
// threads: then the process sees the files that it saw before. Does not block.
bool EnterEmptyRoot();

}  // namespace sandbox

#endif  // IPC_CHANNEL_EXAMPLES_SANDBOX_EMPTY_ROOT_H_
