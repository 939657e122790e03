// Channels between processes: each child is a process of its own, and meets its
// parent through an end that it starts with.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ipc_channel/channel/channel.h"
#include "ipc_channel/testing/child_ends.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/soon.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel.h"
#include "ipc_channel/transport/channel_pair.h"

namespace ipc_channel {
namespace {

using ::ipc_channel_testing::ChildEnd;
using ::ipc_channel_testing::ChildProcess;
using ::ipc_channel_testing::ExecWithEnds;
using ::ipc_channel_testing::ExitResult;
using ::ipc_channel_testing::ExpectNoFdLeak;
using ::ipc_channel_testing::InheritedReceiver;
using ::ipc_channel_testing::InheritedSender;
using ::ipc_channel_testing::IsOk;
using ::ipc_channel_testing::IsOkAndHolds;
using ::ipc_channel_testing::Soon;
using ::testing::Eq;

// All that a child can be asked to do.
struct Task {
  std::string text;
  UniqueFd file;
  Receiver<int> numbers;
  Sender<std::string> reply;
  Sender<SharedMemory> memory_reply;
};

template <class T>
ChannelEnds<T> MakeChannel() {
  absl::StatusOr<ChannelEnds<T>> ends = Channel<T>();
  EXPECT_THAT(ends, IsOk());
  return *std::move(ends);
}

// A child that starts with the receiving end of `tasks`.
struct Worker {
  ChildProcess process;
  Sender<Task> tasks;
};

Worker StartWorker(const std::string& name) {
  absl::StatusOr<transport::ChannelPair> pair = transport::CreateChannel();
  EXPECT_OK(pair);
  std::vector<ChildEnd> ends;
  ends.emplace_back(std::move(pair->receiver));
  absl::StatusOr<ChildProcess> child = ExecWithEnds(name, std::move(ends));
  EXPECT_OK(child);
  return {*std::move(child), Sender<Task>(std::move(pair->sender))};
}

Receiver<Task> InheritedTasks() {
  absl::StatusOr<transport::Receiver> receiver = InheritedReceiver(0);
  return Receiver<Task>(receiver.ok() ? *std::move(receiver)
                                      : transport::Receiver());
}

std::string ReadAll(const UniqueFd& file) {
  std::string content(4096, '\0');
  const ssize_t size = ::pread(file.get(), content.data(), content.size(), 0);
  content.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return content;
}

// Answers each task with what it found in it.
IPC_CHANNEL_CHILD_MAIN(Answer) {
  Receiver<Task> tasks = InheritedTasks();
  for (absl::StatusOr<Task>& task : tasks) {
    if (!task.ok()) return 2;
    int sum = 0;
    for (absl::StatusOr<int>& number : task->numbers) sum += number.value_or(0);
    const std::string answer =
        task->text + "|" + ReadAll(task->file) + "|" + std::to_string(sum);
    if (!task->reply.Send(answer).ok()) return 3;
    absl::StatusOr<SharedMemory> memory =
        SharedMemory::CopyOf(std::as_bytes(std::span(answer)));
    if (!memory.ok() || !task->memory_reply.Send(*memory).ok()) return 4;
  }
  return 0;
}

// Takes one task, answers, and waits to be killed while it holds the task.
IPC_CHANNEL_CHILD_MAIN(AnswerAndHang) {
  Receiver<Task> tasks = InheritedTasks();
  absl::StatusOr<Task> task = tasks.Recv();
  if (!task.ok() || !task->reply.Send("holding").ok()) return 2;
  ::pause();
  return 3;
}

struct Replies {
  Receiver<std::string> text;
  Receiver<SharedMemory> memory;
  Sender<int> numbers;
};

// Sends a task with one of everything in it.
Replies SendTask(const Sender<Task>& tasks, UniqueFd file) {
  auto numbers = MakeChannel<int>();
  EXPECT_THAT(numbers.sender.Send(40), IsOk());
  auto reply = MakeChannel<std::string>();
  auto memory = MakeChannel<SharedMemory>();
  Task task = {"text", std::move(file), std::move(numbers.receiver),
               std::move(reply.sender), std::move(memory.sender)};
  EXPECT_THAT(tasks.Send(std::move(task)), IsOk());
  EXPECT_FALSE(task.file.valid());
  return {std::move(reply.receiver), std::move(memory.receiver),
          std::move(numbers.sender)};
}

UniqueFd FileWith(std::string_view content) {
  const std::string path = testing::TempDir() + "/cross_process_test_file";
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
                       S_IRUSR | S_IWUSR));
  EXPECT_EQ(::pwrite(file.get(), content.data(), content.size(), 0),
            static_cast<ssize_t>(content.size()));
  return file;
}

