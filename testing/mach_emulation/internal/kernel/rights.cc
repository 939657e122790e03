// How rights enter and leave name spaces, and what becomes of them at last.
// After xnu's ipc_right.c, ipc_object.c and ipc_port.c.

#include <mach/message.h>
#include <mach/port.h>

#include <memory>
#include <utility>

#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

// Whether the last reference has gone.
bool SubtractUrefs(Entry& entry, mach_port_urefs_t count) {
  if (entry.urefs == kMostUrefs && count < kMostUrefs) return false;
  entry.urefs -= count;
  return entry.urefs == 0;
}

}  // namespace

// ipc_right_copyin().
kern_return_t Kernel::CopyIn(Task& task, mach_port_name_t name,
                             mach_msg_type_name_t disposition, Right* right) {
  Space& space = task.space;
  Entry* const entry = space.Find(name);
  if (entry == nullptr) return KERN_INVALID_NAME;
  const PortRef port = entry->port;
  switch (disposition) {
    case MACH_MSG_TYPE_MAKE_SEND:
      if (!entry->Has(MACH_PORT_TYPE_RECEIVE)) return KERN_INVALID_RIGHT;
      *right = MakeSend(port);
      return KERN_SUCCESS;
    case MACH_MSG_TYPE_MAKE_SEND_ONCE:
      if (!entry->Has(MACH_PORT_TYPE_RECEIVE)) return KERN_INVALID_RIGHT;
      ++port->send_once_rights;
      *right = Right(port, MACH_MSG_TYPE_PORT_SEND_ONCE);
      return KERN_SUCCESS;
    case MACH_MSG_TYPE_MOVE_RECEIVE:
      if (!entry->Has(MACH_PORT_TYPE_RECEIVE)) return KERN_INVALID_RIGHT;
      if (port->immovable) {
        RaiseGuardException(task, "an immovable receive right was moved");
        return KERN_INVALID_CAPABILITY;
      }
      entry->type &= ~MACH_PORT_TYPE_RECEIVE;
      LeaveTask(port);
      EraseIfEmpty(space, name);
      *right = Right(port, MACH_MSG_TYPE_PORT_RECEIVE);
      return KERN_SUCCESS;
    case MACH_MSG_TYPE_COPY_SEND:
      if (entry->Has(MACH_PORT_TYPE_DEAD_NAME)) {
        *right = Right::Dead(MACH_MSG_TYPE_PORT_SEND);
        return KERN_SUCCESS;
      }
      if (!entry->Has(MACH_PORT_TYPE_SEND)) return KERN_INVALID_RIGHT;
      *right = CopySend(port);
      return KERN_SUCCESS;
    case MACH_MSG_TYPE_MOVE_SEND:
      if (entry->Has(MACH_PORT_TYPE_DEAD_NAME)) {
        DropDeadName(space, name, 1);
        *right = Right::Dead(MACH_MSG_TYPE_PORT_SEND);
        return KERN_SUCCESS;
      }
      if (!entry->Has(MACH_PORT_TYPE_SEND)) return KERN_INVALID_RIGHT;
      // The space's own counts as one, whatever its references.
      if (SubtractUrefs(*entry, 1)) {
        entry->type &= ~MACH_PORT_TYPE_SEND;
        EraseIfEmpty(space, name);
      } else {
        ++port->send_rights;
      }
      *right = Right(port, MACH_MSG_TYPE_PORT_SEND);
      return KERN_SUCCESS;
    case MACH_MSG_TYPE_MOVE_SEND_ONCE:
      if (entry->Has(MACH_PORT_TYPE_DEAD_NAME)) {
        DropDeadName(space, name, 1);
        *right = Right::Dead(MACH_MSG_TYPE_PORT_SEND_ONCE);
        return KERN_SUCCESS;
      }
      if (!entry->Has(MACH_PORT_TYPE_SEND_ONCE)) return KERN_INVALID_RIGHT;
      entry->type = MACH_PORT_TYPE_NONE;
      EraseIfEmpty(space, name);
      *right = Right(port, MACH_MSG_TYPE_PORT_SEND_ONCE);
      return KERN_SUCCESS;
    default:
      return KERN_INVALID_RIGHT;
  }
}

