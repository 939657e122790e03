// Messages in and out of queues, and the calls that wait for that. After xnu's
// ipc_kmsg.c and ipc_mqueue.c.

#include <errno.h>
#include <mach/message.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

std::optional<Clock::time_point> DeadlineOf(bool limited,
                                            mach_msg_timeout_t timeout) {
  if (!limited) return std::nullopt;
  return Clock::now() + std::chrono::milliseconds(timeout);
}

// What a task says is out of line must be there: the kernel reads names in it,
// and receivers map it.
bool MemoryIsThere(const Message& message, const std::vector<UniqueFd>& fds) {
  const bool any =
      std::any_of(message.items.begin(), message.items.end(),
                  [](const Item& item) { return item.memory_size != 0; });
  if (!any) return fds.empty();
  struct stat info;
  if (fds.size() != 1 || fstat(fds[0].get(), &info) != 0) return false;
  const Item& last = message.items.back();
  return S_ISREG(info.st_mode) &&
         static_cast<std::uint64_t>(info.st_size) >=
             last.memory_at + PageRounded(last.memory_size);
}

bool ReadMemory(const Message& message, const Item& item, void* to) {
  return item.memory_size == 0 ||
         pread(message.memory->get(), to, item.memory_size,
               static_cast<off_t>(item.memory_at)) ==
             static_cast<ssize_t>(item.memory_size);
}

bool WriteMemory(const Message& message, const Item& item, const void* from) {
  return item.memory_size == 0 ||
         pwrite(message.memory->get(), from, item.memory_size,
                static_cast<off_t>(item.memory_at)) ==
             static_cast<ssize_t>(item.memory_size);
}

template <class T>
void WriteAt(Message& message, std::size_t at, const T& value) {
  std::memcpy(message.bytes.data() + at, &value, sizeof(value));
}

// Whether a task may use the name as the destination or reply port of a
// message, before anything is taken.
bool CanBeInHeader(Space& space, mach_port_name_t name,
                   mach_msg_type_name_t disposition, bool dead_too) {
  const Entry* const entry = space.Find(name);
  if (entry == nullptr) return false;
  if (disposition == MACH_MSG_TYPE_MAKE_SEND ||
      disposition == MACH_MSG_TYPE_MAKE_SEND_ONCE) {
    return entry->Has(MACH_PORT_TYPE_RECEIVE);
  }
  if (entry->Has(MACH_PORT_TYPE_DEAD_NAME)) return dead_too;
  return entry->Has(disposition == MACH_MSG_TYPE_MOVE_SEND_ONCE
                        ? MACH_PORT_TYPE_SEND_ONCE
                        : MACH_PORT_TYPE_SEND);
}

// Puts the guard on the port that comes with it. mach_msg_destroy() expects
// none where it is said that it was removed.
void Guard(const Item& item) {
  const PortRef port = item.rights.front().port();
  if (port == nullptr ||
      (item.guard_flags & MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND) != 0) {
    return;
  }
  port->guarded = true;
  port->immovable =
      (item.guard_flags & MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE) != 0;
  port->context = item.guard;
}

Reply ReplyWith(Message& message, std::int32_t result) {
  Reply reply = Result(result);
  reply.payload = std::move(message.bytes);
  if (message.memory != nullptr) reply.shared_fds.push_back(message.memory);
  return reply;
}

}  // namespace

// A receive right whose chain of messages on their way ends at itself could
// never be received (ipc_port_check_circularity()).
void Kernel::NoteTransit(const Right& right, Message& message) {
  if (right.type() != MACH_MSG_TYPE_PORT_RECEIVE) return;
  const PortRef to = message.destination.port();
  PortRef base = to;
  while (base != nullptr && base != right.port()) {
    base = base->transit_to.lock();
  }
  if (base == right.port()) {
    message.circular = true;
  } else {
    right.port()->transit_to = to;
  }
}

