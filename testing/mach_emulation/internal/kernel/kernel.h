#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_KERNEL_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_KERNEL_H_

// The emulated kernel, but for its sockets (server.h): names and rights,
// queues, notifications, sets, memory entries, launchd's names.
//
// Each call is carried out at once and whole. What follows from it (rights
// released with a message, notifications, receivers that wake up) is put into
// a list and done after it, before the next call: nothing recurses, however
// deep receive rights lie in each other's queues.
//
// The class is one; its parts lie in a file each: rights.cc, notifications.cc,
// queues.cc, port_calls.cc, port_sets.cc, memory_objects.cc, bootstrap.cc,
// tasks.cc, waitables.cc, kqueues.cc and dispatch.cc.
//
// Thread-compatible: the server has one thread.

#include <mach/message.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/kernel/task.h"

namespace ipc_channel_testing::mach_emulation {

class Kernel {
 public:
  // Sends the answer to a call, now or after it has waited.
  using Answerer = std::function<void(Connection&, const Reply&)>;

  // `services`: the names that launchd has jobs for.
  Kernel(Answerer answer, const std::vector<std::string>& services);
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  Connection& AddConnection(UniqueFd socket, pid_t pid, uid_t uid, gid_t gid);
  // The thread is gone; its task too, if it was the last.
  void RemoveConnection(Connection& connection);
  std::list<Connection>& connections() { return connections_; }
  bool has_tasks() const { return !tasks_.empty(); }

  // Readable once there is something for DropTicketsOfDead() to do.
  std::vector<int> TicketProcesses() const;
  // A child that has ended without ever being a task has its special ports no
  // more.
  void DropTicketsOfDead();

  // Carries out a call. A call that is none (the client library's mistake) is
  // a panic.
  void Handle(Connection& connection, const Call& call, FrameContent content);

  // When the next waiting call gives up.
  std::optional<Clock::time_point> NextDeadline() const;
  void ExpireCalls(Clock::time_point now);

  // When no task is left: panics unless every port is gone, for then a right
  // was miscounted.
  void CheckNothingIsLeft();

 private:
  struct Service {
    Right send;
    bool of_launchd = false;  // a job's
    PortRef held;             // the receive right, until it is checked in
    std::uint32_t owner = 0;  // the task that has the name; 0 for a job's
  };
  struct CallContext {
    Connection& connection;
    Task& task;
    Space& space;
    const Call& call;
    FrameContent& content;
  };
  using MaybeReply = std::optional<Reply>;

  // rights.cc
  kern_return_t CopyIn(Task& task, mach_port_name_t name,
                       mach_msg_type_name_t disposition, Right* right);
  mach_port_name_t CopyOut(Space& space, Right right);
  kern_return_t CopyOutAs(Space& space, mach_port_name_t name, Right right);
  Right CopySend(const PortRef& port);
  Right MakeSend(const PortRef& port);
  void Release(Right right);
  void DropName(Space& space, mach_port_name_t name);
  void DropSend(Space& space, mach_port_name_t name, mach_port_urefs_t count);
  void DropReceive(Space& space, mach_port_name_t name);
  void DropSendOnce(Space& space, mach_port_name_t name);
  void DropDeadName(Space& space, mach_port_name_t name,
                    mach_port_urefs_t count);
  void EraseIfEmpty(Space& space, mach_port_name_t name);
  void LeaveTask(const PortRef& port);
  void DestroyPort(const PortRef& port);
  void DestroyMessage(Message& message);
  void ReleaseNow(Right right);
  void Settle();

  // notifications.cc
  void NotifyNoSendersIfNone(const PortRef& port);
  void NotifySendOnce(Right right);
  void NotifyDeadName(Right to, mach_port_name_t name);
  void NotifySendPossible(Right to, mach_port_name_t name);
  void NotifyRoom(const PortRef& port);
  void NotifyPortDeleted(Right to, mach_port_name_t name);
  void NotifyPortDestroyed(Right to, PortRef port);
  void MakeDeadNames(const PortRef& port);
  MaybeReply RequestNotification(CallContext& c);

  // queues.cc
  MaybeReply Send(CallContext& c);
  MaybeReply Receive(CallContext& c);
  mach_msg_return_t CopyInMessage(Task& task, Message& message,
                                  std::uint32_t unreadable,
                                  std::uint32_t* items_taken);
  mach_msg_return_t CopyInItem(Task& task, Message& message, Item& item);
  mach_msg_return_t CopyInPortsOutOfLine(Task& task, Message& message,
                                         Item& item);
  void NoteTransit(const Right& right, Message& message);
  void CopyOutItems(Space& space, Message& message);
  bool DropRights(Message& message);
  void Enqueue(const PortRef& port, std::unique_ptr<Message> message);
  void Pump(const PortRef& port);
  bool PumpReceiver(const PortRef& port);
  bool PumpSender(const PortRef& port);
  Reply Deliver(Space& space, const PortRef& port, const ParkedReceive& how);
  Reply ReturnToSender(Space& space, Message& message,
                       mach_msg_return_t result);
  void GiveUp(Connection& connection, mach_msg_return_t send_result,
              mach_msg_return_t receive_result);
  void WakeReceivers(const std::function<bool(const ParkedReceive&)>& which,
                     mach_msg_return_t result);
  void WakeSendersOfDead(const PortRef& port);

