#include "ipc_channel/transport/unix/hostile/attack.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc_channel/transport/unix/hostile/control.h"

namespace ipc_channel_hostile {
namespace {

pid_t StartChild(const std::function<void()>& body) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  Check(child >= 0, "fork");
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() == parent) body();
  ::kill(::getpid(), SIGKILL);
  ::_exit(1);
}

void Reap(pid_t child) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

void Fail(std::string_view what) {
  Report("failed " + std::string(what) + ": " + std::strerror(errno));
  ::_exit(1);
}

void Skip(std::string_view why) {
  Report("skip " + std::string(why));
  ::_exit(0);
}

void Round::Send(const Bytes& packet,
                 const std::vector<int>& descriptors) const {
  errno = SendPacket(socket(), packet, descriptors);
  Check(errno == 0, "sendmsg");
}

void Round::Bad(const Bytes& packet, const std::vector<int>& descriptors) {
  Send(packet, descriptors);
  ++bad_;
}

void Round::Fine(const Bytes& packet, const std::vector<int>& descriptors) {
  Send(packet, descriptors);
  ++fine_;
}

void Round::Odd(const Bytes& packet, const std::vector<int>& descriptors) {
  Send(packet, descriptors);
  ++odd_;
}

bool Round::IsToldToStop() const { return OrderIsWaiting(); }

std::string Round::Account() const {
  return "account " + std::to_string(bad_) + " " + std::to_string(fine_) + " " +
         std::to_string(odd_);
}

void InDoomedChild(const std::function<void()>& body) {
  Reap(StartChild(body));
}

Companion::Companion(const std::function<void()>& body)
    : pid_(StartChild(body)) {}

Companion::~Companion() {
  ::kill(pid_, SIGKILL);
  Reap(pid_);
}

}  // namespace ipc_channel_hostile