mach_msg_return_t Kernel::CopyInPortsOutOfLine(Task& task, Message& message,
                                               Item& item) {
  std::vector<mach_port_name_t> names(item.memory_size /
                                      sizeof(mach_port_name_t));
  if (!ReadMemory(message, item, names.data())) return MACH_SEND_INVALID_MEMORY;
  for (const mach_port_name_t name : names) {
    Right right;
    if (name == MACH_PORT_DEAD) {
      right = Right::Dead(item.disposition);
    } else if (name != MACH_PORT_NULL &&
               CopyIn(task, name, item.disposition, &right) != KERN_SUCCESS) {
      return MACH_SEND_INVALID_RIGHT;
    }
    NoteTransit(right, message);
    item.rights.push_back(std::move(right));
  }
  return MACH_MSG_SUCCESS;
}

mach_msg_return_t Kernel::CopyInItem(Task& task, Message& message, Item& item) {
  if (item.kind == MACH_MSG_OOL_PORTS_DESCRIPTOR) {
    return CopyInPortsOutOfLine(task, message, item);
  }
  const bool is_guarded = item.kind == MACH_MSG_GUARDED_PORT_DESCRIPTOR;
  if (item.kind != MACH_MSG_PORT_DESCRIPTOR && !is_guarded) {
    return MACH_MSG_SUCCESS;
  }
  mach_port_name_t name;
  std::memcpy(
      &name,
      message.bytes.data() + item.at +
          (is_guarded ? offsetof(mach_msg_guarded_port_descriptor_t, name)
                      : offsetof(mach_msg_port_descriptor_t, name)),
      sizeof(name));
  Right right;
  if (name == MACH_PORT_DEAD) {
    right = Right::Dead(item.disposition);
  } else if (name != MACH_PORT_NULL &&
             CopyIn(task, name, item.disposition, &right) != KERN_SUCCESS) {
    return MACH_SEND_INVALID_RIGHT;
  }
  NoteTransit(right, message);
  item.rights.push_back(std::move(right));
  return MACH_MSG_SUCCESS;
}

// A header that is refused takes nothing. A right in the body that is refused
// loses those before it, and the header's: they are destroyed with the message
// (ipc_kmsg_copyin_body()).
mach_msg_return_t Kernel::CopyInMessage(Task& task, Message& message,
                                        std::uint32_t unreadable,
                                        std::uint32_t* items_taken) {
  const mach_msg_header_t header = message.header();
  const auto to = MACH_MSGH_BITS_REMOTE(header.msgh_bits);
  const auto reply = MACH_MSGH_BITS_LOCAL(header.msgh_bits);
  const bool has_reply = MACH_PORT_VALID(header.msgh_local_port);
  if (!CanBeInHeader(task.space, header.msgh_remote_port, to, false)) {
    return MACH_SEND_INVALID_DEST;
  }
  if (has_reply &&
      !CanBeInHeader(task.space, header.msgh_local_port, reply, true)) {
    return MACH_SEND_INVALID_REPLY;
  }
  CopyIn(task, header.msgh_remote_port, to, &message.destination);
  if (has_reply && CopyIn(task, header.msgh_local_port, reply,
                          &message.reply) != KERN_SUCCESS) {
    DestroyMessage(message);  // one reference, moved twice
    return MACH_SEND_INVALID_REPLY;
  }
  *items_taken = 0;
  for (Item& item : message.items) {
    const mach_msg_return_t result = *items_taken == unreadable
                                         ? MACH_SEND_INVALID_MEMORY
                                         : CopyInItem(task, message, item);
    if (result != MACH_MSG_SUCCESS) {
      DestroyMessage(message);
      return result;
    }
    ++*items_taken;
  }
  return MACH_MSG_SUCCESS;
}