TEST(CrossProcessTest, EveryKindOfHandleWorksInAnotherProcess) {
  const ExpectNoFdLeak no_leak;
  Worker worker = StartWorker("Answer");
  Replies replies = SendTask(worker.tasks, FileWith("file"));
  ASSERT_THAT(replies.numbers.Send(2), IsOk());
  replies.numbers = {};
  EXPECT_THAT(replies.text.RecvUntil(Soon()), IsOkAndHolds("text|file|42"));
  auto memory = replies.memory.RecvUntil(Soon());
  ASSERT_THAT(memory, IsOk());
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(memory->bytes().data()),
                        memory->bytes().size()),
            "text|file|42");
  worker.tasks = {};
  EXPECT_THAT(worker.process.Wait(Soon()), IsOkAndHolds(ExitResult::Exited(0)));
}

TEST(CrossProcessTest, AKilledProcessDisconnectsEverythingItHeld) {
  const ExpectNoFdLeak no_leak;
  Worker worker = StartWorker("AnswerAndHang");
  Replies held = SendTask(worker.tasks, FileWith("held"));
  ASSERT_THAT(held.text.RecvUntil(Soon()), IsOkAndHolds("holding"));
  Replies queued = SendTask(worker.tasks, FileWith("queued"));
  ASSERT_THAT(worker.process.Kill(SIGKILL), IsOk());
  EXPECT_THAT(worker.process.Wait(Soon()),
              IsOkAndHolds(ExitResult::Killed(SIGKILL)));

  // What it held, what was still in its queue, and its own queue.
  EXPECT_TRUE(IsDisconnected(held.text.RecvUntil(Soon()).status()));
  EXPECT_TRUE(IsDisconnected(held.numbers.Send(1)));
  EXPECT_TRUE(IsDisconnected(queued.text.RecvUntil(Soon()).status()));
  EXPECT_TRUE(IsDisconnected(queued.numbers.Send(1)));
  Task task;
  task.text = "too late";
  auto reply = MakeChannel<std::string>();
  auto memory = MakeChannel<SharedMemory>();
  auto numbers = MakeChannel<int>();
  task.file = FileWith("kept");
  task.reply = reply.sender;
  task.memory_reply = memory.sender;
  task.numbers = std::move(numbers.receiver);
  EXPECT_TRUE(IsDisconnected(worker.tasks.Send(std::move(task))));
  EXPECT_EQ(ReadAll(task.file), "kept");
}

IPC_CHANNEL_CHILD_MAIN(SendNumbersAndDie) {
  absl::StatusOr<transport::Sender> numbers = InheritedSender(0);
  if (!numbers.ok()) return 1;
  const Sender<int> sender(*std::move(numbers));
  for (int i = 0; i < 100; ++i) {
    if (!sender.Send(i).ok()) return 2;
  }
  ::raise(SIGKILL);
  return 3;
}

TEST(CrossProcessTest, ValuesSentByAKilledChildOutliveIt) {
  absl::StatusOr<transport::ChannelPair> pair = transport::CreateChannel();
  ASSERT_OK(pair);
  std::vector<ChildEnd> ends;
  ends.emplace_back(std::move(pair->sender));
  ASSERT_OK_AND_ASSIGN(ChildProcess child,
                       ExecWithEnds("SendNumbersAndDie", std::move(ends)));
  EXPECT_THAT(child.Wait(Soon()), IsOkAndHolds(ExitResult::Killed(SIGKILL)));
  Receiver<int> receiver(std::move(pair->receiver));
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(receiver.RecvUntil(Soon()), IsOkAndHolds(i));
  }
  EXPECT_TRUE(IsDisconnected(receiver.RecvUntil(Soon()).status()));
}

}  // namespace
}  // namespace ipc_channel
