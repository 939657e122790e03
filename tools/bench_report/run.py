"""Runs the binaries, round by round, and collects what they say."""

import collections
import os
import re
import signal
import subprocess
import tempfile
import time

import machine
import samples
import suite
import summary
import words
from peers import PEER, peer_of

# A binary that takes longer has hung.
LONGEST_RUN = 1800

Step = collections.namedtuple("Step", "round placement binary works")


class Failed(Exception):
    """A benchmark failed; the message says which and how."""


class Stopped(Exception):
    """Somebody asked for the end."""


def plan(kind, only, placements, rounds, binaries):
    """The steps of all rounds: round 1 of all, then round 2 of all, ...

    The order is reversed every second time.
    """
    one_round = []
    for placement in placements:
        for binary in binaries:
            works = suite.sizes_for(binary, kind, only)
            # What says the same everywhere runs in one placement.
            chosen = [p for p in placements if p in binary.placements]
            if works and placement in (chosen or placements[:1]):
                one_round.append((placement, binary, works))
    steps = []
    for number in range(rounds):
        order = one_round[::-1] if number % 2 else one_round
        steps += [Step(number, *step) for step in order]
    return steps


def run_apart(command, log):
    """Runs it in a session of its own; its exit code and processor time."""
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT,
                               start_new_session=True)
    deadline = time.monotonic() + LONGEST_RUN
    try:
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                raise Failed("%s did not end" % command[0])
            time.sleep(0.02)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime


def _tail_of(log):
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-5:])


class Runner:
    """Does steps; what it has seen until then is there at any time."""

    def __init__(self, folder, min_time, budget, say, extra=None):
        """`extra`: more options for the binary of a label."""
        self._folder = folder
        self._extra = extra or {}
        self._min_time = min_time
        self._end = time.monotonic() + budget
        self._say = say
        self._took = {}
        self.samples = []
        self.runs = []
        self.rounds = 0
        self.is_complete = False

    def do_all(self, steps):
        """Until all is done, or a round would not fit into the budget."""
        per_round = [step for step in steps if step.round == 0]
        for index, step in enumerate(steps):
            if index and index % len(per_round) == 0:
                self.rounds = step.round
                if time.monotonic() + sum(self._took.values()) > self._end:
                    self._say("the time is up after %d rounds" % step.round)
                    break
            self._do(step, index, steps)
        else:
            self.rounds = steps[-1].round + 1 if steps else 0
        self.is_complete = self.rounds > 0

    def _time_left(self, steps, index):
        """In words; nothing as long as half of the steps are unknown."""
        known = [self._took.get((s.placement, s.binary.label))
                 for s in steps[index:]]
        found = [seconds for seconds in known if seconds is not None]
        if 2 * len(found) < len(known):
            return ""
        guess = sum(found) / len(found)
        left = sum(guess if seconds is None else seconds for seconds in known)
        left = min(left, max(self._end - time.monotonic(), 0))
        return ", about %s left" % words.duration(left)

    def _do(self, step, index, steps):
        name = step.binary.label.split(":")[1]
        self._say("[%d/%d] round %d, %s, %s%s" %
                  (index + 1, len(steps), step.round + 1, step.placement, name,
                   self._time_left(steps, index)))
        load = machine.load()
        cores = os.cpu_count() or 1
        before, started = machine.usage(), time.monotonic()
        text, own = self._run_binary(step)
        took = time.monotonic() - started
        met = machine.disturbance(before, machine.usage(), own, took, cores)
        is_disturbed = summary.is_disturbed(met)
        self._took[step.placement, step.binary.label] = took
        self.runs.append({
            "round": step.round,
            "placement": step.placement,
            "binary": step.binary.label,
            "seconds": round(took, 2),
            "load": round(load, 2),
            "foreign": round(met.foreign, 4),
            "steal": round(met.steal, 4),
            "is_disturbed": is_disturbed,
        })
        self.samples += samples.read_samples(text.splitlines(), step.placement,
                                             step.binary.label, step.round,
                                             is_disturbed)

    def _run_binary(self, step):
        binary = os.path.join(self._folder, suite.path_of(step.binary.label))
        with tempfile.TemporaryDirectory() as folder:
            csv = os.path.join(folder, "samples.csv")
            command = [
                binary, "--rounds=1", "--placement=" + step.placement,
                "--csv=" + csv, "--benchmark_min_time=%g" % self._min_time,
                "--benchmark_filter=" + suite.filter_of(step.works)
            ] + self._extra.get(step.binary.label, [])
            if step.round % 2:
                command.append("--reversed")
            with tempfile.TemporaryFile() as log:
                code, own = run_apart(command, log)
                if code != 0 or not os.path.exists(csv):
                    raise Failed("%s ended with %d\n%s" %
                                 (" ".join(command), code, _tail_of(log)))
            with open(csv, encoding="utf-8") as file:
                return file.read(), own


def look_at_peers(binary, extra):
    """Those that the peers' binary can measure now, ours and the twin not
    among them, and why others are left out."""
    with tempfile.TemporaryFile() as log:
        code, _ = run_apart([binary, "--benchmark_list_tests"] + extra, log)
        if code != 0:
            raise Failed("%s ended with %d\n%s" % (binary, code, _tail_of(log)))
        log.seek(0)
        lines = log.read().decode("utf-8", "replace").splitlines()
    variants = [re.fullmatch(r"\w+/(\w+)/\d+\S*", line) for line in lines]
    usable = {
        found.group(1) for found in variants
        if found and peer_of(found.group(1), suite.PEERS).kind == PEER
    }
    missing = [re.fullmatch(r"(\w+)(?: \S+)? is left out: (.*)", line)
               for line in lines]
    return usable, [{"what": found.group(1), "why": found.group(2)}
                    for found in missing if found]


def footprint(folder):
    """What //bench:footprint_benchmark says."""
    with tempfile.TemporaryDirectory() as temporary:
        csv = os.path.join(temporary, "footprint.csv")
        binary = os.path.join(folder, suite.path_of(suite.FOOTPRINT))
        with tempfile.TemporaryFile() as log:
            code, _ = run_apart([binary, "--csv=" + csv], log)
            if code != 0:
                raise Failed("%s ended with %d\n%s" %
                             (binary, code, _tail_of(log)))
        with open(csv, encoding="utf-8") as file:
            return samples.read_footprint(file)
