#ifndef IPC_CHANNEL_EXAMPLES_NOTEBOOK_LIMITS_H_
#define IPC_CHANNEL_EXAMPLES_NOTEBOOK_LIMITS_H_

#include <cstddef>

namespace notebook {

// What the notebook holds, and what one client may make the daemon hold. The
// product of these bounds the daemon's memory and descriptors, whatever its
// clients do: some ten descriptors and half a megabyte each.
struct Limits {
  // Connections at once. Beyond it the process that has the most of them loses
  // the one that has been silent for longest, so that who floods the daemon
  // pushes out its own.
  std::size_t clients = 64;

  // Of one connection. More calls that wait are refused; a client that goes on
  // to ask and does not read its answers is hung up on.
  std::size_t calls = 8;
  std::size_t watches = 4;
  std::size_t snapshots = 2;  // each may keep the memory of a whole notebook

  // Of the notebook.
  std::size_t key_bytes = 256;
  std::size_t value_bytes = std::size_t{16} << 10;
  std::size_t entries = 10'000;
  std::size_t book_bytes = std::size_t{4} << 20;  // keys and values together

  // Of the keys in one answer, and of a text to be imported.
  std::size_t list_bytes = std::size_t{16} << 10;
  std::size_t import_bytes = std::size_t{16} << 20;

  // Of a request: that with the largest value, and what is put around it.
  std::size_t message_bytes() const { return key_bytes + value_bytes + 1024; }
};

}  // namespace notebook

#endif  // IPC_CHANNEL_EXAMPLES_NOTEBOOK_LIMITS_H_
