#!/usr/bin/env python3
"""Runs bench_report as one would, on little, over the real binaries.

Where they are built, the folder bench/ is in the working directory.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import document  # noqa: E402
import suite  # noqa: E402

LITTLE = ("--rounds=1", "--min-time=0.0005", "--placement=unpinned")


def command(*arguments):
    return [sys.executable, os.path.join(HERE, "bench_report"), *arguments]


def run(*arguments):
    return subprocess.run(command(*arguments), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


class EndToEndTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def measure(self, *arguments):
        return run("--binaries=.", "--out=" + self.folder, *LITTLE, *arguments)

    def path(self, name):
        return os.path.join(self.folder, name)

    def test_a_report_is_measured_and_shown_again_and_compared(self):
        done = self.measure("--quick", "--only=RoundTrip")
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        report = document.load(self.path("report.json"))
        self.assertTrue(report["is_complete"])
        self.assertEqual(report["rounds"], 1)
        self.assertEqual({line["size"] for line in report["lines"]},
                         {8, 4096, 65536})
        by_variant = {line["variant"]: line for line in report["lines"]}
        for name in ("bare", "transport", "typed_bytes", "limit_stream",
                     "limit_pipe"):
            self.assertGreater(by_variant[name]["p999_us"]["median"], 0, name)
            self.assertGreater(by_variant[name]["time_us"]["median"], 0, name)
        self.assertTrue(by_variant["bare"]["is_twin"])
        self.assertGreater(by_variant["transport"]["speed"]["median"], 0)
        self.assertEqual({run["binary"] for run in report["runs"]} -
                         {suite.PEERS},
                         {"//bench:process_benchmark",
                          "//bench/limits:limits_benchmark"})
        self.assertEqual([row["descriptors"] for row in report["footprint"]
                          if row["what"] == "typed channel"], [2])
        for name in ("report.md", "report.html"):
            with open(self.path(name), encoding="utf-8") as file:
                self.assertIn("typed_bytes", file.read())
        self.compare(report)

    def compare(self, report):
        again = ("--from=" + self.path("report.json"),
                 "--out=" + self.path("again"))
        self.assertEqual(
            run(*again, "--against=" + self.path("report.json")).returncode, 0)
        # Before, everything was a thousand times as fast, and it was quiet.
        for line in report["lines"]:
            line.update(noise=[], rounds=5, undisturbed=5)
        with open(self.path("report.json"), "w", encoding="utf-8") as file:
            json.dump(report, file)
        for line in report["lines"]:
            for name in line["speed"] or ():
                line["speed"][name] *= 1000
        with open(self.path("before.json"), "w", encoding="utf-8") as file:
            json.dump(report, file)
        slower = run(*again, "--against=" + self.path("before.json"))
        self.assertEqual(slower.returncode, 3, slower.stdout.decode())
        self.assertIn(b"slower: RoundTrip 8 transport", slower.stdout)

    def test_what_was_measured_is_written_when_it_is_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = subprocess.Popen(
                command("--binaries=.", "--out=" + self.folder, "--full",
                        "--only=PassSender", "--only=MemoryMade",
                        "--placement=unpinned", "--min-time=0.0005",
                        "--rounds=100000"),
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            for line in process.stdout:
                if line.startswith(b"[3/"):
                    break
            process.send_signal(number)
            output = process.communicate()[0].decode()
            self.assertEqual(process.returncode, 130, output)
            self.assertIn("ended", output)
            self.assertNotIn("Traceback", output)
            report = document.load(self.path("report.json"))
            self.assertFalse(report["is_complete"])
            self.assertEqual({line["work"] for line in report["lines"]},
                             {"PassSender", "MemoryMade"})
            with open(self.path("report.html"), encoding="utf-8") as file:
                self.assertIn("Not complete", file.read())

    def with_broken(self, name, body="echo it is broken\nexit 7\n"):
        """A folder of binaries with a script in it."""
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + body)
        os.chmod(self.path(name), 0o755)

    def test_where_all_fails_it_is_named_and_nothing_is_written(self):
        self.with_broken("bench/process_benchmark")
        done = run("--quick", "--binaries=" + self.folder,
                   "--out=" + self.path("out"), *LITTLE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"process_benchmark", done.stdout)
        self.assertIn(b"ended with 7\nit is broken", done.stdout)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_where_one_fails_the_others_are_written(self):
        self.with_broken("bench/limits/limits_benchmark")
        os.symlink(os.path.abspath("bench/process_benchmark"),
                   self.path("bench/process_benchmark"))
        done = run("--quick", "--only=OneWay", "--binaries=" + self.folder,
                   "--out=" + self.path("out"), *LITTLE)
        self.assertEqual(done.returncode, 1, done.stdout.decode())
        self.assertIn(b"ended with 7\nit is broken", done.stdout)
        report = document.load(self.path("out/report.json"))
        self.assertFalse(report["is_complete"])
        self.assertEqual({line["binary"] for line in report["lines"]},
                         {"//bench:process_benchmark"})
        why = {one["what"]: one["why"] for one in report["left_out"]}
        self.assertIn("failed in round 1",
                      why["//bench/limits:limits_benchmark"])

    def test_what_is_not_built_is_left_out_and_said_so(self):
        os.makedirs(self.path("bench"))
        os.symlink(os.path.abspath("bench/process_benchmark"),
                   self.path("bench/process_benchmark"))
        done = run("--quick", "--only=OneWay", "--binaries=" + self.folder,
                   "--out=" + self.folder, *LITTLE)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        left_out = document.load(self.path("report.json"))["left_out"]
        self.assertEqual([one["what"] for one in left_out],
                         ["//bench/limits:limits_benchmark",
                          "//bench/peers:peers_benchmark",
                          "//bench:footprint_benchmark"])

    def with_peers(self, body):
        """A folder of binaries with nothing but peers: a script."""
        os.makedirs(self.path("bench/peers/rust/built"))
        rust = self.path(suite.RUST_PEERS)
        path = self.path("bench/peers/peers_benchmark")
        for name, text in ((rust, ""), (path, body)):
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        os.chmod(path, 0o755)
        return rust

    def measure_peers(self):
        done = run("--quick", "--only=RoundTrip", "--binaries=" + self.folder,
                   "--out=" + self.folder, *LITTLE)
        return done, {one["what"]: one["why"] for one in
                      document.load(self.path("report.json"))["left_out"]
                      } if done.returncode == 0 else {}

    def test_peers_are_measured_and_those_left_out_are_named(self):
        rust = self.with_peers(r"""#!/bin/sh
