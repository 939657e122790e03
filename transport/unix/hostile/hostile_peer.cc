// A peer that speaks the wire format badly on purpose. It shares no code with
// the library and knows of its victim what every peer knows.
//
//   hostile_peer --list     prints the names of its attacks
//   hostile_peer <attack>   attacks once for each order that comes (control.h)

#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc_channel/transport/unix/hostile/attack.h"
#include "ipc_channel/transport/unix/hostile/control.h"
#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {
namespace {

std::vector<Attack> AllAttacks() {
  std::vector<Attack> all;
  for (const auto& theme :
       {PacketAttacks(), HandleAttacks(), MemoryAttacks(), TransferAttacks(),
        SocketAttacks(), FloodAttacks(), ReceiverAttacks()}) {
    all.insert(all.end(), theme.begin(), theme.end());
  }
  return all;
}

// What the victim knows as a good message: its number, 300 bytes that follow
// from it, and a pipe with the number in it.
void SendGoodMessage(const Round& round) {
  const std::string number = std::to_string(round.number());
  const Pipe pipe = NewPipe();
  Check(::write(pipe.write_end.get(), number.data(), number.size()) > 0,
        "write");
  Bytes payload = Text("good " + number + " ");
  for (int i = 0; i < 300; ++i) {
    payload.push_back(static_cast<std::uint8_t>(i * 7 + round.number()));
  }
  errno = SendPacket(round.socket(),
                     Header(1, payload.size()) + Entry(kDescriptor) + payload,
                     {pipe.read_end.get()});
  Check(errno == 0, "the good message");
}

Round RunRound(const Attack& attack, Order order) {
  Round::Stage stage;
  Check(std::sscanf(order.text.c_str(), "round %d %d", &stage.number,
                    &stage.victim) == 2 &&
            !order.sockets.empty(),
        "an order: " + order.text);
  stage.socket = std::move(order.sockets[0]);
  if (order.sockets.size() > 1) stage.shared = std::move(order.sockets[1]);
  Round round(std::move(stage));
  attack.run(round);
  if (!round.is_finished()) SendGoodMessage(round);
  Report(round.Account());
  return round;
}

void Serve(const Attack& attack) {
  // Its socket stays open until the next round, unless the attack was to end:
  // once a peer is gone its empty packets are no different from the end.
  std::optional<Round> last;
  for (Order order = NextOrder(); !order.text.empty(); order = NextOrder()) {
    if (order.text == "stop") continue;
    last.reset();
    last.emplace(RunRound(attack, std::move(order)));
    if (last->is_finished()) last.reset();
  }
}

int Main(std::string_view word) {
  std::signal(SIGPIPE, SIG_IGN);
  for (const Attack& attack : AllAttacks()) {
    if (word == "--list") std::puts(attack.name.c_str());
    if (word != attack.name) continue;
    Serve(attack);
    return 0;
  }
  return word == "--list" ? 0 : 2;
}

}  // namespace
}  // namespace ipc_channel_hostile

int main(int argc, char** argv) {
  return argc == 2 ? ipc_channel_hostile::Main(argv[1]) : 2;
}
