// Which call is which.

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"

namespace ipc_channel_testing::mach_emulation {

Reply Result(std::int32_t result) { return Result(result, {}); }

Reply Result(std::int32_t result,
             std::initializer_list<std::uint32_t> numbers) {
  Reply reply;
  reply.answer.result = result;
  std::copy(numbers.begin(), numbers.end(), reply.answer.number);
  return reply;
}

void Kernel::Handle(Connection& connection, const Call& call,
                    FrameContent content) {
  if (connection.task == nullptr) {
    if (call.op == Op::kNewTask) return NewTask(connection, call);
    if (call.op == Op::kJoinTask) return JoinTask(connection, call);
    Panic("a call came from no task");
  }
  if (call.op == Op::kInterrupt) {
    GiveUp(connection, MACH_SEND_INTERRUPTED, MACH_RCV_INTERRUPTED);
    return Settle();
  }
  if (connection.send.has_value() || connection.receive.has_value()) {
    Panic("a call came while another one waits");
  }
  CallContext c{connection, *connection.task, connection.task->space, call,
                content};
  const MaybeReply reply = Dispatch(c);
  Settle();
  if (reply.has_value() && !connection.task->doomed) {
    answer_(connection, *reply);
  }
}

Kernel::MaybeReply Kernel::Dispatch(CallContext& c) {
  switch (c.call.op) {
    case Op::kPortNames:
      return PortNames(c);
    case Op::kPortType:
      return PortType(c);
    case Op::kPortAllocate:
      return PortAllocate(c);
    case Op::kPortDestroy:
      return PortDestroy(c);
    case Op::kPortDeallocate:
      return PortDeallocate(c);
    case Op::kPortGetRefs:
      return PortGetRefs(c);
    case Op::kPortModRefs:
      return PortModRefs(c);
    case Op::kPortInsertRight:
      return PortInsertRight(c);
    case Op::kPortExtractRight:
      return PortExtractRight(c);
    case Op::kPortMoveMember:
      return MoveMember(c);
    case Op::kPortInsertMember:
      return InsertMember(c);
    case Op::kPortExtractMember:
      return ExtractMember(c);
    case Op::kPortGetSetStatus:
      return GetSetStatus(c);
    case Op::kPortGetLimits:
      return PortGetLimits(c);
    case Op::kPortGetStatus:
      return PortGetStatus(c);
    case Op::kPortSetLimits:
      return PortSetLimits(c);
    case Op::kPortRequestNotification:
      return RequestNotification(c);
    case Op::kPortConstruct:
      return PortConstruct(c);
    case Op::kPortDestruct:
      return PortDestruct(c);
    case Op::kPortGuard:
      return PortGuard(c);
    case Op::kPortUnguard:
      return PortUnguard(c);
    case Op::kPortKobject:
      return PortKobject(c);
    case Op::kSend:
      return Send(c);
    case Op::kReceive:
      return Receive(c);
    case Op::kMakeMemoryEntry:
      return MakeMemoryEntry(c);
    case Op::kMapMemoryEntry:
      return MapMemoryEntry(c);
    case Op::kMakeFileport:
      return MakeFileport(c);
    case Op::kMakeFd:
      return MakeFd(c);
    case Op::kBootstrapRegister:
      return BootstrapRegister(c);
    case Op::kBootstrapCheckIn:
      return BootstrapCheckIn(c);
    case Op::kBootstrapLookUp:
      return BootstrapLookUp(c);
    case Op::kGetSpecialPort:
      return GetSpecialPort(c);
    case Op::kSetSpecialPort:
      return SetSpecialPort(c);
    case Op::kRegisterPorts:
      return RegisterPorts(c);
    case Op::kLookUpPorts:
      return LookUpPorts(c);
    case Op::kMakeTicket:
      return MakeTicket(c);
    case Op::kBindTicket:
      return BindTicket(c);
    case Op::kDropTicket:
      return DropTicket(c);
    case Op::kKqueueNew:
      return NewKqueue(c);
    case Op::kKqueueChange:
      return ChangeKqueue(c);
    case Op::kKqueueCollect:
      return CollectKqueue(c);
    case Op::kKqueueDrop:
      return DropKqueue(c);
    case Op::kNewTask:
    case Op::kJoinTask:
    case Op::kInterrupt:
      break;
  }
  Panic("a call came that there is not");
}

}  // namespace ipc_channel_testing::mach_emulation