// ipc_object_copyout(): the name by which the space knows the right now.
mach_port_name_t Kernel::CopyOut(Space& space, Right right) {
  if (right.dead()) return MACH_PORT_DEAD;
  if (!right) return MACH_PORT_NULL;
  if (!right.port()->active) {
    Release(std::move(right));
    return MACH_PORT_DEAD;
  }
  mach_port_name_t name = MACH_PORT_NULL;
  if (right.type() != MACH_MSG_TYPE_PORT_SEND_ONCE) {
    name = space.NameOf(right.port().get());
  }
  if (name == MACH_PORT_NULL) name = space.NewName();
  CopyOutAs(space, name, std::move(right));
  return name;
}

// The same for an entry that is new or has the port's other rights.
kern_return_t Kernel::CopyOutAs(Space& space, mach_port_name_t name,
                                Right right) {
  const mach_msg_type_name_t type = right.type();
  const PortRef port = right.Take();
  Entry& entry = *space.Find(name);
  if (entry.port == nullptr) {
    space.Refer(name, port, type == MACH_MSG_TYPE_PORT_SEND_ONCE);
  }
  switch (type) {
    case MACH_MSG_TYPE_PORT_SEND_ONCE:
      entry.type = MACH_PORT_TYPE_SEND_ONCE;
      entry.urefs = 1;
      break;
    case MACH_MSG_TYPE_PORT_SEND:
      if (entry.Has(MACH_PORT_TYPE_SEND)) --port->send_rights;
      entry.type |= MACH_PORT_TYPE_SEND;
      entry.AddUref();
      break;
    case MACH_MSG_TYPE_PORT_RECEIVE:
      entry.type |= MACH_PORT_TYPE_RECEIVE;
      port->receiver = &space;
      port->name = name;
      port->transit_to.reset();
      break;
  }
  return KERN_SUCCESS;
}

Right Kernel::CopySend(const PortRef& port) {
  ++port->send_rights;
  return Right(port, MACH_MSG_TYPE_PORT_SEND);
}

Right Kernel::MakeSend(const PortRef& port) {
  ++port->make_send_count;
  return CopySend(port);
}

void Kernel::Release(Right right) {
  if (right) to_release_.push_back(std::move(right));
}

void Kernel::ReleaseNow(Right right) {
  const mach_msg_type_name_t type = right.type();
  if (type == MACH_MSG_TYPE_PORT_SEND_ONCE && right.port()->active) {
    return NotifySendOnce(std::move(right));
  }
  const PortRef port = right.Take();
  if (type == MACH_MSG_TYPE_PORT_RECEIVE) return DestroyPort(port);
  if (type == MACH_MSG_TYPE_PORT_SEND_ONCE) {
    --port->send_once_rights;
    return;
  }
  if (port->send_rights == 0) Panic("a send right was released twice");
  --port->send_rights;
  NotifyNoSendersIfNone(port);
}

void Kernel::Settle() {
  while (!to_release_.empty() || !to_pump_.empty()) {
    if (!to_release_.empty()) {
      Right right = std::move(to_release_.front());
      to_release_.pop_front();
      ReleaseNow(std::move(right));
      continue;
    }
    const PortRef port = std::move(to_pump_.front());
    to_pump_.pop_front();
    Pump(port);
  }
}