  // port_calls.cc
  PortRef FindReceive(Space& space, mach_port_name_t name,
                      kern_return_t* result);
  MaybeReply PortNames(CallContext& c);
  MaybeReply PortType(CallContext& c);
  MaybeReply PortAllocate(CallContext& c);
  MaybeReply PortDestroy(CallContext& c);
  MaybeReply PortDeallocate(CallContext& c);
  MaybeReply PortGetRefs(CallContext& c);
  MaybeReply PortModRefs(CallContext& c);
  MaybeReply PortInsertRight(CallContext& c);
  MaybeReply PortExtractRight(CallContext& c);
  MaybeReply PortGetLimits(CallContext& c);
  MaybeReply PortGetStatus(CallContext& c);
  MaybeReply PortSetLimits(CallContext& c);
  MaybeReply PortConstruct(CallContext& c);
  MaybeReply PortDestruct(CallContext& c);
  MaybeReply PortGuard(CallContext& c);
  MaybeReply PortUnguard(CallContext& c);
  MaybeReply PortKobject(CallContext& c);
  kern_return_t ModifySend(Space& space, mach_port_name_t name,
                           mach_port_delta_t delta);
  kern_return_t ModifyDeadName(Space& space, mach_port_name_t name,
                               mach_port_delta_t delta);
  bool GuardForbids(Task& task, const Port& port, std::uint64_t guard);

  // port_sets.cc
  MaybeReply MoveMember(CallContext& c);
  MaybeReply InsertMember(CallContext& c);
  MaybeReply ExtractMember(CallContext& c);
  MaybeReply GetSetStatus(CallContext& c);
  kern_return_t FindPortAndSet(CallContext& c, PortRef* port, PortSet** set);
  void Join(const PortRef& port, PortSet& set);
  void Leave(const PortRef& port, PortSet& set);
  void LeaveAllSets(const PortRef& port);
  void DropSet(Space& space, mach_port_name_t name);

  // memory_objects.cc
  PortRef NewObject(KernelObject object);
  MaybeReply MakeMemoryEntry(CallContext& c);
  MaybeReply MapMemoryEntry(CallContext& c);
  MaybeReply MakeFileport(CallContext& c);
  MaybeReply MakeFd(CallContext& c);

  // bootstrap.cc
  MaybeReply BootstrapRegister(CallContext& c);
  MaybeReply BootstrapCheckIn(CallContext& c);
  MaybeReply BootstrapLookUp(CallContext& c);
  bool IsBootstrap(Space& space, mach_port_name_t name);
  void AddService(const std::string& name);
  void ReturnToLaunchd(const PortRef& port);
  void ForgetServicesOf(const PortRef& port);
  MaybeReply CheckInUndeclared(CallContext& c, const std::string& name);

  // tasks.cc
  void NewTask(Connection& connection, const Call& call);
  void JoinTask(Connection& connection, const Call& call);
  void EndTask(Task& task);
  void Inherit(Task& task, Task* parent, std::uint32_t ticket);
  Task* FindParent(std::uint32_t id, pid_t pid);
  void RaiseGuardException(Task& task, std::string_view what);
  MaybeReply GetSpecialPort(CallContext& c);
  MaybeReply SetSpecialPort(CallContext& c);
  MaybeReply RegisterPorts(CallContext& c);
  MaybeReply LookUpPorts(CallContext& c);
  Right* FindSpecialPort(Task& task, std::uint32_t which);
  MaybeReply MakeTicket(CallContext& c);
  MaybeReply BindTicket(CallContext& c);
  void EraseTicket(std::uint32_t id);
  MaybeReply DropTicket(CallContext& c);

  // waitables.cc
  std::shared_ptr<Waitable> FindWaitable(Space& space, mach_port_name_t name);
  void UpdateWaitable(const PortRef& port);
  void UpdateWaitable(PortSet& set);
  void Vanish(std::shared_ptr<Waitable>& waitable);

  // kqueues.cc
  MaybeReply NewKqueue(CallContext& c);
  MaybeReply ChangeKqueue(CallContext& c);
  MaybeReply CollectKqueue(CallContext& c);
  MaybeReply DropKqueue(CallContext& c);
  int ChangePort(CallContext& c, EventQueue& queue);
  int WatchPort(Space& space, EventQueue& queue, mach_port_name_t name,
                std::uint64_t udata);
  KqueueEvent TakeEvent(Space& space, EventQueue& queue, std::uint64_t token);

  // dispatch.cc
  MaybeReply Dispatch(CallContext& c);

  Answerer answer_;
  std::list<Connection> connections_;
  std::map<std::uint32_t, std::unique_ptr<Task>> tasks_;
  std::uint32_t last_task_ = 0;
  std::uint64_t last_parked_ = 0;
  std::map<std::string, Service> services_;
  PortRef launchd_;  // the port behind bootstrap_port
  std::map<std::uint32_t, Ticket> tickets_;
  std::uint32_t last_ticket_ = 0;

  // What Settle() still has to do.
  std::deque<Right> to_release_;
  std::deque<PortRef> to_pump_;
};

// A reply with nothing but a result, and one with numbers.
Reply Result(std::int32_t result);
Reply Result(std::int32_t result, std::initializer_list<std::uint32_t> numbers);

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_KERNEL_H_
