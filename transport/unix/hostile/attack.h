#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_ATTACK_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_ATTACK_H_

#include "ipc_channel/platforms/cxx20.h"

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc_channel/transport/unix/hostile/wire.h"

namespace ipc_channel_hostile {

// What the attacker can do nothing about: the round ends without a result,
// which fails the test, or makes it say that the system lacks something.
[[noreturn]] void Fail(std::string_view what);  // with errno
[[noreturn]] void Skip(std::string_view why);
inline void Check(bool is_as_it_should_be, std::string_view what) {
  if (!is_as_it_should_be) Fail(what);
}

// One attack on one channel, and the account of it. The victim counts too.
class Round {
 public:
  struct Stage {
    int number = 0;
    pid_t victim = -1;
    Fd socket;
    Fd shared;
  };

  explicit Round(Stage stage) : stage_(std::move(stage)) {}

  // Counts the attacks of this kind from 0.
  int number() const { return stage_.number; }
  pid_t victim() const { return stage_.victim; }
  // The end of the attacked channel that is the peer's by right.
  int socket() const { return stage_.socket.get(); }
  // A duplicate of the victim's end, for attacks of those who share it.
  int shared() const { return stage_.shared.get(); }
  void CloseSocket() { stage_.socket.Close(); }

  // Send a packet which the victim must refuse, must take, or may do either
  // with.
  void Bad(const Bytes& packet, const std::vector<int>& descriptors = {});
  void Fine(const Bytes& packet, const std::vector<int>& descriptors = {});
  void Odd(const Bytes& packet, const std::vector<int>& descriptors = {});

  // The same for what was sent by other ways.
  void CountBad() { ++bad_; }
  void CountFine() { ++fine_; }
  // More was sent than can be said.
  void LoseCount() { odd_ = -1; }

  // No good message follows.
  void Finish() { is_finished_ = true; }
  bool is_finished() const { return is_finished_; }

  // The victim has seen enough of a flood.
  bool IsToldToStop() const;

  std::string Account() const;

 private:
  void Send(const Bytes& packet, const std::vector<int>& descriptors) const;

  Stage stage_;
  int bad_ = 0;
  int fine_ = 0;
  int odd_ = 0;
  bool is_finished_ = false;
};

struct Attack {
  std::string name;
  std::function<void(Round&)> run;
};

std::vector<Attack> PacketAttacks();
std::vector<Attack> HandleAttacks();
std::vector<Attack> MemoryAttacks();
std::vector<Attack> TransferAttacks();  // helper sockets and carriers
std::vector<Attack> SocketAttacks();    // by those who share the socket
std::vector<Attack> FloodAttacks();
std::vector<Attack> ReceiverAttacks();  // on a victim that sends

// Runs `body` in a child that is killed if it returns, and waits for its end.
void InDoomedChild(const std::function<void()>& body);

// A child that runs `body` until this object dies.
class Companion {
 public:
  explicit Companion(const std::function<void()>& body);
  Companion(const Companion&) = delete;
  Companion& operator=(const Companion&) = delete;
  ~Companion();

 private:
  pid_t pid_;
};

}  // namespace ipc_channel_hostile

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HOSTILE_ATTACK_H_
