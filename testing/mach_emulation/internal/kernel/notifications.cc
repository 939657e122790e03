// What the kernel tells tasks. After xnu's ipc_notify.c and
// mach_port_request_notification() in mach_port.c.

#include <mach/message.h>
#include <mach/notify.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

std::unique_ptr<Message> NewMessage(mach_msg_id_t id, std::size_t size) {
  auto message = std::make_unique<Message>();
  message->bytes.resize(size);
  message->header().msgh_size = static_cast<mach_msg_size_t>(size);
  message->header().msgh_id = id;
  return message;
}

// Notifications with one number have it in the same place.
std::unique_ptr<Message> NewMessageWith(mach_msg_id_t id, natural_t number) {
  static_assert(offsetof(mach_dead_name_notification_t, not_port) ==
                offsetof(mach_no_senders_notification_t, not_count));
  constexpr std::size_t kAt = offsetof(mach_dead_name_notification_t, not_port);
  auto message = NewMessage(id, kAt + sizeof(number));
  std::memcpy(message->bytes.data() + kAt, &number, sizeof(number));
  return message;
}

// Whether a send would not wait (ipc_right_request_alloc()).
bool HasRoom(const Entry& entry) {
  return entry.Has(MACH_PORT_TYPE_SEND_ONCE) || entry.port->object != nullptr ||
         entry.port->queue.size() < entry.port->queue_limit;
}

}  // namespace

void Kernel::NotifyNoSendersIfNone(const PortRef& port) {
  if (port->send_rights != 0 || !port->active) return;
  if (port->object != nullptr) {
    // Tasks' ports end with the tasks, launchd's never.
    if (port->object->kind != KernelObject::kTask) DestroyPort(port);
    return;
  }
  if (!port->no_senders_request) return;
  Right to = std::move(port->no_senders_request);
  const PortRef at = to.port();
  auto message = NewMessageWith(MACH_NOTIFY_NO_SENDERS, port->make_send_count);
  message->destination = std::move(to);
  Enqueue(at, std::move(message));
}

// What becomes of a send-once right that is not used.
void Kernel::NotifySendOnce(Right right) {
  const PortRef port = right.port();
  auto message = NewMessage(MACH_NOTIFY_SEND_ONCE, sizeof(mach_msg_header_t));
  message->destination = std::move(right);
  Enqueue(port, std::move(message));
}

void Kernel::NotifyDeadName(Right to, mach_port_name_t name) {
  const PortRef port = to.port();
  auto message = NewMessageWith(MACH_NOTIFY_DEAD_NAME, name);
  message->destination = std::move(to);
  Enqueue(port, std::move(message));
}

void Kernel::NotifySendPossible(Right to, mach_port_name_t name) {
  const PortRef port = to.port();
  auto message = NewMessageWith(MACH_NOTIFY_SEND_POSSIBLE, name);
  message->destination = std::move(to);
  Enqueue(port, std::move(message));
}

// ipc_port_spnotify(), which ipc_kmsg_copyout_header() calls for each message
// that is received: there is room, unless somebody who waited has it already.
void Kernel::NotifyRoom(const PortRef& port) {
  const auto holders = port->holders;
  for (const auto& [space, name] : holders) {
    Entry& entry = *space->Find(name);
    if (!std::exchange(entry.awaits_room, false)) continue;
    NotifySendPossible(std::move(entry.dead_name_request), name);
  }
}

void Kernel::NotifyPortDeleted(Right to, mach_port_name_t name) {
  if (!to) return;
  const PortRef port = to.port();
  auto message = NewMessageWith(MACH_NOTIFY_PORT_DELETED, name);
  message->destination = std::move(to);
  Enqueue(port, std::move(message));
}

// The receive right goes to whoever asked for it instead of dying.
void Kernel::NotifyPortDestroyed(Right to, PortRef port) {
  const PortRef at = to.port();
  auto message =
      NewMessage(MACH_NOTIFY_PORT_DESTROYED,
                 sizeof(mach_msg_base_t) + sizeof(mach_msg_port_descriptor_t));
  message->header().msgh_bits = MACH_MSGH_BITS_COMPLEX;
  const mach_msg_body_t body = {1};
  std::memcpy(message->bytes.data() + sizeof(mach_msg_header_t), &body,
              sizeof(body));
  message->destination = std::move(to);
  Item item{MACH_MSG_PORT_DESCRIPTOR, sizeof(mach_msg_base_t),
            MACH_MSG_TYPE_PORT_RECEIVE};
  item.rights.emplace_back(std::move(port), MACH_MSG_TYPE_PORT_RECEIVE);
  NoteTransit(item.rights.back(), *message);
  message->items.push_back(std::move(item));
  if (message->circular) return DestroyMessage(*message);
  Enqueue(at, std::move(message));
}

