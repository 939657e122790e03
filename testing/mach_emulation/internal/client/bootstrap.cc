// <servers/bootstrap.h>.

#include <servers/bootstrap.h>

#include <cstddef>
#include <cstring>
#include <span>

#include "ipc_channel/testing/mach_emulation/internal/client/connection.h"
#include "ipc_channel/testing/mach_emulation/internal/protocol.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

CallOptions WithName(const char* name) {
  CallOptions options;
  const std::size_t length = strnlen(name, BOOTSTRAP_MAX_NAME_LEN);
  options.payload = std::as_bytes(std::span(name, length));
  return options;
}

kern_return_t GetPort(Op op, mach_port_t bootstrap, const char* name,
                      mach_port_t* port) {
  *port = MACH_PORT_NULL;
  const CallResult call = CallKernel(op, {bootstrap}, WithName(name));
  if (call.result() == BOOTSTRAP_SUCCESS) *port = call.number(0);
  return call.result();
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation

namespace emulation = ipc_channel_testing::mach_emulation;

kern_return_t bootstrap_register(mach_port_t bootstrap, name_t service_name,
                                 mach_port_t service) {
  return emulation::CallKernel(emulation::Op::kBootstrapRegister,
                               {bootstrap, service},
                               emulation::WithName(service_name))
      .result();
}

kern_return_t bootstrap_register2(mach_port_t bootstrap, name_t service_name,
                                  mach_port_t service, uint64_t) {
  return bootstrap_register(bootstrap, service_name, service);
}

kern_return_t bootstrap_check_in(mach_port_t bootstrap,
                                 const name_t service_name,
                                 mach_port_t* service) {
  return emulation::GetPort(emulation::Op::kBootstrapCheckIn, bootstrap,
                            service_name, service);
}

kern_return_t bootstrap_look_up(mach_port_t bootstrap,
                                const name_t service_name,
                                mach_port_t* service) {
  return emulation::GetPort(emulation::Op::kBootstrapLookUp, bootstrap,
                            service_name, service);
}

const char* bootstrap_strerror(kern_return_t error) {
  switch (error) {
    case BOOTSTRAP_SUCCESS:
      return "Success";
    case BOOTSTRAP_NOT_PRIVILEGED:
      return "Permission denied";
    case BOOTSTRAP_NAME_IN_USE:
    case BOOTSTRAP_SERVICE_ACTIVE:
      return "Service name already exists";
    case BOOTSTRAP_UNKNOWN_SERVICE:
      return "Unknown service name";
    default:
      return "(unknown error)";
  }
}
