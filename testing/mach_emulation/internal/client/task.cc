// <mach/task.h>.

#include <mach/mach_param.h>
#include <mach/mach_vm.h>
#include <mach/task.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "ipc_channel/testing/mach_emulation/internal/client/connection.h"
#include "ipc_channel/testing/mach_emulation/internal/client/self.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"

using ipc_channel_testing::mach_emulation::CallKernel;
using ipc_channel_testing::mach_emulation::CallResult;
using ipc_channel_testing::mach_emulation::IsSelf;
using ipc_channel_testing::mach_emulation::Op;

kern_return_t task_get_special_port(task_inspect_t task, int which,
                                    mach_port_t* port) {
  if (!IsSelf(task)) return KERN_INVALID_ARGUMENT;
  const CallResult call = CallKernel(Op::kGetSpecialPort,
                                     {task, static_cast<std::uint32_t>(which)});
  *port = call.number(0);
  return call.result();
}

kern_return_t task_set_special_port(task_t task, int which, mach_port_t port) {
  if (!IsSelf(task)) return KERN_INVALID_ARGUMENT;
  return CallKernel(Op::kSetSpecialPort,
                    {task, static_cast<std::uint32_t>(which), port})
      .result();
}

kern_return_t mach_ports_register(task_t task, mach_port_array_t ports,
                                  mach_msg_type_number_t count) {
  if (!IsSelf(task)) return KERN_INVALID_ARGUMENT;
  return CallKernel(Op::kRegisterPorts, {},
                    {.payload = std::as_bytes(std::span(ports, count))})
      .result();
}

// The array is memory of the caller's, to be deallocated.
kern_return_t mach_ports_lookup(task_t task, mach_port_array_t* ports,
                                mach_msg_type_number_t* count) {
  if (!IsSelf(task)) return KERN_INVALID_ARGUMENT;
  const CallResult call = CallKernel(Op::kLookUpPorts, {});
  if (call.result() != KERN_SUCCESS) return call.result();
  mach_vm_address_t memory = 0;
  const kern_return_t result = mach_vm_allocate(
      task, &memory, TASK_PORT_REGISTER_MAX * sizeof(mach_port_t),
      VM_FLAGS_ANYWHERE);
  if (result != KERN_SUCCESS) return result;
  *ports = reinterpret_cast<mach_port_array_t>(memory);
  *count = TASK_PORT_REGISTER_MAX;
  std::copy_n(call.answer.number, TASK_PORT_REGISTER_MAX, *ports);
  return KERN_SUCCESS;
}
