// Birth and death of tasks, and what they hand down.

#include <errno.h>
#include <mach/message.h>
#include <mach/task.h>
#include <signal.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc_channel/testing/mach_emulation/internal/kernel/kernel.h"
#include "ipc_channel/testing/mach_emulation/internal/kernel/process.h"

namespace ipc_channel_testing::mach_emulation {

Kernel::Kernel(Answerer answer, const std::vector<std::string>& services)
    : answer_(std::move(answer)), launchd_(NewObject({})) {
  // Its own right keeps the port.
  ++launchd_->send_rights;
  for (const std::string& name : services) AddService(name);
}

Connection& Kernel::AddConnection(UniqueFd socket, pid_t pid, uid_t uid,
                                  gid_t gid) {
  Connection& connection = connections_.emplace_back();
  connection.socket = std::move(socket);
  connection.pid = pid;
  connection.uid = uid;
  connection.gid = gid;
  return connection;
}

void Kernel::RemoveConnection(Connection& connection) {
  if (connection.send.has_value()) DestroyMessage(*connection.send->message);
  Task* const task = connection.task;
  connections_.remove_if(
      [&connection](const Connection& c) { return &c == &connection; });
  if (task != nullptr && --task->connections == 0) EndTask(*task);
  Settle();
}

Task* Kernel::FindParent(std::uint32_t id, pid_t pid) {
  const auto found = tasks_.find(id);
  if (found != tasks_.end()) return found->second.get();
  // The program that runs in that process now.
  for (auto it = tasks_.rbegin(); it != tasks_.rend(); ++it) {
    if (it->second->credentials.pid == pid) return it->second.get();
  }
  return nullptr;
}

// number: parent task or 0, parent's pid, ticket or 0 -> task
void Kernel::NewTask(Connection& connection, const Call& call) {
  Task* const parent =
      FindParent(call.number[0], static_cast<pid_t>(call.number[1]));
  auto owned = std::make_unique<Task>();
  Task& task = *owned;
  task.id = ++last_task_;
  task.credentials = {connection.pid, connection.uid, connection.gid, task.id};
  task.self = CopySend(NewObject({KernelObject::kTask}));
  if (CopyOut(task.space, CopySend(task.self.port())) != kTaskSelfName) {
    Panic("a task's right to itself has another name");
  }
  Inherit(task, parent, call.number[2]);
  if (task.bootstrap) {
    CopyOut(task.space, CopySend(task.bootstrap.port()));
  }
  tasks_.emplace(task.id, std::move(owned));
  connection.task = &task;
  task.connections = 1;
  Reply reply = Result(KERN_SUCCESS, {task.id});
  answer_(connection, reply);
}

namespace {

bool IsOf(const Ticket& ticket, const Task& task, const Task* parent) {
  if (ticket.child != 0) return ticket.child == task.credentials.pid;
  return !ticket.has_parent ||
         (parent != nullptr && ticket.parent == parent->credentials.pid);
}

}  // namespace

void Kernel::Inherit(Task& task, Task* parent, std::uint32_t ticket) {
  const auto found = tickets_.find(ticket);
  // The variable is inherited, special ports are not: a child of a program that
  // is no task itself has found it in its environment.
  const bool is_its_own =
      found != tickets_.end() && IsOf(found->second, task, parent);
  const bool has_bootstrap = is_its_own && found->second.bootstrap.has_value();
  if (is_its_own) {
    task.debug_control = std::move(found->second.debug_control);
    if (has_bootstrap) task.bootstrap = *std::move(found->second.bootstrap);
    tickets_.erase(found);
  }
  if (has_bootstrap) {
    // It has what it was given.
  } else if (parent == nullptr) {
    task.bootstrap = CopySend(launchd_);
  } else if (parent->bootstrap) {
    task.bootstrap = CopySend(parent->bootstrap.port());
  }
  if (parent == nullptr) return;
  for (std::size_t i = 0; i < task.registered.size(); ++i) {
    if (parent->registered[i]) {
      task.registered[i] = CopySend(parent->registered[i].port());
    }
  }
}

// number: task
void Kernel::JoinTask(Connection& connection, const Call& call) {
  const std::uint32_t id = call.number[0];
  const auto found = tasks_.find(id);
  // It was killed while a thread of it came, and its other sockets have been
  // heard before this one: nobody waits for an answer.
  if (found == tasks_.end() && id != 0 && id <= last_task_) return;
  if (found == tasks_.end() ||
      found->second->credentials.pid != connection.pid) {
    Panic("a thread came to a task that is not its own");
  }
  connection.task = found->second.get();
  ++connection.task->connections;
  answer_(connection, Result(KERN_SUCCESS));
}

// ipc_space_terminate() and ipc_task_terminate().
void Kernel::EndTask(Task& task) {
  for (const mach_port_name_t name : task.space.Names()) {
    if (task.space.Find(name) == nullptr) continue;
    DropName(task.space, name);
    Settle();
  }
  // The task's port dies with it, whoever has a right to it.
  const PortRef self = task.self.port();
  Release(std::move(task.self));
  Release(std::move(task.bootstrap));
  Release(std::move(task.debug_control));
  for (Right& right : task.registered) Release(std::move(right));
  for (const std::uint32_t id : task.tickets) {
    const auto ticket = tickets_.find(id);
    if (ticket != tickets_.end()) ticket->second.has_parent = false;
  }
  DestroyPort(self);
  Settle();
  tasks_.erase(task.id);
}

// A fatal EXC_GUARD: mach_port_guard_ast() in xnu's mach_port.c kills the
// task.
void Kernel::RaiseGuardException(Task& task, std::string_view what) {
  std::fprintf(stderr, "mach_emulation: EXC_GUARD kills process %d: %.*s\n",
               static_cast<int>(task.credentials.pid),
               static_cast<int>(what.size()), what.data());
  task.doomed = true;
  kill(task.credentials.pid, SIGKILL);
}

Right* Kernel::FindSpecialPort(Task& task, std::uint32_t which) {
  switch (which) {
    case TASK_BOOTSTRAP_PORT:
      return &task.bootstrap;
    case TASK_DEBUG_CONTROL_PORT:
      return &task.debug_control;
    default:
      return nullptr;
  }
}

// number: task, which -> name
Kernel::MaybeReply Kernel::GetSpecialPort(CallContext& c) {
  const Right* const special = FindSpecialPort(c.task, c.call.number[1]);
  if (special == nullptr) return Result(KERN_INVALID_ARGUMENT);
  if (!*special) return Result(KERN_SUCCESS, {MACH_PORT_NULL});
  return Result(KERN_SUCCESS, {CopyOut(c.space, CopySend(special->port()))});
}

// number: task, which, port
Kernel::MaybeReply Kernel::SetSpecialPort(CallContext& c) {
  Right* const special = FindSpecialPort(c.task, c.call.number[1]);
  if (special == nullptr) return Result(KERN_INVALID_ARGUMENT);
  Right right;
  if (c.call.number[2] != MACH_PORT_NULL &&
      CopyIn(c.task, c.call.number[2], MACH_MSG_TYPE_COPY_SEND, &right) !=
          KERN_SUCCESS) {
    return Result(MACH_SEND_INVALID_RIGHT);
  }
  Release(std::exchange(*special, std::move(right)));
  return Result(KERN_SUCCESS);
}

// payload: names
Kernel::MaybeReply Kernel::RegisterPorts(CallContext& c) {
  std::vector<mach_port_name_t> names(c.content.payload.size() /
                                      sizeof(mach_port_name_t));
  if (names.size() > c.task.registered.size()) {
    return Result(KERN_INVALID_ARGUMENT);
  }
  if (!names.empty()) {
    std::memcpy(names.data(), c.content.payload.data(),
                names.size() * sizeof(mach_port_name_t));
  }
  std::vector<Right> rights;
  for (const mach_port_name_t name : names) {
    Right right;
    if (MACH_PORT_VALID(name) &&
        CopyIn(c.task, name, MACH_MSG_TYPE_COPY_SEND, &right) != KERN_SUCCESS) {
      for (Right& taken : rights) Release(std::move(taken));
      return Result(MACH_SEND_INVALID_RIGHT);
    }
    rights.push_back(std::move(right));
  }
  rights.resize(c.task.registered.size());
  for (std::size_t i = 0; i < rights.size(); ++i) {
    Release(std::exchange(c.task.registered[i], std::move(rights[i])));
  }
  return Result(KERN_SUCCESS);
}

// -> number: the names
Kernel::MaybeReply Kernel::LookUpPorts(CallContext& c) {
  Reply reply = Result(KERN_SUCCESS);
  for (std::size_t i = 0; i < c.task.registered.size(); ++i) {
    if (!c.task.registered[i]) continue;
    reply.answer.number[i] =
        CopyOut(c.space, CopySend(c.task.registered[i].port()));
  }
  return reply;
}

// number: bootstrap port, debug control port -> ticket
Kernel::MaybeReply Kernel::MakeTicket(CallContext& c) {
  Right rights[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const mach_port_name_t name = c.call.number[i];
    if (name == kNone || name == MACH_PORT_NULL) continue;
    const kern_return_t result =
        CopyIn(c.task, name, MACH_MSG_TYPE_COPY_SEND, &rights[i]);
    if (result == KERN_SUCCESS) continue;
    Release(std::move(rights[0]));
    return Result(result);
  }
  Ticket ticket;
  ticket.parent = c.task.credentials.pid;
  if (c.call.number[0] != kNone) ticket.bootstrap = std::move(rights[0]);
  ticket.debug_control = std::move(rights[1]);
  tickets_.emplace(++last_ticket_, std::move(ticket));
  c.task.tickets.insert(last_ticket_);
  return Result(KERN_SUCCESS, {last_ticket_});
}

// number: ticket, pid
Kernel::MaybeReply Kernel::BindTicket(CallContext& c) {
  const auto found = tickets_.find(c.call.number[0]);
  // The child has come already.
  if (found == tickets_.end()) return Result(KERN_SUCCESS);
  found->second.child = static_cast<pid_t>(c.call.number[1]);
  found->second.process = OpenProcess(static_cast<pid_t>(c.call.number[1]));
  if (!found->second.process.valid() && errno == ESRCH) {
    EraseTicket(c.call.number[0]);
  }
  return Result(KERN_SUCCESS);
}

// number: ticket
Kernel::MaybeReply Kernel::DropTicket(CallContext& c) {
  EraseTicket(c.call.number[0]);
  c.task.tickets.erase(c.call.number[0]);
  return Result(KERN_SUCCESS);
}

void Kernel::EraseTicket(std::uint32_t id) {
  const auto found = tickets_.find(id);
  if (found == tickets_.end()) return;
  if (found->second.bootstrap.has_value()) {
    Release(*std::move(found->second.bootstrap));
  }
  Release(std::move(found->second.debug_control));
  tickets_.erase(found);
}

std::vector<int> Kernel::TicketProcesses() const {
  std::vector<int> processes;
  for (const auto& [id, ticket] : tickets_) {
    if (ticket.process.valid()) processes.push_back(ticket.process.get());
  }
  return processes;
}

void Kernel::DropTicketsOfDead() {
  std::vector<std::uint32_t> dead;
  for (const auto& [id, ticket] : tickets_) {
    if (ticket.process.valid() && HasEnded(ticket.process)) dead.push_back(id);
  }
  for (const std::uint32_t id : dead) EraseTicket(id);
  Settle();
}

void Kernel::CheckNothingIsLeft() {
  if (has_tasks()) Panic("a task is left");
  for (auto& [name, service] : services_) {
    if (service.held != nullptr) service.held->of_service = false;
    if (service.held != nullptr) {
      Release(Right(std::move(service.held), MACH_MSG_TYPE_PORT_RECEIVE));
      service.held.reset();
    }
  }
  // Of children whose parent died before it could say who they are.
  while (!tickets_.empty()) EraseTicket(tickets_.begin()->first);
  Release(Right(launchd_, MACH_MSG_TYPE_PORT_SEND));
  launchd_.reset();
  Settle();
  if (!services_.empty()) Panic("a service outlives its port");
  if (Port::live != 0) Panic("a port is left that no task can reach");
}

}  // namespace ipc_channel_testing::mach_emulation