// ipc_port_dnnotify(), and what ipc_right_check() does when a name is next
// looked at.
void Kernel::MakeDeadNames(const PortRef& port) {
  const auto holders = port->holders;
  for (const auto& [space, name] : holders) {
    Entry& entry = *space->Find(name);
    if (entry.Has(MACH_PORT_TYPE_SEND)) --port->send_rights;
    if (entry.Has(MACH_PORT_TYPE_SEND_ONCE)) --port->send_once_rights;
    space->Unrefer(name);
    entry.type = MACH_PORT_TYPE_DEAD_NAME;
    entry.awaits_room = false;
    if (!entry.dead_name_request) continue;
    entry.AddUref();
    NotifyDeadName(std::move(entry.dead_name_request), name);
  }
}

// number: name, id, sync, notify, disposition -> previous
Kernel::MaybeReply Kernel::RequestNotification(CallContext& c) {
  const mach_port_name_t name = c.call.number[0];
  const auto id = static_cast<mach_msg_id_t>(c.call.number[1]);
  const mach_port_mscount_t sync = c.call.number[2];
  const mach_port_name_t notify = c.call.number[3];
  Right to;
  if (notify == MACH_PORT_DEAD) return Result(KERN_INVALID_CAPABILITY);
  if (notify != MACH_PORT_NULL) {
    if (c.call.number[4] != MACH_MSG_TYPE_MAKE_SEND_ONCE &&
        c.call.number[4] != MACH_MSG_TYPE_MOVE_SEND_ONCE) {
      return Result(KERN_INVALID_VALUE);
    }
    if (CopyIn(c.task, notify, c.call.number[4], &to) != KERN_SUCCESS) {
      return Result(KERN_INVALID_CAPABILITY);
    }
    if (!to) return Result(KERN_INVALID_CAPABILITY);
  }
  Right previous;
  kern_return_t result = KERN_SUCCESS;
  const auto refuse = [&](kern_return_t why) -> MaybeReply {
    Release(std::move(to));
    return Result(why);
  };
  switch (id) {
    case MACH_NOTIFY_PORT_DESTROYED: {
      if (sync != 0) return refuse(KERN_INVALID_VALUE);
      const PortRef port = FindReceive(c.space, name, &result);
      if (port == nullptr) return refuse(result);
      if (port->port_destroyed_request) return refuse(KERN_FAILURE);
      port->port_destroyed_request = std::move(to);
      break;
    }
    case MACH_NOTIFY_NO_SENDERS: {
      const PortRef port = FindReceive(c.space, name, &result);
      if (port == nullptr) return refuse(result);
      previous = std::move(port->no_senders_request);
      port->no_senders_request = std::move(to);
      if (sync <= port->make_send_count) NotifyNoSendersIfNone(port);
      break;
    }
    // One request a name for both. Of the second there is only the kind that
    // is armed by the request itself, not by a send that fails.
    case MACH_NOTIFY_SEND_POSSIBLE:
      if (sync == 0) return refuse(KERN_INVALID_VALUE);
      [[fallthrough]];
    case MACH_NOTIFY_DEAD_NAME: {
      if (!MACH_PORT_VALID(name)) return refuse(KERN_INVALID_ARGUMENT);
      Entry* const entry = c.space.Find(name);
      if (entry == nullptr) return refuse(KERN_INVALID_NAME);
      const bool of_room = id == MACH_NOTIFY_SEND_POSSIBLE;
      if (entry->port == nullptr) {
        if (!to) return Result(KERN_SUCCESS, {MACH_PORT_NULL});
        if (!entry->Has(MACH_PORT_TYPE_DEAD_NAME)) {
          return refuse(KERN_INVALID_RIGHT);
        }
        if (!of_room) return refuse(KERN_INVALID_ARGUMENT);
        entry->AddUref();
        NotifyDeadName(std::move(to), name);
        break;
      }
      previous = std::exchange(entry->dead_name_request, Right());
      entry->awaits_room = false;
      if (of_room && to && HasRoom(*entry)) {
        NotifySendPossible(std::move(to), name);
        break;
      }
      entry->awaits_room = of_room && to;
      entry->dead_name_request = std::move(to);
      break;
    }
    default:
      return refuse(KERN_INVALID_VALUE);
  }
  return Result(KERN_SUCCESS, {CopyOut(c.space, std::move(previous))});
}

}  // namespace ipc_channel_testing::mach_emulation
