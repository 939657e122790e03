#ifndef IPC_CHANNEL_BOOTSTRAP_RANDOM_KILL_H_
#define IPC_CHANNEL_BOOTSTRAP_RANDOM_KILL_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstdint>
#include <functional>
#include <ostream>
#include <random>

namespace ipc_channel {

// What the moment of a death is one of.
enum class Moments {
  kCalls,  // before or after any of its system calls
  kTimes,  // any time of its life
};

inline std::ostream& operator<<(std::ostream& out, Moments moments) {
  return out << (moments == Moments::kCalls ? "Calls" : "Times");
}

// The seed of this run, another one each time unless RESIDUE_SEED in the
// environment says which. Printed, by the first call.
std::uint64_t ResidueSeed();

// How often each test kills: 40 times, or as RESIDUE_KILLS in the environment
// says. There are some 30 tests.
int ResidueKills();

// Something done by a process of its own, which is killed in the middle of it.
struct Victim {
  // Done in a forked child; 0 if all went well. Of interest is what lies
  // between BeginSteps() and EndSteps() (testing/syscall_stepper.h).
  std::function<int()> life;
  // Called in this process, very often, while the victim lives. Must not wait
  // for it: at a system call it is stopped.
  std::function<void()> meanwhile = [] {};
};

// Kills at random moments. Thread-compatible; adds test failures where a
// process cannot be started or watched, or ends otherwise than it should.
class RandomKill {
 public:
  RandomKill(Moments moments, std::uint64_t seed)
      : moments_(moments), random_(seed) {}

  // Lets `victim` live to its end, and learns how long a life that is.
  void Live(const Victim& victim);

  // Kills `victim` at a moment of a life as long as the last one that was
  // lived: its first, its last, and then any. False if it came to its end
  // before.
  bool Kill(const Victim& victim);

  // A number below `limit` that is as likely as any other.
  std::uint64_t Below(std::uint64_t limit);

 private:
  std::uint64_t NextMoment();
  bool KillAtCall(const Victim& victim, std::uint64_t last);
  bool KillAfter(const Victim& victim, std::uint64_t microseconds);

  const Moments moments_;
  std::mt19937_64 random_;
  std::uint64_t length_ = 0;  // in stops at calls, or in microseconds
  int moments_chosen_ = 0;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_RANDOM_KILL_H_