// number: options, timeout, which descriptor's memory the task cannot read, if
// any (0 is the first) -> how many descriptors were taken in. Answered with a
// payload if the rights come back.
Kernel::MaybeReply Kernel::Send(CallContext& c) {
  auto message = std::make_unique<Message>();
  message->bytes = std::move(c.content.payload);
  message->sender = c.task.credentials;
  mach_msg_return_t result = ParseMessage(*message);
  if (result != MACH_MSG_SUCCESS) return Result(result);
  if (!MemoryIsThere(*message, c.content.fds)) {
    Panic("a message came without what is out of line");
  }
  if (!c.content.fds.empty()) {
    message->memory =
        std::make_shared<UniqueFd>(std::move(c.content.fds.front()));
  }
  std::uint32_t taken = 0;
  result = CopyInMessage(c.task, *message, c.call.number[2], &taken);
  if (result != MACH_MSG_SUCCESS) return Result(result, {taken});
  if (message->circular) {
    DestroyMessage(*message);
    return Result(MACH_MSG_SUCCESS);
  }
  const PortRef port = message->destination.port();
  const auto options = static_cast<mach_msg_option_t>(c.call.number[0]);
  const mach_msg_timeout_t timeout = c.call.number[1];
  const bool limited = (options & MACH_SEND_TIMEOUT) != 0;
  if (port->object != nullptr || port->queue.size() < port->queue_limit ||
      message->destination.type() == MACH_MSG_TYPE_PORT_SEND_ONCE) {
    Enqueue(port, std::move(message));
    return Result(MACH_MSG_SUCCESS);
  }
  if (limited && timeout == 0) {
    return ReturnToSender(c.space, *message, MACH_SEND_TIMED_OUT);
  }
  c.connection.send =
      ParkedSend{std::move(message), DeadlineOf(limited, timeout)};
  c.connection.parked_at = ++last_parked_;
  return std::nullopt;
}

// number: name, options, buffer size, timeout, whether there are no names left
Kernel::MaybeReply Kernel::Receive(CallContext& c) {
  Entry* const entry = c.space.Find(c.call.number[0]);
  if (entry == nullptr ||
      !entry->Has(MACH_PORT_TYPE_RECEIVE | MACH_PORT_TYPE_PORT_SET)) {
    return Result(MACH_RCV_INVALID_NAME);
  }
  ParkedReceive how{};
  how.options = static_cast<mach_msg_option_t>(c.call.number[1]);
  how.buffer_size = c.call.number[2];
  how.short_of_names = c.call.number[4] != 0;
  const mach_msg_timeout_t timeout = c.call.number[3];
  const bool limited = (how.options & MACH_RCV_TIMEOUT) != 0;
  PortRef ready;
  if (entry->set != nullptr) {
    how.set = entry->set;
    auto& members = entry->set->members;
    const auto found =
        std::find_if(members.begin(), members.end(),
                     [](const PortRef& port) { return !port->queue.empty(); });
    if (found != members.end()) {
      ready = *found;
      std::rotate(members.begin(), found + 1, members.end());
    }
  } else {
    how.port = entry->port;
    if (!entry->port->queue.empty()) ready = entry->port;
  }
  if (ready != nullptr) return Deliver(c.space, ready, how);
  if (limited && timeout == 0) return Result(MACH_RCV_TIMED_OUT);
  how.deadline = DeadlineOf(limited, timeout);
  c.connection.receive = how;
  c.connection.parked_at = ++last_parked_;
  return std::nullopt;
}

// Kernel objects take no messages here.
void Kernel::Enqueue(const PortRef& port, std::unique_ptr<Message> message) {
  if (!port->active || port->object != nullptr) {
    return DestroyMessage(*message);
  }
  port->queue.push_back(std::move(message));
  to_pump_.push_back(port);
}

// Receivers get what there is, then senders what room there is.
void Kernel::Pump(const PortRef& port) {
  while (port->active && (PumpReceiver(port) || PumpSender(port))) {
  }
  UpdateWaitable(port);
}

bool Kernel::PumpReceiver(const PortRef& port) {
  if (port->queue.empty() || port->receiver == nullptr) return false;
  Connection* first = nullptr;
  for (Connection& connection : connections_) {
    if (!connection.receive.has_value()) continue;
    const std::shared_ptr<PortSet> set = connection.receive->set.lock();
    const bool waits = connection.receive->port.lock() == port ||
                       (set != nullptr && port->sets.contains(set.get()));
    if (waits &&
        (first == nullptr || connection.parked_at < first->parked_at)) {
      first = &connection;
    }
  }
  if (first == nullptr) return false;
  const ParkedReceive how = *std::exchange(first->receive, std::nullopt);
  answer_(*first, Deliver(first->task->space, port, how));
  return true;
}

