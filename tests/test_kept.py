"""What a model keeps is seen to change, named by the way to it, and put back."""

import math
import random
from collections import Counter

import pytest

from autograd import Value
from nn import MLP, Module
from nn.kept import Kept


class Thing(Module):
    def __init__(self, **attributes):
        self.w = Value(1.0)
        vars(self).update(attributes)


def test_a_model_that_was_only_read_has_not_changed():
    # nan is unequal to itself, a model may hold itself, and the system's generator has no state
    thing = Thing(best=math.nan, system=random.SystemRandom(), kind=Counter, apply=math.exp, module=math)
    thing.itself, thing.parts = thing, [thing, (1, "a", None)]
    kept = Kept(thing)
    assert kept.change() == ""
    kept.put_back()
    assert thing.itself is thing and thing.parts[0] is thing


def test_values_kept_to_look_at_are_no_change_but_are_put_back():
    thing = Thing(seen=[], last=None, named={})
    kept = Kept(thing)
    thing.seen.append(thing.w * 2)
    thing.last, thing.named["w"] = thing.w * 3, thing.w
    assert kept.change() == ""
    kept.put_back()
    assert (thing.seen, thing.last, thing.named) == ([], None, {})


CHANGED = {
    "layers.0.calls": lambda thing: setattr(thing.layers[0], "calls", 1),
    "place": lambda thing: setattr(thing, "place", 7),
    "count.a": lambda thing: thing.count.update("a"),
    "pair.0.1": lambda thing: thing.pair[0].append(2),
    "name": lambda thing: delattr(thing, "name"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_is_named_by_the_way_to_it_and_undone(name):
    thing = Thing(layers=MLP(1, [1]).layers, place=(1, 2), count=Counter("ab"), pair=([1], 3), name="thing")
    before = {key: str(x) for key, x in vars(thing).items()}
    kept = Kept(thing)
    CHANGED[name](thing)
    assert f"changes its own attribute '{name}" in kept.change()
    kept.put_back()
    assert kept.change() == ""
    assert {key: str(x) for key, x in vars(thing).items()} == before


def test_an_array_that_may_not_be_written_is_left_alone():
    numpy = pytest.importorskip("numpy")
    thing = Thing(fixed=numpy.ones(2))
    thing.fixed.flags.writeable = False
    Kept(thing).put_back()
    assert thing.fixed.tolist() == [1.0, 1.0]
