"""The collector rests while a program is analysed, and is left as it was."""

import gc

import pytest
from plans import plan_of

from autograd.program.collector import collector_paused
from autograd.program.planning import groups


@pytest.fixture
def collector_on():
    gc.enable()
    yield
    gc.enable()


def test_it_runs_again_after_an_error(collector_on):
    with pytest.raises(ZeroDivisionError), collector_paused():
        _ = 1 / 0
    assert gc.isenabled()


def test_one_that_was_off_stays_off(collector_on):
    gc.disable()
    with collector_paused():
        pass
    assert not gc.isenabled()


def test_it_rests_during_the_analysis_and_runs_afterwards(collector_on, monkeypatch):
    seen = []
    fused = groups.fused
    monkeypatch.setattr(groups, "fused", lambda form: seen.append(gc.isenabled()) or fused(form))
    plan_of(lambda x, y: x * y, "dd", [False])
    assert seen == [False]
    assert gc.isenabled()
