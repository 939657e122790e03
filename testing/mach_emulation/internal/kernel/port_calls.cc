// The calls on names and rights. After xnu's mach_port.c and ipc_right.c.

#include <mach/message.h>
#include <mach/port.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

constexpr std::int64_t kMostUrefs = 0xffff;

// ipc_right_delta(): the references there will be, or a negative number if the
// change is refused.
std::int64_t Changed(mach_port_urefs_t urefs, mach_port_delta_t delta) {
  if (delta > kMostUrefs || delta < -kMostUrefs) return -1;
  if (urefs == kMostUrefs && delta != -kMostUrefs) return urefs;
  return std::min<std::int64_t>(std::int64_t{urefs} + delta, kMostUrefs);
}

}  // namespace

PortRef Kernel::FindReceive(Space& space, mach_port_name_t name,
                            kern_return_t* result) {
  if (!MACH_PORT_VALID(name)) {
    *result = KERN_INVALID_RIGHT;
    return nullptr;
  }
  Entry* const entry = space.Find(name);
  if (entry == nullptr) {
    *result = KERN_INVALID_NAME;
    return nullptr;
  }
  if (!entry->Has(MACH_PORT_TYPE_RECEIVE)) {
    *result = KERN_INVALID_RIGHT;
    return nullptr;
  }
  return entry->port;
}

// True, and the task is killed, if the port is guarded by something else.
bool Kernel::GuardForbids(Task& task, const Port& port, std::uint64_t guard) {
  if (!port.guarded || port.context == guard) return false;
  RaiseGuardException(task, "a guarded receive right was destroyed");
  return true;
}

namespace {

mach_port_type_t TypeOf(const Entry& entry) {
  return entry.dead_name_request ? entry.type | MACH_PORT_TYPE_DNREQUEST
                                 : entry.type;
}

}  // namespace

Kernel::MaybeReply Kernel::PortNames(CallContext& c) {
  std::vector<NameAndType> names;
  for (const mach_port_name_t name : c.space.Names()) {
    names.push_back({name, TypeOf(*c.space.Find(name))});
  }
  Reply reply = Result(KERN_SUCCESS);
  const auto bytes = std::as_bytes(std::span(names));
  reply.payload.assign(bytes.begin(), bytes.end());
  return reply;
}

// number: name -> type
Kernel::MaybeReply Kernel::PortType(CallContext& c) {
  const mach_port_name_t name = c.call.number[0];
  if (name == MACH_PORT_NULL) return Result(KERN_INVALID_NAME);
  if (name == MACH_PORT_DEAD) {
    return Result(KERN_SUCCESS, {MACH_PORT_TYPE_DEAD_NAME});
  }
  Entry* const entry = c.space.Find(name);
  if (entry == nullptr) return Result(KERN_INVALID_NAME);
  return Result(KERN_SUCCESS, {TypeOf(*entry)});
}

// number: right -> name
Kernel::MaybeReply Kernel::PortAllocate(CallContext& c) {
  switch (c.call.number[0]) {
    case MACH_PORT_RIGHT_RECEIVE: {
      Right right(std::make_shared<Port>(), MACH_MSG_TYPE_PORT_RECEIVE);
      return Result(KERN_SUCCESS, {CopyOut(c.space, std::move(right))});
    }
    case MACH_PORT_RIGHT_PORT_SET: {
      const mach_port_name_t name = c.space.NewName();
      Entry& entry = *c.space.Find(name);
      entry.type = MACH_PORT_TYPE_PORT_SET;
      entry.set = std::make_shared<PortSet>();
      return Result(KERN_SUCCESS, {name});
    }
    case MACH_PORT_RIGHT_DEAD_NAME: {
      const mach_port_name_t name = c.space.NewName();
      Entry& entry = *c.space.Find(name);
      entry.type = MACH_PORT_TYPE_DEAD_NAME;
      entry.urefs = 1;
      return Result(KERN_SUCCESS, {name});
    }
    default:
      return Result(KERN_INVALID_VALUE);
  }
}

// number: name
Kernel::MaybeReply Kernel::PortDestroy(CallContext& c) {
  const mach_port_name_t name = c.call.number[0];
  if (!MACH_PORT_VALID(name)) return Result(KERN_SUCCESS);
  Entry* const entry = c.space.Find(name);
  if (entry == nullptr) return Result(KERN_INVALID_NAME);
  if (entry->Has(MACH_PORT_TYPE_RECEIVE) &&
      GuardForbids(c.task, *entry->port, 0)) {
    return Result(KERN_INVALID_RIGHT);
  }
  DropName(c.space, name);
  return Result(KERN_SUCCESS);
}

