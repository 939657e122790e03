// Writing and reading the values of values.h, by every coder. The twin is the
// handwritten one.

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <ostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/ratio_table.h"
#include "ipc_channel/bench/serialize/coder.h"
#include "ipc_channel/bench/serialize/handwritten.h"
#include "ipc_channel/bench/serialize/handwritten_coder.h"
#include "ipc_channel/bench/serialize/memcpy_coder.h"
#include "ipc_channel/bench/serialize/our_coder.h"
#include "ipc_channel/bench/serialize/protobuf_coder.h"
#include "ipc_channel/bench/serialize/targets.h"
#include "ipc_channel/bench/serialize/values.h"
#include "ipc_channel/bench/works.h"

namespace ipc_channel_bench {
namespace {

// Everything happens on one thread, which is thus all of the process.
double ProcessorSeconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// Calls one of a coder's functions over and over.
template <class T, template <class> class Coder, bool (Coder<T>::*kCall)()>
requires CoderOf<Coder<T>, T>
void Run(benchmark::State& state) {
  Coder<T> made(ValueOf<T>());
  // From here on the compiler knows nothing of its state: not the length of its
  // buffer, say, which would make checks against it needless.
  Coder<T>* coder = &made;
  benchmark::DoNotOptimize(coder);
  // Nor which function it is: every coder's is called, where the compiler would
  // otherwise put some of them into the loop and others not.
  bool (Coder<T>::*call)() = kCall;
  benchmark::DoNotOptimize(call);
  // Once before: what is used again is there, with its memory.
  bool ok = (coder->*call)();
  const double start = ProcessorSeconds();
  for (auto _ : state) ok &= (coder->*call)();
  ReportProcessorTime(ProcessorSeconds() - start, state);
  if (!ok) Stop("a coder failed");
}

template <class T, template <class> class Coder>
Variant Writes(const char* name) {
  return {name, Run<T, Coder, &Coder<T>::Write>};
}

template <class T, template <class> class Coder>
Variant ReadsFresh(const char* name) {
  return {name, Run<T, Coder, &Coder<T>::ReadFresh>};
}

template <class T, template <class> class Coder>
Variant ReadsReused(const char* name) {
  return {name, Run<T, Coder, &Coder<T>::ReadReused>};
}

template <class T>
std::vector<Variant> WriteVariants() {
  return {Writes<T, HandwrittenCoder>(kHandwritten),
          Writes<T, OurCoder>(kOurs),
          Writes<T, ProtobufCoder>(kProtobuf),
          {"protobuf_fill",
           Run<T, FillingProtobufCoder, &FillingProtobufCoder<T>::Write>}};
}

template <class T>
std::vector<Variant> ReadFreshVariants() {
  return {ReadsFresh<T, HandwrittenCoder>(kHandwritten),
          ReadsFresh<T, OurCoder>(kOurs),
          ReadsFresh<T, ProtobufCoder>(kProtobuf)};
}

template <class T>
std::vector<Variant> ReadReusedVariants() {
  return {ReadsReused<T, HandwrittenCoder>(kHandwritten),
          ReadsReused<T, OurCoder>(kOurs),
          ReadsReused<T, ProtobufCoder>(kProtobuf)};
}

std::vector<Target>& Targets() {
  static auto& targets = *new std::vector<Target>;
  return targets;
}

void AddTargets(const std::string& work, double times_handwritten,
                double times_protobuf) {
  Targets().push_back({.work = work,
                       .other = kHandwritten,
                       .kind = Target::Kind::kTimesItsTime,
                       .bound = times_handwritten});
  Targets().push_back({.work = work,
                       .other = kProtobuf,
                       .kind = Target::Kind::kTimesAsFast,
                       .bound = times_protobuf});
}

// "At the speed of memcpy": as fast but for what a noisy machine makes of it.
void AddBulkTarget(const std::string& work) {
  Targets().push_back({.work = work,
                       .other = kMemcpy,
                       .kind = Target::Kind::kTimesItsTime,
                       .bound = 1.1});
}

// Works whose size is that of the value's encoding, without the fingerprint.
template <class T>
bool AddWorks(const std::string& name) {
  const auto size =
      static_cast<std::int64_t>(handwritten::SizeOf(ValueOf<T>()));
  AddWork({name + "Write", {size}, WriteVariants<T>()});
  AddTargets(name + "Write", 1.1, 5);
  AddWork({name + "Read", {size}, ReadFreshVariants<T>()});
  AddTargets(name + "Read", 1.3, 8);
  AddWork({name + "Reread", {size}, ReadReusedVariants<T>()});
  AddTargets(name + "Reread", 1.3, 8);
  return true;
}

// The same for a value that is one block of memory.
bool AddDoubles() {
  const auto size =
      static_cast<std::int64_t>(handwritten::SizeOf(ValueOf<Doubles>()));
  const auto add = [size](const std::string& name, std::vector<Variant> coders,
                          Variant copy) {
    coders.push_back(std::move(copy));
    AddWork({name, {size}, std::move(coders)});
    AddBulkTarget(name);
  };
  add("DoublesWrite", WriteVariants<Doubles>(),
      Writes<Doubles, MemcpyCoder>(kMemcpy));
  add("DoublesRead", ReadFreshVariants<Doubles>(),
      ReadsFresh<Doubles, MemcpyCoder>(kMemcpy));
  add("DoublesReread", ReadReusedVariants<Doubles>(),
      ReadsReused<Doubles, MemcpyCoder>(kMemcpy));
  return true;
}

void Report(std::span<const Sample> samples, std::ostream& out) {
  out << "\nWhat the design asks for, in processor time:\n\n";
  PrintTargets(Targets(), samples, out);
}

[[maybe_unused]] const bool kAreAdded =
    AddWorks<Monsters>("Monsters") && AddWorks<Scalars>("Scalars") &&
    AddWorks<TwoStrings>("TwoStrings") && AddWorks<Strings>("Strings") &&
    AddWorks<Nested>("Nested") && AddDoubles() && AddReport(Report);

}  // namespace
}  // namespace ipc_channel_bench
