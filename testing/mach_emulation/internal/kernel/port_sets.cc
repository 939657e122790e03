// Port sets. After xnu's ipc_pset.c and mach_port.c.

#include <mach/message.h>
#include <mach/port.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"

namespace ipc_channel_testing::mach_emulation {

void Kernel::Join(const PortRef& port, PortSet& set) {
  port->sets.insert(&set);
  set.members.push_back(port);
  to_pump_.push_back(port);
}

void Kernel::Leave(const PortRef& port, PortSet& set) {
  port->sets.erase(&set);
  set.members.erase(std::find(set.members.begin(), set.members.end(), port));
  UpdateWaitable(set);
}

void Kernel::LeaveAllSets(const PortRef& port) {
  while (!port->sets.empty()) Leave(port, **port->sets.begin());
}

void Kernel::DropSet(Space& space, mach_port_name_t name) {
  Entry& entry = *space.Find(name);
  const std::shared_ptr<PortSet> set = entry.set;
  while (!set->members.empty()) {
    const PortRef port = set->members.back();
    Leave(port, *set);
  }
  Vanish(set->waitable);
  WakeReceivers(
      [&set](const ParkedReceive& call) { return call.set.lock() == set; },
      MACH_RCV_PORT_CHANGED);
  entry.type = MACH_PORT_TYPE_NONE;
  EraseIfEmpty(space, name);
}

// number: port, set
kern_return_t Kernel::FindPortAndSet(CallContext& c, PortRef* port,
                                     PortSet** set) {
  const mach_port_name_t set_name = c.call.number[1];
  if (!MACH_PORT_VALID(c.call.number[0]) || !MACH_PORT_VALID(set_name)) {
    return KERN_INVALID_RIGHT;
  }
  kern_return_t result = KERN_SUCCESS;
  *port = FindReceive(c.space, c.call.number[0], &result);
  if (*port == nullptr) return result;
  Entry* const entry = c.space.Find(set_name);
  if (entry == nullptr) return KERN_INVALID_NAME;
  if (entry->set == nullptr) return KERN_INVALID_RIGHT;
  *set = entry->set.get();
  return KERN_SUCCESS;
}

Kernel::MaybeReply Kernel::MoveMember(CallContext& c) {
  PortRef port;
  if (c.call.number[1] == MACH_PORT_NULL) {
    kern_return_t result = KERN_SUCCESS;
    port = FindReceive(c.space, c.call.number[0], &result);
    if (port == nullptr) return Result(result);
    if (port->sets.empty()) return Result(KERN_NOT_IN_SET);
    LeaveAllSets(port);
    return Result(KERN_SUCCESS);
  }
  PortSet* set;
  const kern_return_t result = FindPortAndSet(c, &port, &set);
  if (result != KERN_SUCCESS) return Result(result);
  LeaveAllSets(port);
  Join(port, *set);
  return Result(KERN_SUCCESS);
}

Kernel::MaybeReply Kernel::InsertMember(CallContext& c) {
  PortRef port;
  PortSet* set;
  const kern_return_t result = FindPortAndSet(c, &port, &set);
  if (result != KERN_SUCCESS) return Result(result);
  if (port->sets.contains(set)) return Result(KERN_ALREADY_IN_SET);
  Join(port, *set);
  return Result(KERN_SUCCESS);
}

Kernel::MaybeReply Kernel::ExtractMember(CallContext& c) {
  PortRef port;
  PortSet* set;
  const kern_return_t result = FindPortAndSet(c, &port, &set);
  if (result != KERN_SUCCESS) return Result(result);
  if (!port->sets.contains(set)) return Result(KERN_NOT_IN_SET);
  Leave(port, *set);
  return Result(KERN_SUCCESS);
}

// number: set -> payload: the names
Kernel::MaybeReply Kernel::GetSetStatus(CallContext& c) {
  if (!MACH_PORT_VALID(c.call.number[0])) return Result(KERN_INVALID_RIGHT);
  Entry* const entry = c.space.Find(c.call.number[0]);
  if (entry == nullptr) return Result(KERN_INVALID_NAME);
  if (entry->set == nullptr) return Result(KERN_INVALID_RIGHT);
  std::vector<mach_port_name_t> names;
  for (const PortRef& port : entry->set->members) names.push_back(port->name);
  Reply reply = Result(KERN_SUCCESS);
  reply.payload.resize(names.size() * sizeof(mach_port_name_t));
  if (!names.empty()) {
    std::memcpy(reply.payload.data(), names.data(), reply.payload.size());
  }
  return reply;
}

}  // namespace ipc_channel_testing::mach_emulation
