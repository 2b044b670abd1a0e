"""Anything a user may do with Values, in any order, against a model of integers (FAULTS C3, B14)."""

import contextlib
import io

from campaign_integers import LIMIT, MODELS, OPERATIONS, Model, combine
from hypothesis import HealthCheck, Phase, seed as seeded, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from outcome import Outcome

from autograd import Value
from autograd.errors import StaleGraphError

WHAT = "a Hypothesis state machine of the backward protocol: build, backward, zero, write, detach, forget"
QUICK, FULL = 150, 2000
STEPS = 50


class Protocol(RuleBasedStateMachine):
    """Do anything a user may do, in any order, and compare with the model."""

    def __init__(self):
        super().__init__()
        self.values, self.models = [], []
        self.grads, self.inner, self.stale, self.children = {}, set(), set(), {}
        self.add(Value(3), Model(3))

    def add(self, value, model, parents=()):
        self.values.append(value)
        self.models.append(model)
        if parents:
            self.inner.add(model)
        elif value.requires_grad:
            self.grads[model] = 0
        for p in parents:
            self.children.setdefault(p, []).append(model)

    def pick(self, i):
        i %= len(self.values)
        return self.values[i], self.models[i]

    @rule(n=st.integers(-5, 5))
    def new_leaf(self, n):
        self.add(Value(n), Model(n))

    @rule(name=st.sampled_from(sorted(MODELS)), i=st.integers(0, 99), j=st.integers(0, 99))
    def operate(self, name, i, j):
        chosen = [self.pick(i), self.pick(j)][: len(OPERATIONS[name].names)]
        model = combine(name, *(m for _, m in chosen))
        if model.largest() < LIMIT:
            self.add(OPERATIONS[name](*(v for v, _ in chosen)), model, [m for _, m in chosen])

    @rule(i=st.integers(0, 99), seed=st.sampled_from([1, 1, 2, -3]))
    def backward(self, i, seed):
        value, model = self.pick(i)
        if self.stale & set(model.slopes):
            self.refused(value, seed)
            return
        value.backward(seed)
        for m in self.grads:
            self.grads[m] += seed * model.slopes.get(m, 0)

    def refused(self, value, seed):
        try:
            value.backward(seed)
        except StaleGraphError:
            return
        raise AssertionError("backward through a stale graph was not refused")

    @rule(i=st.integers(0, 99))
    def zero(self, i):
        value, model = self.pick(i)
        value.grad = 0.0
        if model in self.grads:
            self.grads[model] = 0

    @rule(i=st.integers(0, 99), n=st.integers(-5, 5))
    def write(self, i, n):
        value, model = self.pick(i)
        value.data = model.data = n
        self.stale.update(self.children.get(model, ()))
        if model in self.inner:
            self.stale.add(model)

    @rule(i=st.integers(0, 99))
    def detach(self, i):
        value, model = self.pick(i)
        self.add(value.detach(), Model(model.data))

    @precondition(lambda self: len(self.values) > 3)
    @rule(i=st.integers(0, 99))
    def forget(self, i):
        i %= len(self.values)
        del self.values[i], self.models[i]

    def teardown(self):
        for value, model in zip(self.values, self.models, strict=True):
            if model in self.grads and (value.data, value.grad) != (model.data, self.grads[model]):
                raise AssertionError(f"{value!r}, expected data {model.data} and grad {self.grads[model]}")


def run(size, seed):
    chosen = settings(
        max_examples=size,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=False,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    machine = seeded(seed)(type("Protocol", (Protocol,), {}))
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            run_state_machine_as_test(machine, settings=chosen)
    except Exception as error:
        steps = "\n".join(getattr(error, "__notes__", [])) or printed.getvalue()  # notes: from Python 3.11 on
        return Outcome(f"{size:,} runs x {STEPS} steps", [f"{steps}\n# {error!r}"])
    return Outcome(f"{size:,} runs x {STEPS} steps", [])
