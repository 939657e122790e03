#include <mach/mach.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/bootstrap/internal/launchd.h"
#include "ipc_channel/bootstrap/internal/server_name.h"
#include "ipc_channel/bootstrap/internal/service_port.h"
#include "ipc_channel/bootstrap/peer_identity.h"
#include "ipc_channel/transport/handle.h"
#include "ipc_channel/transport/mach/incoming_message.h"
#include "ipc_channel/transport/mach/kern_status.h"
#include "ipc_channel/transport/mach/kernel_notice.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/message_layout.h"
#include "ipc_channel/transport/mach/port_right.h"
#include "ipc_channel/transport/mach/receive_once.h"

namespace ipc_channel::internal {
namespace {

using transport::HandleKind;
using transport::mach_backend::HandleRecord;
using transport::mach_backend::IncomingMessage;
using transport::mach_backend::IsFromKernel;
using transport::mach_backend::IsIncomplete;
using transport::mach_backend::kConnectionId;
using transport::mach_backend::KernToStatus;
using transport::mach_backend::MessageLayout;
using transport::mach_backend::ReceiveOnce;
using transport::mach_backend::ReceiveRight;
using transport::mach_backend::TrailerOf;

constexpr std::size_t kConnectionSize =
    MessageLayout::For(/*ports=*/1, /*is_out_of_line=*/false, /*handles=*/1)
        .payload_at;

using Buffer =
    std::array<std::byte, kConnectionSize + sizeof(mach_msg_audit_trailer_t)>;

// Where these lie in an audit token (set_security_token_task_internal() in
// xnu's kern_prot.c), for the functions of <bsm/libbsm.h> are in a library of
// their own.
constexpr std::size_t kAuditUid = 1;
constexpr std::size_t kAuditGid = 2;
constexpr std::size_t kAuditPid = 5;
constexpr std::size_t kAuditPidVersion = 7;

PeerIdentity SenderOf(const mach_msg_header_t& header) {
  const audit_token_t& token = TrailerOf(header).msgh_audit;
  return {.pid = token.val[kAuditPid],
          .uid = token.val[kAuditUid],
          .gid = token.val[kAuditGid],
          .pid_version = token.val[kAuditPidVersion]};
}

// The only right that came, if the message is what Connect() sends.
absl::StatusOr<ReceiveRight> TakeReceiver(IncomingMessage& incoming) {
  const auto records = incoming.records();
  if (records.size() != 1 || incoming.rights().size() != 1 ||
      incoming.prelude().payload_bytes != 0) {
    return absl::DataLossError("not the message of a client");
  }
  const HandleRecord& record = records.front();
  auto* right = std::get_if<ReceiveRight>(&incoming.rights().front());
  if (record.kind != static_cast<std::uint32_t>(HandleKind::kReceiver) ||
      record.reserved != 0 || record.memory_bytes != 0 || right == nullptr ||
      !MACH_PORT_VALID(right->name())) {
    return absl::DataLossError("a client without a receiver");
  }
  return std::move(*right);
}

// Takes all that came with it, whatever that is.
absl::StatusOr<ReceiveRight> TakeMessage(mach_msg_header_t& header) {
  if (IsFromKernel(header) || header.msgh_size != kConnectionSize ||
      MACH_MSGH_BITS_REMOTE(header.msgh_bits) != 0) {
    ::mach_msg_destroy(&header);
    return absl::DataLossError("not the message of a client");
  }
  IncomingMessage incoming;
  absl::Status taken = incoming.Take(header, kConnectionId);
  if (!taken.ok()) return taken;
  return TakeReceiver(incoming);
}

absl::StatusOr<ServicePort::Visit> ToVisit(mach_msg_header_t& header) {
  const PeerIdentity peer = SenderOf(header);
  absl::StatusOr<ReceiveRight> right = TakeMessage(header);
  if (!right.ok()) return ServicePort::Visit(right.status());
  const mach_port_name_t port = right->name();
  absl::StatusOr<transport::Receiver> receiver =
      transport::AdoptMachReceiver(*std::move(right));
  if (!receiver.ok()) return receiver.status();
  return ServicePort::Visit(
      ServicePort::Client{*std::move(receiver), port, peer});
}

absl::Status SetBacklog(const ReceiveRight& port, int backlog) {
  constexpr int kMost = int{transport::kMaxMachCapacity};
  mach_port_limits_t limits = {};
  limits.mpl_qlimit =
      static_cast<mach_port_msgcount_t>(std::clamp(backlog, 1, kMost));
  const kern_return_t result = ::mach_port_set_attributes(
      mach_task_self(), port.name(), MACH_PORT_LIMITS_INFO,
      reinterpret_cast<mach_port_info_t>(&limits), MACH_PORT_LIMITS_INFO_COUNT);
  if (result == KERN_SUCCESS) return absl::OkStatus();
  return KernToStatus(result, "mach_port_set_attributes(LIMITS_INFO)");
}

}  // namespace

ServicePort::ServicePort(ReceiveRight port) : port_(std::move(port)) {}

absl::StatusOr<ServicePort> ServicePort::Open(const ServerName& name,
                                              int backlog) {
  absl::StatusOr<ReceiveRight> port = CheckInService(name.text);
  if (!port.ok()) return port.status();
  absl::Status set = SetBacklog(*port, backlog);
  if (!set.ok()) return set;
  return ServicePort(*std::move(port));
}

absl::StatusOr<ServicePort::Visit> ServicePort::Next(absl::Time deadline) {
  alignas(mach_msg_header_t) Buffer buffer;
  auto* header = ::new (buffer.data()) mach_msg_header_t;
  while (true) {
    const mach_msg_return_t result = ReceiveOnce(port(), buffer, deadline);
    switch (result) {
      case MACH_MSG_SUCCESS:
        return ToVisit(*header);
      case MACH_RCV_INTERRUPTED:
        continue;
      case MACH_RCV_TIMED_OUT:
        if (absl::Now() < deadline) continue;
        return Visit(Nobody());
      case MACH_RCV_TOO_LARGE:
        return Visit(absl::DataLossError("more than a client's message"));
      default:
        break;
    }
    if (!IsIncomplete(result)) {
      return KernToStatus(result, "mach_msg(MACH_RCV_MSG)");
    }
    ::mach_msg_destroy(header);
    return absl::ResourceExhaustedError(
        "no names or memory for a client, who is lost");
  }
}

}  // namespace ipc_channel::internal
