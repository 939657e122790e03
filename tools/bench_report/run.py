"""Runs the binaries, round by round, and collects what they say."""

import collections
import os
import re
import tempfile
import time

import apart
import machine
import samples
import suite
import summary
import words
from peers import PEER, peer_of

# A binary that takes longer has hung.
LONGEST_RUN = 1800
# So has one that is asked what there is, or measures no time.
LONGEST_LOOK = 60
# What is begun in time is ended this long after it, in seconds.
OVERTIME = 5

Step = collections.namedtuple("Step", "round placement binary works")


class Failed(Exception):
    """A benchmark failed; the message says which and how."""


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


def _lines_of(log):
    log.seek(0)
    return log.read().decode("utf-8", "replace").splitlines()


def _tail_of(log):
    return "\n".join(_lines_of(log)[-5:])


def _look(command, log, end=None):
    try:
        return apart.run(command, log, LONGEST_LOOK, end)
    except (OSError, apart.Overdue) as error:
        raise Failed(str(error)) from None


def _key(step):
    return step.placement, step.binary.label


class Runner:
    """Does steps; what it has seen until then is there at any time."""

    def __init__(self, folder, min_time, budget, say, extra=None, end=None):
        """`extra`: more options for the binary of a label. `end`: an apart.End,
        which do_all() raises apart.Stopped for."""
        self._folder = folder
        self._extra = {label: list(more) for label, more in
                       (extra or {}).items()}
        self._min_time = min_time
        self._deadline = time.monotonic() + budget
        self._say = say
        self._end = end or apart.End()
        self._took = {}
        self._failed = set()
        self.samples = []
        self.runs = []
        self.rounds = 0
        self.is_complete = False
        # Whether something failed that has to work.
        self.has_failed = False
        # What failed, as in the report.
        self.left_out = []

    def do_all(self, steps):
        """Until all is done, or there is no time for more.

        What fails, or takes too long, is left out from then on, and the others
        go on. A step begins only if it will end in time as far as is known, and
        is ended where it does not; a round only if all of it will.
        """
        per_round = [step for step in steps if step.round == 0]
        for index, step in enumerate(steps):
            if index % len(per_round) == 0:
                self.rounds = step.round
                if index and not self._has_time_for(per_round):
                    self._say("the time is up after %d rounds" % step.round)
                    break
            self._end.check()
            if step.binary.label in self._failed:
                continue
            if not self._has_time_for([step]):
                self._say("the time is up within round %d" % (step.round + 1))
                break
            self._try(step, index, steps)
        else:
            self.rounds = steps[-1].round + 1 if steps else 0
        self.is_complete = self.rounds > 0 and not self.has_failed

    def _has_time_for(self, steps):
        needed = sum(self._took.get(_key(step), 0) for step in steps
                     if step.binary.label not in self._failed)
        return time.monotonic() + needed <= self._deadline

    def _try(self, step, index, steps):
        try:
            self._do(step, index, steps)
        except (Failed, apart.Overdue, samples.BadFile) as error:
            label = step.binary.label
            self._failed.add(label)
            # What need not be there need not work, either.
            self.has_failed = self.has_failed or not step.binary.optional
            self._say(str(error))
            self.left_out.append({
                "what": label,
                "why": "failed in round %d, %s; nothing after that: %s" %
                       (step.round + 1, step.placement,
                        str(error).splitlines()[0])
            })

    def _time_left(self, steps, index):
        """In words; nothing as long as half of the steps are unknown."""
        known = [self._took.get(_key(s)) for s in steps[index:]
                 if s.binary.label not in self._failed]
        found = [seconds for seconds in known if seconds is not None]
        if 2 * len(found) < len(known):
            return ""
        guess = sum(found) / len(found)
        left = sum(guess if seconds is None else seconds for seconds in known)
        left = min(left, max(self._deadline - time.monotonic(), 0))
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
        self._took[_key(step)] = took
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
                code, own = apart.run(command, log, self._longest(), self._end)
                failed = failed_peers(_lines_of(log))
                if not os.path.exists(csv) or (code != 0 and not failed):
                    raise Failed("%s ended with %d\n%s" %
                                 (" ".join(command), code, _tail_of(log)))
            self._leave_out(step, failed)
            with open(csv, encoding="utf-8") as file:
                return file.read(), own

    def _longest(self):
        """What is still going on then is ended: all ends in time."""
        return min(LONGEST_RUN, max(self._deadline - time.monotonic(), 0) +
                   OVERTIME)

    def _leave_out(self, step, failed):
        """Of the binary's peers, those that failed: the others go on."""
        for name, why in failed.items():
            self._say("%s failed: %s" % (name, why))
            self._extra.setdefault(step.binary.label,
                                   []).append("--without=" + name)
            self.left_out.append({
                "what": name,
                "why": "failed in round %d, %s; nothing after that: %s" %
                       (step.round + 1, step.placement, why)
            })
            # Ours and the twin have to work.
            if peer_of(name, step.binary.label).kind != PEER:
                self.has_failed = True


def failed_peers(lines):
    """Why, for each peer that the peers' binary says failed."""
    found = [re.fullmatch(r"peer (\w+) failed: (.*)", line) for line in lines]
    return {one.group(1): one.group(2) for one in found if one}


def look_at_peers(binary, extra, end=None):
    """Those that the peers' binary can measure now, ours and the twin not
    among them, and why others are left out."""
    with tempfile.TemporaryFile() as log:
        code, _ = _look([binary, "--benchmark_list_tests"] + extra, log,
                        end)
        if code != 0:
            raise Failed("%s ended with %d\n%s" % (binary, code, _tail_of(log)))
        lines = _lines_of(log)
    variants = [re.fullmatch(r"\w+/(\w+)/\d+\S*", line) for line in lines]
    usable = {
        found.group(1) for found in variants
        if found and peer_of(found.group(1), suite.PEERS).kind == PEER
    }
    missing = [re.fullmatch(r"(\w+)(?: \S+)? is left out: (.*)", line)
               for line in lines]
    return usable, [{"what": found.group(1), "why": found.group(2)}
                    for found in missing if found]


def footprint(folder, end=None):
    """What //bench:footprint_benchmark says."""
    with tempfile.TemporaryDirectory() as temporary:
        csv = os.path.join(temporary, "footprint.csv")
        binary = os.path.join(folder, suite.path_of(suite.FOOTPRINT))
        with tempfile.TemporaryFile() as log:
            code, _ = _look([binary, "--csv=" + csv], log, end)
            if code != 0 or not os.path.exists(csv):
                raise Failed("%s ended with %d\n%s" %
                             (binary, code, _tail_of(log)))
        with open(csv, encoding="utf-8") as file:
            return samples.read_footprint(file)
