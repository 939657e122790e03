// The main() of a fuzz target that is run as a test, without a fuzzer:
//
//   program [--most_mutants=N] PATH...
//
// Runs the target on every file there, then on mutants of it: every truncation,
// and every byte changed in four ways; about N a file, evenly chosen, none
// without N. Always the same ones. Whatever ends the process, the input at hand
// is named.

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "ipc_channel/testing/fuzz/fuzz_target.h"

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::size_t kWaysToChangeAByte = 4;
constexpr unsigned kSecondsForOneFile = 120;

// What runs now, in words.
std::array<char, 512> at_hand = {};

void SayWhatRuns() {
  // The process is about to end: nothing is to be done about an error.
  [[maybe_unused]] const ssize_t written =
      ::write(STDERR_FILENO, at_hand.data(), std::strlen(at_hand.data()));
}

void OnSignal(int signal) {
  SayWhatRuns();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void NameInputAtDeath() {
  std::signal(SIGABRT, OnSignal);
  std::signal(SIGALRM, OnSignal);
  // Of all sanitizers' runtimes; null without one.
  using SetDeathCallback = void(void (*)());
  if (auto* const set = reinterpret_cast<SetDeathCallback*>(
          dlsym(RTLD_DEFAULT, "__sanitizer_set_death_callback"))) {
    set(SayWhatRuns);
    return;  // it reports the rest
  }
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    std::signal(signal, OnSignal);
  }
}

// Mutants have numbers: the truncations first.
std::size_t CountMutants(const Input& whole) {
  return whole.size() * (1 + kWaysToChangeAByte);
}

std::uint8_t Changed(std::uint8_t byte, std::size_t way) {
  const std::array<int, kWaysToChangeAByte> changed = {byte ^ 1, byte ^ 0x80,
                                                       byte + 1, 255 - byte};
  return static_cast<std::uint8_t>(changed[way]);
}

Input Mutant(const Input& whole, std::size_t number) {
  if (number < whole.size()) return {whole.begin(), whole.begin() + number};
  const std::size_t change = number - whole.size();
  Input mutant = whole;
  std::uint8_t& byte = mutant[change / kWaysToChangeAByte];
  byte = Changed(byte, change % kWaysToChangeAByte);
  return mutant;
}

void Run(const Input& input) {
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

std::size_t ReplayFile(const std::filesystem::path& path,
                       std::size_t most_mutants) {
  std::ifstream file(path, std::ios::binary);
  const Input whole{std::istreambuf_iterator<char>(file), {}};
  ::alarm(kSecondsForOneFile);
  std::snprintf(at_hand.data(), at_hand.size(), "input: %s\n", path.c_str());
  Run(whole);
  if (most_mutants == 0) return 1;
  const std::size_t count = CountMutants(whole);
  // Odd, so that no way to change a byte is left out.
  const std::size_t step = (count / most_mutants) | 1;
  std::size_t runs = 1;
  for (std::size_t number = 0; number < count; number += step, ++runs) {
    std::snprintf(at_hand.data(), at_hand.size(), "input: %s, mutant %zu\n",
                  path.c_str(), number);
    Run(Mutant(whole, number));
  }
  return runs;
}

std::vector<std::filesystem::path> FilesUnder(
    const std::filesystem::path& path) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(path)) return {path};
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(path)) {
    if (!entry.is_directory()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::string_view kMostMutants = "--most_mutants=";
  std::size_t most_mutants = 0;
  std::size_t files = 0;
  std::size_t runs = 0;
  NameInputAtDeath();
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(kMostMutants)) {
      std::from_chars(argument.data() + kMostMutants.size(),
                      argument.data() + argument.size(), most_mutants);
      continue;
    }
    for (const std::filesystem::path& file : FilesUnder(argument)) {
      if (!std::filesystem::exists(file)) {
        std::fprintf(stderr, "%s: no such file\n", file.c_str());
        return 1;
      }
      runs += ReplayFile(file, most_mutants);
      ++files;
    }
  }
  std::printf("%zu files, %zu inputs\n", files, runs);
  return files > 0 ? 0 : 1;
}