// number: name
Kernel::MaybeReply Kernel::PortDeallocate(CallContext& c) {
  const mach_port_name_t name = c.call.number[0];
  if (!MACH_PORT_VALID(name)) return Result(KERN_SUCCESS);
  Entry* const entry = c.space.Find(name);
  if (entry == nullptr) return Result(KERN_INVALID_NAME);
  if (entry->Has(MACH_PORT_TYPE_PORT_SET)) {
    DropSet(c.space, name);
  } else if (entry->Has(MACH_PORT_TYPE_DEAD_NAME)) {
    DropDeadName(c.space, name, 1);
  } else if (entry->Has(MACH_PORT_TYPE_SEND_ONCE)) {
    DropSendOnce(c.space, name);
  } else if (entry->Has(MACH_PORT_TYPE_SEND)) {
    DropSend(c.space, name, 1);
  } else {
    return Result(KERN_INVALID_RIGHT);
  }
  return Result(KERN_SUCCESS);
}

// number: name, right -> references
Kernel::MaybeReply Kernel::PortGetRefs(CallContext& c) {
  const mach_port_name_t name = c.call.number[0];
  const mach_port_right_t right = c.call.number[1];
  if (right > MACH_PORT_RIGHT_DEAD_NAME) return Result(KERN_INVALID_VALUE);
  if (!MACH_PORT_VALID(name)) {
    if (right == MACH_PORT_RIGHT_SEND || right == MACH_PORT_RIGHT_SEND_ONCE) {
      return Result(KERN_SUCCESS, {1});
    }
    return Result(KERN_INVALID_NAME);
  }
  Entry* const entry = c.space.Find(name);
  if (entry == nullptr) return Result(KERN_INVALID_NAME);
  if (!entry->Has(MACH_PORT_TYPE(right))) return Result(KERN_SUCCESS, {0});
  const bool counted =
      right == MACH_PORT_RIGHT_SEND || right == MACH_PORT_RIGHT_DEAD_NAME;
  return Result(KERN_SUCCESS, {counted ? entry->urefs : 1});
}

kern_return_t Kernel::ModifySend(Space& space, mach_port_name_t name,
                                 mach_port_delta_t delta) {
  Entry& entry = *space.Find(name);
  const std::int64_t urefs = Changed(entry.urefs, delta);
  if (urefs < 0) return KERN_INVALID_VALUE;
  if (urefs == 0) {
    DropSend(space, name, entry.urefs);
  } else {
    entry.urefs = static_cast<mach_port_urefs_t>(urefs);
  }
  return KERN_SUCCESS;
}

kern_return_t Kernel::ModifyDeadName(Space& space, mach_port_name_t name,
                                     mach_port_delta_t delta) {
  Entry& entry = *space.Find(name);
  const std::int64_t urefs = Changed(entry.urefs, delta);
  if (urefs < 0) return KERN_INVALID_VALUE;
  if (urefs == 0) {
    DropDeadName(space, name, entry.urefs);
  } else {
    entry.urefs = static_cast<mach_port_urefs_t>(urefs);
  }
  return KERN_SUCCESS;
}

// number: name, right, delta
Kernel::MaybeReply Kernel::PortModRefs(CallContext& c) {
  const mach_port_name_t name = c.call.number[0];
  const mach_port_right_t right = c.call.number[1];
  const auto delta = static_cast<mach_port_delta_t>(c.call.number[2]);
  if (right > MACH_PORT_RIGHT_DEAD_NAME) return Result(KERN_INVALID_VALUE);
  if (!MACH_PORT_VALID(name)) {
    return Result(right == MACH_PORT_RIGHT_SEND ||
                          right == MACH_PORT_RIGHT_SEND_ONCE
                      ? KERN_SUCCESS
                      : KERN_INVALID_NAME);
  }
  Entry* const entry = c.space.Find(name);
  if (entry == nullptr) return Result(KERN_INVALID_NAME);
  if (!entry->Has(MACH_PORT_TYPE(right))) return Result(KERN_INVALID_RIGHT);
  if (right == MACH_PORT_RIGHT_SEND) {
    return Result(ModifySend(c.space, name, delta));
  }
  if (right == MACH_PORT_RIGHT_DEAD_NAME) {
    return Result(ModifyDeadName(c.space, name, delta));
  }
  // There is one of these: it can stay or go.
  if (delta == 0) return Result(KERN_SUCCESS);
  if (delta != -1) return Result(KERN_INVALID_VALUE);
  if (right == MACH_PORT_RIGHT_PORT_SET) {
    DropSet(c.space, name);
  } else if (right == MACH_PORT_RIGHT_SEND_ONCE) {
    DropSendOnce(c.space, name);
  } else {
    if (entry->port->guarded) {
      RaiseGuardException(c.task, "a guarded receive right was destroyed");
      return Result(KERN_INVALID_RIGHT);
    }
    DropReceive(c.space, name);
  }
  return Result(KERN_SUCCESS);
}

