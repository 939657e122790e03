#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_SPACE_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_SPACE_H_

// The name space of a task.

#include <mach/port.h>

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/kernel/port.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/right.h"

namespace ipc_channel_testing::mach_emulation {

// References beyond it are not counted any more, and then never given up one
// by one (MACH_PORT_UREFS_MAX in xnu's mach/port.h).
inline constexpr mach_port_urefs_t kMostUrefs = 0xffff;

struct Entry {
  mach_port_type_t type = MACH_PORT_TYPE_NONE;
  PortRef port;
  std::shared_ptr<PortSet> set;
  mach_port_urefs_t urefs = 0;  // of send rights, or of a dead name
  Right dead_name_request;
  // The request is for room, too, and the port was full when it was made.
  bool awaits_room = false;

  bool Has(mach_port_type_t types) const { return (type & types) != 0; }
  void AddUref() {
    if (urefs < kMostUrefs) ++urefs;
  }
};

// Keeps the names; rights are counted by who puts them there. Port::holders is
// kept true.
class Space {
 public:
  Space() = default;
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  // An entry for nothing yet. Names that were freed come back soon, with
  // another generation, as in xnu's ipc_entry.c: a stale name is not valid for
  // a while and then means something else.
  mach_port_name_t NewName();
  // False if the name is in use.
  bool NewEntryAt(mach_port_name_t name);

  Entry* Find(mach_port_name_t name);
  // The name of the send or receive right to `port`: there is one for both.
  mach_port_name_t NameOf(const Port* port) const;
  // Makes the entry refer to `port`, under the only name for its send and
  // receive rights unless `send_once`.
  void Refer(mach_port_name_t name, PortRef port, bool send_once);
  // The entry no longer refers to a port.
  void Unrefer(mach_port_name_t name);
  // Removes an entry that has nothing left to release.
  void Erase(mach_port_name_t name);

  std::vector<mach_port_name_t> Names() const;

 private:
  std::map<mach_port_name_t, Entry> entries_;
  std::unordered_map<const Port*, mach_port_name_t> names_;
  std::vector<std::uint8_t> generations_ = {0};  // by index; 0 is no index
  std::vector<std::uint32_t> free_;
};

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_SPACE_H_
