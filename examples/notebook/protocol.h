#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_PROTOCOL_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_PROTOCOL_H_

// What a notebook's daemon and its clients say to each other: one request, one
// response, over a connection for both directions. Clients are built with the
// same definitions; who is not is told when it connects.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "ipc_channel/bootstrap/duplex_listener.h"
#include "ipc_channel/channel/duplex.h"
#include "ipc_channel/channel/rpc/rpc.h"
#include "ipc_channel/channel/sender.h"
#include "ipc_channel/channel/shared_memory.h"

namespace notebook {

// One entry of the notebook is now another, or is no more. Says how large the
// value is and not what it is, so that what a watcher leaves unread is small.
struct Change {
  bool is_deleted = false;
  std::string key;
  std::uint64_t value_bytes = 0;
};

// The requests. Keys and values: book.h.

struct Put {  // Done
  std::string key;
  std::string value;
};

struct Get {  // Value; NOT_FOUND
  std::string key;
  bool waits = false;  // until there is such an entry
};

struct Delete {  // Done; NOT_FOUND
  std::string key;
};

struct List {  // Keys, in order
  std::string prefix;
  std::string after;  // only those behind this one
};

// From the answer on, `changes` gets every change of an entry whose key begins
// so, until the connection ends. One that is not read, and so is full, gets no
// more: its channel ends behind what it holds.
struct Watch {  // Done
  std::string prefix;
  ipc_channel::Sender<Change> changes;
};

// All entries of a text (book_text.h), or none of them. Memory and not an open
// file: reading a file that somebody else chose can wait for ever.
struct Import {  // Done
  ipc_channel::SharedMemory text;
};

struct Export {};  // Snapshot

struct Who {};  // Clients

struct Request {
  std::variant<Put, Get, Delete, List, Watch, Import, Export, Who> what;
};

// The responses. Errors are statuses: INVALID_ARGUMENT, NOT_FOUND, and
// RESOURCE_EXHAUSTED for what is over a limit (limits.h).

struct Done {
  std::uint64_t entries = 0;  // that were written or deleted
};

struct Value {
  std::string value;
};

struct Keys {
  std::vector<std::string> keys;
  bool are_all = true;  // else ask again for those after the last
};

struct Snapshot {
  ipc_channel::SharedMemory text;  // as in Import
};

// One connection, by the kernel's word.
struct ClientInfo {
  std::int64_t pid = 0;
  std::int64_t uid = 0;
  std::uint64_t watches = 0;
  std::uint64_t calls = 0;  // Gets that wait
};

struct Clients {
  std::vector<ClientInfo> clients;
};

struct Response {
  std::variant<Done, Value, Keys, Snapshot, Clients> what;
};

using ToServer = ipc_channel::rpc::ToServer<Request>;
using ToClient = ipc_channel::rpc::ToClient<Response>;

using Client = ipc_channel::rpc::Client<Request, Response>;
using Server = ipc_channel::rpc::Server<Request, Response>;
using Listener = ipc_channel::DuplexListener<ToClient, ToServer>;

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_PROTOCOL_H_