// number: name, right, disposition. ipc_object_copyout_name().
Kernel::MaybeReply Kernel::PortInsertRight(CallContext& c) {
  const mach_port_name_t name = c.call.number[0];
  const mach_port_name_t from = c.call.number[1];
  const mach_msg_type_name_t disposition = c.call.number[2];
  if (!MACH_PORT_VALID(name) || disposition < MACH_MSG_TYPE_MOVE_RECEIVE ||
      disposition > MACH_MSG_TYPE_MAKE_SEND_ONCE) {
    return Result(KERN_INVALID_VALUE);
  }
  if (!MACH_PORT_VALID(from)) return Result(KERN_INVALID_CAPABILITY);
  Right right;
  const kern_return_t result = CopyIn(c.task, from, disposition, &right);
  if (result != KERN_SUCCESS) return Result(result);
  if (!right || !right.port()->active) {
    Release(std::move(right));
    return Result(KERN_INVALID_CAPABILITY);
  }
  const mach_port_name_t known = right.type() == MACH_MSG_TYPE_PORT_SEND_ONCE
                                     ? MACH_PORT_NULL
                                     : c.space.NameOf(right.port().get());
  if (known != name) {
    if (known != MACH_PORT_NULL) {
      Release(std::move(right));
      return Result(KERN_RIGHT_EXISTS);
    }
    if (!c.space.NewEntryAt(name)) {
      Release(std::move(right));
      return Result(KERN_NAME_EXISTS);
    }
  }
  return Result(CopyOutAs(c.space, name, std::move(right)));
}

// number: name, disposition -> right, type
Kernel::MaybeReply Kernel::PortExtractRight(CallContext& c) {
  const mach_msg_type_name_t disposition = c.call.number[1];
  if (disposition < MACH_MSG_TYPE_MOVE_RECEIVE ||
      disposition > MACH_MSG_TYPE_MAKE_SEND_ONCE) {
    return Result(KERN_INVALID_VALUE);
  }
  if (!MACH_PORT_VALID(c.call.number[0])) return Result(KERN_INVALID_RIGHT);
  Right right;
  const kern_return_t result =
      CopyIn(c.task, c.call.number[0], disposition, &right);
  if (result != KERN_SUCCESS) return Result(result);
  const mach_msg_type_name_t type = right.type();
  return Result(KERN_SUCCESS, {CopyOut(c.space, std::move(right)), type});
}

// number: name -> limit
Kernel::MaybeReply Kernel::PortGetLimits(CallContext& c) {
  kern_return_t result = KERN_SUCCESS;
  const PortRef port = FindReceive(c.space, c.call.number[0], &result);
  if (port == nullptr) return Result(result);
  return Result(KERN_SUCCESS, {port->queue_limit});
}

// number: name -> the fields of mach_port_status_t
Kernel::MaybeReply Kernel::PortGetStatus(CallContext& c) {
  kern_return_t result = KERN_SUCCESS;
  const PortRef port = FindReceive(c.space, c.call.number[0], &result);
  if (port == nullptr) return Result(result);
  natural_t flags = 0;
  if (port->guarded) flags |= MACH_PORT_STATUS_FLAG_GUARDED;
  if (port->strict_guard) flags |= MACH_PORT_STATUS_FLAG_STRICT_GUARD;
  if (port->guarded && port->immovable) {
    flags |= MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE;
  }
  return Result(
      KERN_SUCCESS,
      {port->sets.empty() ? 0u : 1u, port->seqno, port->make_send_count,
       port->queue_limit, static_cast<std::uint32_t>(port->queue.size()),
       port->send_once_rights, port->send_rights > 0 ? 1u : 0u,
       port->port_destroyed_request ? 1u : 0u,
       port->no_senders_request ? 1u : 0u, flags});
}

// number: name, limit
Kernel::MaybeReply Kernel::PortSetLimits(CallContext& c) {
  if (c.call.number[1] > MACH_PORT_QLIMIT_MAX) {
    return Result(KERN_INVALID_VALUE);
  }
  kern_return_t result = KERN_SUCCESS;
  const PortRef port = FindReceive(c.space, c.call.number[0], &result);
  if (port == nullptr) return Result(result);
  port->queue_limit = c.call.number[1];
  to_pump_.push_back(port);
  return Result(KERN_SUCCESS);
}