bool Kernel::PumpSender(const PortRef& port) {
  if (port->queue.size() >= port->queue_limit) return false;
  Connection* first = nullptr;
  for (Connection& connection : connections_) {
    if (connection.send.has_value() &&
        connection.send->message->destination.port() == port &&
        (first == nullptr || connection.parked_at < first->parked_at)) {
      first = &connection;
    }
  }
  if (first == nullptr) return false;
  port->queue.push_back(std::move(first->send->message));
  first->send.reset();
  answer_(*first, Result(MACH_MSG_SUCCESS));
  return true;
}

void Kernel::CopyOutItems(Space& space, Message& message) {
  for (Item& item : message.items) {
    std::vector<mach_port_name_t> names;
    const mach_msg_type_name_t type = TypeOnTheWay(item.disposition);
    for (Right& right : item.rights) {
      if (item.kind == MACH_MSG_GUARDED_PORT_DESCRIPTOR) Guard(item);
      names.push_back(CopyOut(space, std::move(right)));
    }
    item.rights.clear();
    if (item.kind == MACH_MSG_PORT_DESCRIPTOR) {
      mach_msg_port_descriptor_t descriptor = {};
      descriptor.name = names.front();
      descriptor.disposition = type;
      descriptor.type = MACH_MSG_PORT_DESCRIPTOR;
      WriteAt(message, item.at, descriptor);
    } else if (item.kind == MACH_MSG_GUARDED_PORT_DESCRIPTOR) {
      mach_msg_guarded_port_descriptor_t descriptor = {};
      descriptor.name = names.front();
      descriptor.disposition = type;
      descriptor.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
      descriptor.context = item.guard;
      descriptor.flags = item.guard_flags;
      WriteAt(message, item.at, descriptor);
    } else if (item.kind == MACH_MSG_OOL_PORTS_DESCRIPTOR) {
      mach_msg_ool_ports_descriptor_t descriptor;
      std::memcpy(&descriptor, message.bytes.data() + item.at,
                  sizeof(descriptor));
      descriptor.disposition = type;
      WriteAt(message, item.at, descriptor);
      if (!WriteMemory(message, item, names.data())) {
        Panic("a message's memory cannot be written");
      }
    }
  }
}

// As if no name had been left for them. True if there were any.
bool Kernel::DropRights(Message& message) {
  bool any = false;
  for (Item& item : message.items) {
    for (Right& right : item.rights) {
      if (right.type() == MACH_MSG_TYPE_PORT_NONE) continue;
      Release(std::exchange(right, Right()));
      any = true;
    }
  }
  return any;
}

// Takes the first message of the queue, or says why it cannot.
Reply Kernel::Deliver(Space& space, const PortRef& port,
                      const ParkedReceive& how) {
  const std::size_t size = port->queue.front()->bytes.size();
  const bool too_large = size + TrailerSize(how.options) > how.buffer_size;
  if (too_large && (how.options & MACH_RCV_LARGE) != 0) {
    return Result(MACH_RCV_TOO_LARGE,
                  {static_cast<std::uint32_t>(size), port->name});
  }
  std::unique_ptr<Message> message = std::move(port->queue.front());
  port->queue.pop_front();
  to_pump_.push_back(port);
  const mach_port_seqno_t seqno = port->seqno++;
  const mach_msg_type_name_t to_type = message->destination.type();
  const mach_msg_type_name_t reply_type = message->reply.type();
  message->destination.Take();
  // The receive uses the right up, without a notification of its own.
  if (to_type == MACH_MSG_TYPE_PORT_SEND_ONCE) {
    --port->send_once_rights;
  } else {
    --port->send_rights;
    NotifyNoSendersIfNone(port);
  }
  mach_msg_header_t& header = message->header();
  header.msgh_local_port = port->name;
  header.msgh_voucher_port = MACH_PORT_NULL;
  if (too_large) {
    DestroyMessage(*message);
    header.msgh_bits = MACH_MSGH_BITS(0, to_type);
    header.msgh_size = sizeof(header);
    header.msgh_remote_port = MACH_PORT_NULL;
    message->bytes.resize(sizeof(header));
    message->memory.reset();
    return ReplyWith(*message, MACH_RCV_TOO_LARGE);
  }
  NotifyRoom(port);
  header.msgh_bits = MACH_MSGH_BITS_SET(
      reply_type, to_type, 0, header.msgh_bits & MACH_MSGH_BITS_COMPLEX);
  header.msgh_remote_port = CopyOut(space, std::move(message->reply));
  const bool is_incomplete = how.short_of_names && DropRights(*message);
  CopyOutItems(space, *message);
  AppendTrailer(*message, how.options, seqno);
  return ReplyWith(*message, is_incomplete
                                 ? MACH_RCV_BODY_ERROR | MACH_MSG_IPC_SPACE
                                 : MACH_MSG_SUCCESS);
}

