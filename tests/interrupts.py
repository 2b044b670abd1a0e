"""Ctrl-C at every opcode: for tests of what must happen whole or not at all."""

import sys

from autograd.graph import LOCK

# Python's own import lock is lost when its code is interrupted between two opcodes: the next thread that imports waits
# for ever.
IMPORTING = ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")


def interrupted_at(k, call, where="opcode"):
    """Run `call`, raise KeyboardInterrupt before its k-th opcode or call; return False if it ended before that.

    True also if nobody saw the interrupt: Python ignores what is raised while it closes a generator that was dropped.
    """
    seen = 0

    def trace(frame, event, arg):
        nonlocal seen
        if frame.f_code.co_filename in IMPORTING:
            return None
        frame.f_trace_opcodes = True
        seen += event == where
        if event == where and seen == k:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # without this Python 3.12 reports no opcodes
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
        give_back_the_lock()
    return seen >= k


def give_back_the_lock():
    # The tracer interrupts between the body of a `with` and its end too, where CPython never delivers a signal.
    while LOCK._is_owned():
        LOCK.release()