// number: flags, limit. wide: context -> name
Kernel::MaybeReply Kernel::PortConstruct(CallContext& c) {
  const std::uint32_t flags = c.call.number[0];
  if ((flags & MPO_QLIMIT) != 0 && c.call.number[1] > MACH_PORT_QLIMIT_MAX) {
    return Result(KERN_INVALID_VALUE);
  }
  const auto port = std::make_shared<Port>();
  const mach_port_name_t name =
      CopyOut(c.space, Right(port, MACH_MSG_TYPE_PORT_RECEIVE));
  if ((flags & MPO_QLIMIT) != 0) port->queue_limit = c.call.number[1];
  if ((flags & MPO_INSERT_SEND_RIGHT) != 0) CopyOut(c.space, MakeSend(port));
  port->context = c.call.wide[0];
  if ((flags & MPO_CONTEXT_AS_GUARD) != 0) {
    port->guarded = true;
    port->strict_guard = (flags & MPO_STRICT) != 0;
    port->immovable = (flags & MPO_IMMOVABLE_RECEIVE) != 0;
  }
  return Result(KERN_SUCCESS, {name});
}

// number: name, delta of send rights. wide: guard. ipc_right_destruct().
Kernel::MaybeReply Kernel::PortDestruct(CallContext& c) {
  const mach_port_name_t name = c.call.number[0];
  const auto delta = static_cast<mach_port_delta_t>(c.call.number[1]);
  if (!MACH_PORT_VALID(name)) return Result(KERN_INVALID_NAME);
  kern_return_t result = KERN_SUCCESS;
  const PortRef port = FindReceive(c.space, name, &result);
  if (port == nullptr) return Result(result);
  Entry& entry = *c.space.Find(name);
  if (delta != 0 && !entry.Has(MACH_PORT_TYPE_SEND)) {
    return Result(KERN_INVALID_RIGHT);
  }
  if (delta > 0) return Result(KERN_INVALID_VALUE);
  if (GuardForbids(c.task, *port, c.call.wide[0])) {
    return Result(KERN_INVALID_ARGUMENT);
  }
  if (delta != 0) {
    result = ModifySend(c.space, name, delta);
    if (result != KERN_SUCCESS) return Result(result);
  }
  DropReceive(c.space, name);
  return Result(KERN_SUCCESS);
}

// number: name, strict. wide: guard
Kernel::MaybeReply Kernel::PortGuard(CallContext& c) {
  if (!MACH_PORT_VALID(c.call.number[0])) return Result(KERN_INVALID_NAME);
  kern_return_t result = KERN_SUCCESS;
  const PortRef port = FindReceive(c.space, c.call.number[0], &result);
  if (port == nullptr) return Result(result);
  if (port->context != 0) return Result(KERN_INVALID_ARGUMENT);
  port->guarded = true;
  port->strict_guard = c.call.number[1] != 0;
  port->context = c.call.wide[0];
  return Result(KERN_SUCCESS);
}

// number: name. wide: guard
Kernel::MaybeReply Kernel::PortUnguard(CallContext& c) {
  if (!MACH_PORT_VALID(c.call.number[0])) return Result(KERN_INVALID_NAME);
  kern_return_t result = KERN_SUCCESS;
  const PortRef port = FindReceive(c.space, c.call.number[0], &result);
  if (port == nullptr) return Result(result);
  if (!port->guarded || port->context != c.call.wide[0]) {
    RaiseGuardException(c.task, "a guard was removed that is not there");
    return Result(KERN_INVALID_ARGUMENT);
  }
  port->guarded = port->strict_guard = false;
  port->context = 0;
  return Result(KERN_SUCCESS);
}

// number: name -> kind
Kernel::MaybeReply Kernel::PortKobject(CallContext& c) {
  Entry* const entry = c.space.Find(c.call.number[0]);
  if (entry == nullptr) return Result(KERN_INVALID_NAME);
  if (!entry->Has(MACH_PORT_TYPE_SEND_RECEIVE)) {
    return Result(KERN_INVALID_RIGHT);
  }
  const natural_t kind = entry->port->object == nullptr
                             ? natural_t{KernelObject::kNone}
                             : natural_t{entry->port->object->kind};
  return Result(KERN_SUCCESS, {kind});
}

}  // namespace ipc_channel_testing::mach_emulation