for one; do case $one in
  --csv=*) csv=${one#--csv=} ;;
  --rust=*) rust=${one#--rust=} ;;
  --benchmark_list_tests) list=yes ;;
esac; done
echo "nng 1.5 is left out: it sleeps"
[ -e "$rust" ] || exit 9
if [ "$list" ]; then
  echo RoundTrip/bare/8/real_time
  echo RoundTrip/zeromq/8/real_time
  exit
fi
cat >"$csv" <<END
round,work,size,variant,is_twin,time_us,cpu_us,p50_us,p99_us,p999_us,max_us
0,RoundTrip,8,bare,1,1,1,1,1,1,1
0,RoundTrip,8,zeromq,0,4,4,4,4,4,4
END
""")
        done, left_out = self.measure_peers()
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        self.assertEqual(left_out["nng"], "it sleeps")
        self.assertNotIn(suite.PEERS, left_out)
        lines = {line["variant"]: line for line in
                 document.load(self.path("report.json"))["lines"]}
        self.assertEqual(lines["zeromq"]["speed"]["median"], 0.25)
        with open(self.path("report.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertIn("Beside other libraries", page)
        self.assertIn("<title>zeromq, RoundTrip 8;", page)
        # Then it does not even start, and there is nothing else.
        os.unlink(rust)
        done, _ = self.measure_peers()
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"nothing to run", done.stdout)

    def test_a_peer_that_fails_costs_that_peer_only(self):
        self.with_peers(r"""#!/bin/sh
for one; do case $one in
  --csv=*) csv=${one#--csv=} ;;
  --without=nng) without=yes ;;
  --benchmark_list_tests) list=yes ;;
esac; done
if [ "$list" ]; then
  echo RoundTrip/zeromq/8/real_time
  exit
fi
cat >"$csv" <<END
round,work,size,variant,is_twin,time_us,cpu_us,p50_us,p99_us,p999_us,max_us
0,RoundTrip,8,bare,1,1,1,1,1,1,1
0,RoundTrip,8,zeromq,0,4,4,4,4,4,4
END
[ "$without" ] && exit
echo "peer nng failed: it hangs"
exit 1
""")
        done = run("--quick", "--only=RoundTrip", "--binaries=" + self.folder,
                   "--out=" + self.folder, "--rounds=3", *LITTLE[1:])
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        report = document.load(self.path("report.json"))
        self.assertTrue(report["is_complete"])
        self.assertEqual([line["rounds"] for line in report["lines"]], [3, 3])
        why, = (one["why"] for one in report["left_out"]
                if one["what"] == "nng")
        self.assertIn("failed in round 1, unpinned", why)
        self.assertIn("it hangs", why)

    def test_without_peers_their_benchmark_is_left_out_in_one_line(self):
        self.with_peers("""#!/bin/sh
echo RoundTrip/bare/8/real_time
echo RoundTrip/ours_transport/8/real_time
""")
        os.symlink(os.path.abspath("bench/process_benchmark"),
                   self.path("bench/process_benchmark"))
        done, left_out = self.measure_peers()
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        self.assertIn("tools/bench_peers_install", left_out[suite.PEERS])

    def test_wrong_options_and_files_are_refused(self):
        self.assertEqual(self.measure("--quick", "--only=Nothing").returncode, 2)
        self.assertEqual(self.measure("--quick", "--full").returncode, 2)
        with open(self.path("other.json"), "w", encoding="utf-8") as file:
            file.write("{}")
        self.assertEqual(run("--from=" + self.path("other.json")).returncode, 2)
        with open(self.path("other.json"), "w", encoding="utf-8") as file:
            file.write('{"schema": %d, "lines": [3]}' % document.SCHEMA)
        done = run("--from=" + self.path("other.json"))
        self.assertEqual(done.returncode, 2)
        self.assertNotIn(b"Traceback", done.stdout)

    def test_the_list_has_every_work_of_every_binary(self):
        listed = run("--list").stdout.decode()
        for binary in suite.BINARIES:
            self.assertIn(binary.label, listed)
            names = subprocess.run(
                [os.path.join(".", suite.path_of(binary.label)),
                 "--benchmark_list_tests"], stdout=subprocess.PIPE, check=True)
            works = {line.split("/")[0] for line in
                     names.stdout.decode().splitlines()
                     if "/" in line and " " not in line}
            self.assertEqual(works, set(binary.works), binary.label)
            for work in works:
                self.assertIn("  %s" % work, listed)


if __name__ == "__main__":
    unittest.main()