// ipc_kmsg_copyout_pseudo(): what was taken comes back as if it were received,
// rights under the types they have on their way, memory as a copy.
Reply Kernel::ReturnToSender(Space& space, Message& message,
                             mach_msg_return_t result) {
  mach_msg_header_t& header = message.header();
  header.msgh_bits =
      MACH_MSGH_BITS_SET(message.destination.type(), message.reply.type(), 0,
                         header.msgh_bits & MACH_MSGH_BITS_COMPLEX);
  header.msgh_remote_port = CopyOut(space, std::move(message.destination));
  header.msgh_local_port = CopyOut(space, std::move(message.reply));
  CopyOutItems(space, message);
  return ReplyWith(message, result);
}

// Ends the call that waits on this connection, if one does.
void Kernel::GiveUp(Connection& connection, mach_msg_return_t send_result,
                    mach_msg_return_t receive_result) {
  if (connection.send.has_value()) {
    const auto message = std::move(connection.send->message);
    connection.send.reset();
    answer_(connection,
            ReturnToSender(connection.task->space, *message, send_result));
  } else if (connection.receive.has_value()) {
    connection.receive.reset();
    answer_(connection, Result(receive_result));
  }
}

void Kernel::WakeReceivers(
    const std::function<bool(const ParkedReceive&)>& which,
    mach_msg_return_t result) {
  for (Connection& connection : connections_) {
    if (!connection.receive.has_value() || !which(*connection.receive)) {
      continue;
    }
    connection.receive.reset();
    answer_(connection, Result(result));
  }
}

// To them it is as if the message had been received and dropped
// (ipc_kmsg_send()).
void Kernel::WakeSendersOfDead(const PortRef& port) {
  for (Connection& connection : connections_) {
    if (!connection.send.has_value() ||
        connection.send->message->destination.port() != port) {
      continue;
    }
    DestroyMessage(*connection.send->message);
    connection.send.reset();
    answer_(connection, Result(MACH_MSG_SUCCESS));
  }
}

std::optional<Clock::time_point> Kernel::NextDeadline() const {
  std::optional<Clock::time_point> next;
  const auto consider = [&next](const auto& parked) {
    if (!parked.has_value() || !parked->deadline.has_value()) return;
    if (!next.has_value() || *parked->deadline < *next) next = parked->deadline;
  };
  for (const Connection& connection : connections_) {
    consider(connection.send);
    consider(connection.receive);
  }
  return next;
}

void Kernel::ExpireCalls(Clock::time_point now) {
  const auto expired = [now](const auto& parked) {
    return parked.has_value() && parked->deadline.has_value() &&
           *parked->deadline <= now;
  };
  for (Connection& connection : connections_) {
    if (expired(connection.send) || expired(connection.receive)) {
      GiveUp(connection, MACH_SEND_TIMED_OUT, MACH_RCV_TIMED_OUT);
    }
  }
  Settle();
}

}  // namespace ipc_channel_testing::mach_emulation