// ipc_right_destroy().
void Kernel::DropName(Space& space, mach_port_name_t name) {
  Entry* const entry = space.Find(name);
  if (entry->Has(MACH_PORT_TYPE_PORT_SET)) return DropSet(space, name);
  if (entry->Has(MACH_PORT_TYPE_DEAD_NAME)) {
    return DropDeadName(space, name, entry->urefs);
  }
  if (entry->Has(MACH_PORT_TYPE_SEND_ONCE)) return DropSendOnce(space, name);
  const bool receives = entry->Has(MACH_PORT_TYPE_RECEIVE);
  if (entry->Has(MACH_PORT_TYPE_SEND)) DropSend(space, name, entry->urefs);
  if (receives) DropReceive(space, name);
}

void Kernel::DropSend(Space& space, mach_port_name_t name,
                      mach_port_urefs_t count) {
  Entry& entry = *space.Find(name);
  if (!SubtractUrefs(entry, count)) return;
  entry.type &= ~MACH_PORT_TYPE_SEND;
  const PortRef port = entry.port;
  EraseIfEmpty(space, name);
  Release(Right(port, MACH_MSG_TYPE_PORT_SEND));
}

void Kernel::DropReceive(Space& space, mach_port_name_t name) {
  Entry& entry = *space.Find(name);
  const PortRef port = entry.port;
  entry.type &= ~MACH_PORT_TYPE_RECEIVE;
  EraseIfEmpty(space, name);
  Settle();  // notifications of senders dropped with it come first
  DestroyPort(port);
}

void Kernel::DropSendOnce(Space& space, mach_port_name_t name) {
  Entry& entry = *space.Find(name);
  const PortRef port = entry.port;
  entry.type = MACH_PORT_TYPE_NONE;
  EraseIfEmpty(space, name);
  Release(Right(port, MACH_MSG_TYPE_PORT_SEND_ONCE));
}

void Kernel::DropDeadName(Space& space, mach_port_name_t name,
                          mach_port_urefs_t count) {
  Entry& entry = *space.Find(name);
  if (!SubtractUrefs(entry, count)) return;
  entry.type = MACH_PORT_TYPE_NONE;
  EraseIfEmpty(space, name);
}

void Kernel::EraseIfEmpty(Space& space, mach_port_name_t name) {
  Entry& entry = *space.Find(name);
  if (entry.type != MACH_PORT_TYPE_NONE) return;
  Right request = std::move(entry.dead_name_request);
  space.Erase(name);
  NotifyPortDeleted(std::move(request), name);
}

// ipc_port_clear_receiver(): the queue and the request for a notification of
// no more senders stay with the port, everything else does not.
void Kernel::LeaveTask(const PortRef& port) {
  LeaveAllSets(port);
  port->receiver = nullptr;
  port->name = MACH_PORT_NULL;
  port->make_send_count = 0;
  port->seqno = 0;
  port->guarded = port->strict_guard = port->immovable = false;
  port->context = 0;
  Vanish(port->waitable);
  WakeReceivers(
      [&port](const ParkedReceive& call) { return call.port.lock() == port; },
      MACH_RCV_PORT_CHANGED);
}

// ipc_port_destroy().
void Kernel::DestroyPort(const PortRef& port) {
  if (!port->active) Panic("a port was destroyed twice");
  LeaveTask(port);
  port->transit_to.reset();
  if (port->port_destroyed_request) {
    return NotifyPortDestroyed(std::move(port->port_destroyed_request), port);
  }
  if (port->of_service) return ReturnToLaunchd(port);
  port->active = false;
  WakeSendersOfDead(port);
  auto queue = std::move(port->queue);
  port->queue.clear();
  for (auto& message : queue) DestroyMessage(*message);
  Release(std::move(port->no_senders_request));
  MakeDeadNames(port);
  ForgetServicesOf(port);
  port->object.reset();
}

void Kernel::DestroyMessage(Message& message) {
  Release(std::move(message.destination));
  Release(std::move(message.reply));
  for (Item& item : message.items) {
    for (Right& right : item.rights) Release(std::move(right));
  }
}

}  // namespace ipc_channel_testing::mach_emulation
