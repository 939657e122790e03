#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_DEFAULT_NAME_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_DEFAULT_NAME_H_

#include <string>

#include "absl/status/status.h"

namespace notebook {

// Where this user's notebook is, unless somebody says otherwise, for the daemon
// and its clients: a socket in a folder that nobody else may enter, so that no
// other user can be there first. In $XDG_RUNTIME_DIR, which is such a folder;
// without that variable in one of our own, in /tmp.
std::string DefaultName();

// The other kind of name, which costs no file. Any user can take it first; that
// is denial of service and no more, since clients refuse a daemon of another
// user.
std::string DefaultAbstractName();

// For the daemon: makes our own folder, if `name` is in it.
//
//   PERMISSION_DENIED  somebody else has it, or others may enter it
//   UNAVAILABLE        it cannot be made
absl::Status MakeFolderOf(const std::string& name);

// Removes it again, if nothing is left in it.
void RemoveFolderOf(const std::string& name);

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_DEFAULT_NAME_H_
