"""Runs a program in a session of its own, and ends all of it."""

import os
import signal
import subprocess
import time

# How long a program that is asked to end has for what it has to clear away.
GRACE = 8
# How long those have that it has started, once it is gone.
GRACE_OF_OTHERS = 2


class Stopped(Exception):
    """Somebody asked for the end."""


class Overdue(Exception):
    """The program took too long, and was ended."""


class End:
    """Whether somebody has asked for the end: a signal that has come only sets
    a flag, since anywhere else an exception would leave processes behind."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self):
        self.is_asked_for = False

    def watch(self):
        """From now on signals that are not ignored are noted."""
        for number in self.SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._note)

    def _note(self, number, frame):
        self.is_asked_for = True

    def check(self):
        if self.is_asked_for:
            raise Stopped()


def _kill(send, number, signal_number):
    try:
        send(number, signal_number)
    except ProcessLookupError:
        pass


def _has_ended(pid):
    """It stays a zombie, so that its number and that of its group are its."""
    return os.waitid(os.P_PID, pid,
                     os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _await_end(pid, seconds):
    deadline = time.monotonic() + seconds
    while not _has_ended(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _group_of(pid):
    """The process group of a process that runs; None of one that does not."""
    try:
        with open("/proc/%s/stat" % pid, encoding="utf-8",
                  errors="replace") as file:
            # The name may have spaces; state, parent and group follow it.
            state, _, group = file.read().rsplit(")", 1)[1].split()[:3]
    except (OSError, ValueError, IndexError):
        return None
    return None if state in "ZX" else int(group)


def _await_group(group, seconds):
    """Until nobody in it runs: who has lost a parent may be clearing away."""
    deadline = time.monotonic() + seconds
    while any(_group_of(pid) == group for pid in os.listdir("/proc")
              if pid.isdigit()):
        if time.monotonic() > deadline:
            return
        time.sleep(0.02)


def run(command, log, seconds, end=None):
    """Its exit code and processor time; what it leaves running is killed.

    Raises Overdue after `seconds`, and Stopped once `end` is asked for: it is
    told so (SIGTERM) and has GRACE seconds to clear away what it has begun.
    """
    end = end or End()
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT,
                               start_new_session=True)
    try:
        deadline = time.monotonic() + seconds
        while not _has_ended(process.pid):
            end.check()
            if time.monotonic() > deadline:
                raise Overdue("%s did not end within %.0f s" %
                              (command[0], seconds))
            time.sleep(0.02)
    finally:
        if not _has_ended(process.pid):
            _kill(os.kill, process.pid, signal.SIGTERM)
            if not _await_end(process.pid, GRACE):
                _kill(os.kill, process.pid, signal.SIGKILL)
        _await_group(process.pid, GRACE_OF_OTHERS)
        _kill(os.killpg, process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime
