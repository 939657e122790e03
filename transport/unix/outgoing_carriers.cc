#include "ipc_channel/transport/unix/outgoing_carriers.h"

#include <algorithm>
#include <cstddef>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/transport/unix/descriptors_in_flight.h"

namespace ipc_channel::transport::unix_backend {

bool OutgoingCarriers::AreFilled() const {
  return carriers_.size() == packet_.carried().size() &&
         std::ranges::all_of(carriers_, [](const SocketCarrier& carrier) {
           return carrier.socket.valid();
         });
}

int OutgoingCarriers::Fill() {
  const absl::Time start = absl::Now();
  int error = 0;
  carriers_.resize(packet_.carried().size());
  for (std::size_t i = 0; i < carriers_.size() && error == 0; ++i) {
    SocketCarrier& carrier = carriers_[i];
    if (carrier.socket.valid()) continue;
    error = NewFilledCarrier(packet_.carried()[i].content, carrier);
    if (error == 0) packet_.SetCarrier(i, carrier.socket.Borrow());
  }
  time_to_fill_ = absl::Now() - start;
  return error;
}

bool OutgoingCarriers::ExceedTheLimitInFlight() const {
  std::size_t in_flight = 0;
  for (const SocketCarrier& carrier : carriers_) in_flight += carrier.in_flight;
  return AreTooManyInFlight(in_flight);
}

void OutgoingCarriers::DropInFlight() {
  for (SocketCarrier& carrier : carriers_) {
    if (carrier.in_flight > 0) carrier = SocketCarrier();
  }
}

}  // namespace ipc_channel::transport::unix_backend
