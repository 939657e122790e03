// A parent asks a question, a child process answers it.

#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ipc_channel/ipc_channel.h"

namespace ipc = ipc_channel;

struct Question {
  std::string text;
  ipc::Sender<std::string> reply;  // the answer comes back on this
};

// The child: finds its parent by name, and hands it a way to ask.
int RunChild(const std::string& parent_name) {
  auto parent = ipc::Connect<ipc::Sender<Question>>(parent_name);
  auto questions = ipc::Channel<Question>();
  if (!parent.ok() || !questions.ok()) return 1;
  // Moved away, so that we do not wait for ourselves, too, to hang up.
  if (!parent->Send(std::move(questions->sender)).ok()) return 1;
  for (auto& question : questions->receiver) {
    if (!question.ok()) continue;  // one message was lost, not the channel
    if (!question->reply.Send("Hello, " + question->text + "!").ok()) return 1;
  }
  return 0;  // every sender is gone: the parent has no more questions
}

int main() {
  auto server = ipc::OneShotServer<ipc::Sender<Question>>::Create();
  if (!server.ok()) return 1;
  const pid_t pid = fork();
  if (pid < 0) return 1;
  if (pid == 0) _exit(RunChild(server->name()));

  // Made after the fork: the child holds no copy of it that keeps it open.
  auto answers = ipc::Channel<std::string>();
  auto child = server->Accept(absl::Now() + absl::Seconds(10));
  if (!child.ok() || !answers.ok()) return 1;
  if (!child->first.Send({"world", std::move(answers->sender)}).ok()) return 1;
  auto answer = answers->receiver.Recv();
  if (!answer.ok()) return 1;
  std::printf("%s\n", answer->c_str());
}
