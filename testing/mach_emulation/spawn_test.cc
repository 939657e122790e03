// What posix_spawn() gives to a child, by Apple's names.

#include <fcntl.h>
#include <mach/mach.h>
#include <mach/notify.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "ipc_channel/testing/child_process.h"
#include "ipc_channel/testing/mach_emulation/internal/semantics.h"

extern char** environ;

namespace ipc_channel_testing::mach_emulation {
namespace {

class Attributes {
 public:
  Attributes() { EXPECT_EQ(posix_spawnattr_init(&attributes_), 0); }
  ~Attributes() { EXPECT_EQ(posix_spawnattr_destroy(&attributes_), 0); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

class Actions {
 public:
  Actions() { EXPECT_EQ(posix_spawn_file_actions_init(&actions_), 0); }
  ~Actions() { EXPECT_EQ(posix_spawn_file_actions_destroy(&actions_), 0); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

class Words {
 public:
  explicit Words(std::vector<std::string> words) : words_(std::move(words)) {
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
  }
  char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

// The child's exit code; -1 if there was none.
int RunChild(const std::vector<std::string>& words, Attributes& attributes,
             Actions& actions) {
  const Words argv(words);
  pid_t pid = -1;
  EXPECT_EQ(posix_spawn(&pid, argv.get()[0], actions.get(), attributes.get(),
                        argv.get(), environ),
            0);
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

mach_port_t DebugControlPort() {
  mach_port_t port = MACH_PORT_DEAD;
  EXPECT_EQ(
      task_get_special_port(mach_task_self(), TASK_DEBUG_CONTROL_PORT, &port),
      KERN_SUCCESS);
  return port;
}

void GiveDebugControlPort(Attributes& attributes, mach_port_t port) {
  ASSERT_EQ(posix_spawnattr_setspecialport_np(attributes.get(), port,
                                              TASK_DEBUG_CONTROL_PORT),
            0);
}

// Drops the last send right of this task: what is told then?
void ExpectNobodyElseSends(mach_port_t port) {
  ASSERT_EQ(Request(port, MACH_NOTIFY_NO_SENDERS, port), KERN_SUCCESS);
  ASSERT_EQ(DropSend(port), KERN_SUCCESS);
  EXPECT_EQ(NextId(port, kSoon), MACH_NOTIFY_NO_SENDERS);
}

IPC_CHANNEL_CHILD_MAIN(PostToDebugControl) {
  if (bootstrap_port == MACH_PORT_NULL) return 1;
  const mach_port_t port = DebugControlPort();
  if (Post(port, 21) != MACH_MSG_SUCCESS) return 2;
  if (task_set_special_port(mach_task_self(), TASK_DEBUG_CONTROL_PORT,
                            MACH_PORT_NULL) != KERN_SUCCESS) {
    return 3;
  }
  return DebugControlPort() == MACH_PORT_NULL ? 0 : 4;
}

IPC_CHANNEL_CHILD_MAIN(ExpectNoDebugControl) {
  return DebugControlPort() == MACH_PORT_NULL ? 0 : 1;
}

// By a fork, by a spawn, and by an exec.
IPC_CHANNEL_CHILD_MAIN(LookIfHandedDown) {
  if (DebugControlPort() == MACH_PORT_NULL) return 1;
  const pid_t fork_of_this = fork();
  if (fork_of_this == 0) _exit(DebugControlPort() == MACH_PORT_NULL ? 0 : 1);
  int status = -1;
  if (waitpid(fork_of_this, &status, 0) != fork_of_this || status != 0) {
    return 2;
  }
  Attributes attributes;
  Actions actions;
  const std::vector<std::string> line =
      ChildCommandLine("ExpectNoDebugControl");
  if (RunChild(line, attributes, actions) != 0) return 3;
  const Words argv(line);
  execv(argv.get()[0], argv.get());
  return 4;
}

TEST(SpawnTest, AChildCanBeGivenADebugControlPort) {
  const mach_port_t port = NewPortWithSend();
  {
    Attributes attributes;
    Actions actions;
    GiveDebugControlPort(attributes, port);
    EXPECT_EQ(
        RunChild(ChildCommandLine("PostToDebugControl"), attributes, actions),
        0);
  }
  EXPECT_EQ(NextId(port), 21);
  EXPECT_EQ(DebugControlPort(), MACH_PORT_NULL) << "of this task";
  ExpectNobodyElseSends(port);
}

TEST(SpawnTest, ADebugControlPortIsNotHandedDown) {
  const mach_port_t port = NewPortWithSend();
  Attributes attributes;
  Actions actions;
  GiveDebugControlPort(attributes, port);
  EXPECT_EQ(RunChild(ChildCommandLine("LookIfHandedDown"), attributes, actions),
            0);
  ExpectNobodyElseSends(port);
}

TEST(SpawnTest, ADebugControlPortDiesWithAChildThatDoesNotLookForIt) {
  const mach_port_t port = NewPortWithSend();
  Attributes attributes;
  Actions actions;
  GiveDebugControlPort(attributes, port);
  EXPECT_EQ(RunChild({"/bin/sh", "-c", "exit 7"}, attributes, actions), 7);
  ExpectNobodyElseSends(port);
}

TEST(SpawnTest, AChildOfAChildThatIsNotOursHasNoDebugControlPort) {
  const mach_port_t port = NewPortWithSend();
  Attributes attributes;
  Actions actions;
  GiveDebugControlPort(attributes, port);
  std::vector<std::string> words = ChildCommandLine("ExpectNoDebugControl");
  words[0] = std::filesystem::canonical(words[0]);  // of this program
  std::string line;
  for (const std::string& word : words) line += "'" + word + "' ";
  EXPECT_EQ(
      RunChild({"/bin/sh", "-c", line + "; exit $?"}, attributes, actions), 0);
  ExpectNobodyElseSends(port);
}

TEST(SpawnTest, AProgramThatIsNotThereLeavesNoRight) {
  const mach_port_t port = NewPortWithSend();
  Attributes attributes;
  GiveDebugControlPort(attributes, port);
  const Words argv({"/no/such/program"});
  pid_t pid = -1;
  EXPECT_EQ(posix_spawn(&pid, argv.get()[0], nullptr, attributes.get(),
                        argv.get(), environ),
            ENOENT);
  ExpectNobodyElseSends(port);
}

TEST(SpawnTest, OtherSpecialPortsAndDeadNamesAreRefused) {
  const mach_port_t port = NewPort();
  Attributes attributes;
  GiveDebugControlPort(attributes, port);  // no send right
  const Words argv({"/bin/sh", "-c", "true"});
  pid_t pid = -1;
  EXPECT_EQ(posix_spawn(&pid, argv.get()[0], nullptr, attributes.get(),
                        argv.get(), environ),
            EINVAL);
}

// Gives whether `descriptor` is open in a child of such attributes.
bool ChildHas(int descriptor, Attributes& attributes, Actions& actions) {
  const std::string number = std::to_string(descriptor);
  return RunChild({"/bin/sh", "-c", ": <&" + number + " 2>/dev/null"},
                  attributes, actions) == 0;
}

TEST(SpawnTest, ByDefaultAChildHasWhatIsNotCloseOnExec) {
  const int inherited = dup(STDERR_FILENO);
  Attributes attributes;
  Actions actions;
  EXPECT_TRUE(ChildHas(inherited, attributes, actions));
  ASSERT_EQ(fcntl(inherited, F_SETFD, FD_CLOEXEC), 0);
  EXPECT_FALSE(ChildHas(inherited, attributes, actions));
  close(inherited);
}

TEST(SpawnTest, WithCloseOnExecByDefaultAChildHasOnlyWhatIsNamed) {
  const int inherited = dup(STDERR_FILENO);
  Attributes attributes;
  ASSERT_EQ(
      posix_spawnattr_setflags(attributes.get(), POSIX_SPAWN_CLOEXEC_DEFAULT),
      0);
  {
    Actions actions;
    EXPECT_FALSE(ChildHas(inherited, attributes, actions));
    EXPECT_FALSE(ChildHas(STDERR_FILENO, attributes, actions));
  }
  Actions actions;
  ASSERT_EQ(fcntl(inherited, F_SETFD, FD_CLOEXEC), 0);
  ASSERT_EQ(posix_spawn_file_actions_addinherit_np(actions.get(), inherited),
            0);
  ASSERT_EQ(posix_spawn_file_actions_adddup2(actions.get(), inherited, 8), 0);
  ASSERT_EQ(posix_spawn_file_actions_addopen(actions.get(), 6, "/dev/null",
                                             O_RDONLY, 0),
            0);
  EXPECT_TRUE(ChildHas(inherited, attributes, actions));
  EXPECT_TRUE(ChildHas(8, attributes, actions));
  EXPECT_TRUE(ChildHas(6, attributes, actions));
  EXPECT_FALSE(ChildHas(7, attributes, actions));
  EXPECT_FALSE(ChildHas(STDERR_FILENO, attributes, actions));
  close(inherited);
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation
