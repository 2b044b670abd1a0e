"""Compiled training: the same history as on Values, and the same end whatever ends it."""

import math
import random
import warnings
from copy import deepcopy
from types import SimpleNamespace

import pytest

import autograd
from autograd import Value
from autograd.errors import DomainError, NonFiniteError
from nn import (
    MLP,
    SGD,
    Adam,
    Dataset,
    DivergenceWarning,
    Module,
    binary_cross_entropy_with_logits,
    cross_entropy,
    fit,
    hinge_loss,
    make_moons,
    mse_loss,
)
from nn.optim import Optimizer

native = pytest.importorskip("llvmlite") and "native"
ENGINES = ("numpy", "native")
THREE = Dataset("three", [[0.1 * k, (k * 7 % 5) - 2.0] for k in range(23)], [k % 3 for k in range(23)])
OPTIMIZERS = {
    "SGD": lambda p: SGD(p, lr=0.1),
    "momentum": lambda p: SGD(p, lr=0.1, momentum=0.9, dampening=0.1),
    "Nesterov": lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "weight decay": lambda p: SGD(p, lr=0.1, weight_decay=0.01),
    "Adam": lambda p: Adam(p, lr=0.05),
    "Adam with weight decay": lambda p: Adam(p, lr=0.05, weight_decay=0.01),
}


def signs(scores, labels):
    return hinge_loss(scores, [1 if y else -1 for y in labels])


LOSSES = {
    "cross entropy": (THREE, 3, cross_entropy),
    "bce": (make_moons(20, seed=1), 1, binary_cross_entropy_with_logits),
    "hinge": (make_moons(20, seed=1), 1, signs),
    "mse": (make_moons(20, seed=1), 1, mse_loss),
}


def trained(engine, data=THREE, outputs=3, loss=cross_entropy, optimizer="Adam", model=None, **options):
    """Return the model, the optimiser and the history of a training run."""
    model = model or MLP(2, [5, outputs], activation="tanh", seed=1)
    rule = OPTIMIZERS[optimizer](model.named_parameters()) if isinstance(optimizer, str) else optimizer(model)
    options = {"epochs": 4, "batch_size": 6, "seed": 3, "progress": False, **options}
    return model, rule, fit(model, data, loss=loss, optimizer=rule, engine=engine, **options)


def everything(model, optimizer, history):
    """Return all numbers that training leaves behind."""
    gradients = [p.grad for p in model.parameters()]
    return history.epochs, history.best, model.state_dict(), optimizer.state_dict(), gradients


def numbers(found):
    epochs, best, state, rule, gradients = found
    slots = [x for slot in rule.values() if isinstance(slot, list) for x in slot if not isinstance(slot, str)]
    return [*(x for epoch in epochs for x in epoch), *best.values(), *state.values(), *slots, *gradients]


# -- the same history --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_strict_run_leaves_the_bits_of_one_on_values(engine, optimizer):
    compiled = trained(engine, optimizer=optimizer, strict=True)
    assert compiled[2].engine == engine
    assert everything(*compiled) == everything(*trained("eager", optimizer=optimizer))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_fast_run_is_the_same_to_rounding(engine, optimizer):
    compiled = trained(engine, optimizer=optimizer)
    assert compiled[2].engine == engine
    expected = numbers(everything(*trained("eager", optimizer=optimizer)))
    assert numbers(everything(*compiled)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_is_recorded(loss, strict):
    data, outputs, function = LOSSES[loss]
    eager, compiled = (trained(e, data, outputs, function, strict=strict) for e in ("eager", "native"))
    assert compiled[2].engine == "native"
    assert numbers(everything(*compiled)) == pytest.approx(numbers(everything(*eager)), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("batch_size", [1, 5, 23, 100])
def test_a_last_batch_may_be_shorter_and_a_batch_larger_than_the_data(batch_size):
    eager, compiled = (trained(e, batch_size=batch_size, strict=True) for e in ("eager", "native"))
    assert everything(*compiled) == everything(*eager)


def test_training_can_go_on_with_another_engine():
    def twice(first):
        model, rule, history = trained(first, strict=True)
        return trained("eager", model=model, optimizer=lambda _: rule, history=history)

    assert everything(*twice("native")) == everything(*twice("eager"))
    assert len(twice("native")[2].epochs) == 8


def test_a_metric_of_the_users_gets_values():
    seen = []

    def metric(scores, labels):
        seen.append(type(scores[0][0]))
        return 0.5

    assert trained("native", metric=metric)[2].epochs[0].metric == 0.5
    assert set(seen) == {Value}


# -- what is not recorded ----------------------------------------------------------------------------------------------


class Reading(Module):
    """A model that reads a number while it runs."""

    def __init__(self, read):
        self.w, self.read = Value(0.5), read

    def forward(self, x):
        return self.read(self.w) * x[0]


def plain(model):
    return SGD(model.parameters(), lr=0.01)


def balanced(scores, labels):
    """Be a mean over rows where a batch has as many of either class, as the first ones have."""
    ones = sum(labels)
    weights = [0.5 / (ones if y else len(labels) - ones) for y in labels]
    return autograd.sum([w * (s - y) ** 2 for w, s, y in zip(weights, scores, labels, strict=True)])


REASONS = {
    "it reads .data": (Reading(lambda w: w * w.data), mse_loss, r"\.data"),
    "it branches": (Reading(lambda w: w if w > 0 else -w), mse_loss, "cannot branch"),
    "it draws": (Reading(lambda w: w * random.random()), mse_loss, "draws random numbers"),
    "the loss weighs classes": (Reading(lambda w: w), balanced, "not the mean of the losses of its rows"),
    "the loss is no mean": (
        Reading(lambda w: w), lambda s, y: mse_loss(s, y) * mse_loss(s, y), "not the mean of the losses of its rows",
    ),
}  # fmt: skip


def test_a_sum_is_told_from_a_mean_by_its_gradient_where_a_large_constant_hides_the_loss():
    with pytest.warns(UserWarning, match="not the mean of the losses of its rows"):
        history = trained("native", *LOSSES["mse"][:2], lambda s, y: 1e9 + 0.01 * autograd.sum(s))[2]
    assert history.engine == "eager"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shift", [0.0, 1e-15])
def test_a_model_whose_gradient_is_rounding_alone_is_compiled(engine, shift):
    rows = [[0.1 * k, 0.3 * k] for k in range(20)]
    data = Dataset("exact", rows, list(range(20)))
    model = MLP(2, [1], seed=1)
    model.load_state_dict(dict(zip(model.state_dict(), [1.0 + shift, 3.0, 0.0], strict=True)))  # 0.1 k + 0.9 k is k
    assert trained(engine, data, 1, mse_loss, model=model, optimizer=plain, epochs=1)[2].engine == engine


@pytest.mark.parametrize("why", REASONS)
def test_what_cannot_be_recorded_is_trained_on_values_and_says_why(why):
    model, loss, sentence = REASONS[why]
    with pytest.warns(UserWarning, match=f"training runs on Values, uncompiled: .*{sentence}"):
        history = trained("native", LOSSES["mse"][0], model=model, loss=loss, optimizer=plain)[2]
    assert history.engine == "eager" and len(history.epochs) == 4


def test_a_loss_that_reads_parameters_past_the_model_is_not_frozen():
    model = MLP(2, [3, 1], seed=1)
    penalty = lambda: autograd.sum([p * p for p in model.parameters()]) * 0.1  # noqa: E731
    with pytest.warns(UserWarning, match="reads a parameter that is not reached through the model"):
        history = trained("native", *LOSSES["mse"][:2], lambda s, y: mse_loss(s, y) + penalty(), model=model)[2]
    assert history.engine == "eager"


def test_a_model_that_drew_random_numbers_finds_the_generator_as_it_was():
    random.seed(5)
    expected = random.Random(5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trained("native", LOSSES["mse"][0], model=Reading(lambda w: w * (1 + random.random())), loss=mse_loss,
                optimizer=plain, epochs=1, batch_size=20)  # fmt: skip
    drawn = [expected.random() for _ in range(200)]
    assert random.random() in drawn


def test_a_model_that_draws_and_cannot_be_recorded_draws_what_it_would_have_drawn_on_values():
    def draw(engine):
        random.seed(5)
        model = Reading(lambda w: w * w.data * random.random())
        return trained(engine, LOSSES["mse"][0], model=model, loss=mse_loss, optimizer=plain)[2].epochs

    with pytest.warns(UserWarning, match="uncompiled"):
        compiled = draw("native")
    assert compiled == draw("eager")


class Counting(Module):
    """A model that keeps something from call to call, in itself and in parts of it."""

    def __init__(self, keep, **attributes):
        self.w, self.keep = Value(0.5), keep
        for name, value in attributes.items():
            setattr(self, name, value)

    def forward(self, x):
        return self.w * x[0] * self.keep(self)


def counted(model):
    model.calls += 1
    return 1.0 if model.calls < 40 else 0.5  # not yet while the first rows are tried


def counted_below(model):
    model.parts[0]["calls"].append(1)
    return 1.0 + len(model.parts[0]["calls"]) * 1e-12


def averaged(model):
    model.mean *= 0.999
    return float(model.mean[0])


def first_called(model):
    model.__dict__.setdefault("scale", 0.5)
    return model.scale


KEEPING = {
    "a number": (counted, {"calls": 0}, "changes its own attribute 'calls'"),
    "a list in a dict in a list": (counted_below, {"parts": [{"calls": []}]}, r"attribute 'parts\.0\.calls\.0'"),
    "an array": (averaged, {"mean": "array"}, "changes its own attribute 'mean'"),
    "a new attribute": (first_called, {}, "changes its own attribute 'scale'"),
    "Python's generator": (
        lambda m: 1 + m.rng.random(), {"rng": "Random"}, "draws random numbers from its own 'rng'",
    ),
    "NumPy's generator": (
        lambda m: 1 + float(m.rng.random()), {"rng": "default_rng"}, "draws random numbers from its own 'rng'",
    ),
    "NumPy's old generator": (
        lambda m: 1 + float(m.rng.normal()), {"rng": "RandomState"}, "draws random numbers from its own 'rng'",
    ),
    "an object with a generator": (
        lambda m: 1 + m.noise.rng.random(), {"noise": "object"}, "draws random numbers from its own 'noise.rng'",
    ),
    "NumPy's shared generator": (lambda m: 1 + numpy().random.random(), {}, "draws random numbers"),
}  # fmt: skip


def numpy():
    return pytest.importorskip("numpy")


MADE = {
    "array": lambda: numpy().ones(3),
    "Random": lambda: random.Random(3),
    "default_rng": lambda: numpy().random.default_rng(3),
    "RandomState": lambda: numpy().random.RandomState(3),
    "object": lambda: SimpleNamespace(rng=random.Random(3)),
}


@pytest.mark.parametrize("what", KEEPING)
def test_a_model_that_keeps_something_from_call_to_call_is_trained_as_on_values_and_says_what(what):
    keep, attributes, sentence = KEEPING[what]

    def run(engine):
        numpy().random.seed(5)
        given = {name: MADE[x]() if isinstance(x, str) else deepcopy(x) for name, x in attributes.items()}
        return everything(*trained(engine, LOSSES["mse"][0], loss=mse_loss, model=Counting(keep, **given)))

    with pytest.warns(UserWarning, match=f"uncompiled: .*{sentence}"):
        found = run("native")
    assert found == run("eager")


def test_a_trial_leaves_no_trace_in_a_model_that_is_compiled():
    def show(model):
        model.last, model.seen[model.w] = model.w * 2, model.w  # Values: to look at, and nothing is made of them
        return 1.0

    model = Counting(show, last=None, seen={})
    model.w.grad = 7.0
    history = trained("native", LOSSES["mse"][0], loss=mse_loss, model=model, optimizer=plain)[2]
    assert history.engine == "native"
    assert (model.last, model.seen) == (None, {})


def test_parameters_that_are_not_trained_keep_their_gradients_through_a_trial():
    model = Counting(lambda m: 1.0 if m.v.data else 0.0, v=Value(2.0))
    model.v.grad = 7.0
    with pytest.warns(UserWarning, match="uncompiled"):
        trained("native", LOSSES["mse"][0], loss=mse_loss, model=model, optimizer=lambda m: SGD([m.w], lr=0.01))
    assert model.v.grad == 7.0


def test_little_work_is_done_on_values():
    history = trained("auto")[2]
    assert history.engine == "eager" and "so little work" in history.reason


def test_an_unknown_engine_is_refused():
    with pytest.raises(ValueError, match="unknown engine 'fast'"):
        trained("fast")


class Halving(Optimizer):
    """An optimiser with an update of its own."""

    def update(self, values, gradients):
        return [x - 0.5 * self.lr * g for x, g in zip(values, gradients, strict=True)], self.state


@pytest.mark.parametrize("engine", ENGINES)
def test_an_optimiser_without_a_rule_moves_the_parameters_itself(engine):
    compiled, eager = (
        trained(e, optimizer=lambda m: Halving(m.parameters(), 0.1), strict=True) for e in (engine, "eager")
    )
    assert compiled[2].engine == engine
    assert compiled[0].state_dict() == eager[0].state_dict()


class Clamped(SGD):
    """An optimiser whose steps do more than its rule."""

    def step(self):
        super().step()
        for p in self.parameters:
            p.data = max(-0.5, min(0.5, p.data))


class Own(Optimizer):
    """An optimiser whose rule is a function of its own."""

    def __init__(self, parameters, rule):
        super().__init__(parameters, lr=0.1)
        self.own = rule

    def rule(self, x, g, slots, shared):
        return (self.own(self, x, g),)


CHOICES = {
    "it does more": lambda m: Clamped(m.parameters(), lr=0.5),
    "it has some of the parameters": lambda m: SGD(m.parameters()[3:], lr=0.1, momentum=0.9),
    "it has them in another order": lambda m: SGD(m.parameters()[::-1], lr=0.1, momentum=0.9),
    "its rule reads the learning rate": lambda m: Own(m.parameters(), lambda o, x, g: x - o.lr * g),
    "its rule reads the steps": lambda m: Own(m.parameters(), lambda o, x, g: x - g / (10 + o.state["steps"])),
    "its rule branches": lambda m: Own(m.parameters(), lambda o, x, g: x - 0.1 * (g if g > 0 else 0.5 * g)),
    "its rule calls math": lambda m: Own(m.parameters(), lambda o, x, g: x - math.copysign(0.01, g)),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("choice", CHOICES)
def test_what_an_optimiser_does_besides_a_rule_for_all_parameters_is_done(choice, engine):
    options = {"optimizer": CHOICES[choice], "strict": True, "schedule": lambda share: 1 - share}
    compiled, eager = (trained(e, **options) for e in (engine, "eager"))
    assert compiled[2].engine == engine
    assert compiled[0].state_dict() == eager[0].state_dict()
    assert compiled[1].state_dict() == eager[1].state_dict()


# -- training that ends badly ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers_that_run_away_end_training_with_the_sentence_of_values(engine):
    def run(engine):
        model = MLP(2, [4, 1], activation="relu", seed=1)
        with pytest.raises(NonFiniteError) as caught:
            trained(
                engine,
                *LOSSES["mse"][:3],
                model=model,
                optimizer=lambda m: SGD(m.named_parameters(), lr=1e6),
                epochs=90,
            )
        return str(caught.value), model.state_dict()

    (sentence, state), (expected, weights) = run(engine), run("eager")
    assert sentence == expected
    assert list(state.values()) == pytest.approx(list(weights.values()), rel=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("loss", [lambda s, y: autograd.exp(1e3 + mse_loss(s, y)), lambda s, y: 1e308 * (s[0] + 1e9)])
def test_a_loss_that_overflows_at_once_ends_with_the_sentence_of_values(engine, loss):
    def run(engine):
        with warnings.catch_warnings(), pytest.raises(NonFiniteError) as caught:
            warnings.simplefilter("ignore")
            trained(engine, *LOSSES["mse"][:2], loss=loss)
        return str(caught.value)

    assert run(engine) == run("eager")
    assert run(engine).endswith("(epoch 1); a learning rate below 0.05 may help")


@pytest.mark.parametrize("engine", ENGINES)
def test_an_operation_that_leaves_its_domain_raises_as_on_values(engine):
    steep = Dataset("steep", [[1.0]] * 8, [3] * 8)

    def run(engine):
        model = Reading(lambda w: -autograd.log(w))
        with pytest.raises(DomainError, match="log: x must be > 0") as caught:
            trained(
                engine, steep, model=model, loss=mse_loss, optimizer=lambda m: SGD(m.parameters(), lr=0.2), strict=True
            )
        return str(caught.value), model.w.data

    assert run(engine) == run("eager")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_loss_that_runs_away_leaves_the_best_weights(engine):
    def run(engine):
        with pytest.warns(DivergenceWarning):
            model, rule, history = trained(
                engine, *LOSSES["mse"], optimizer=lambda m: SGD(m.parameters(), lr=1e6), epochs=9, strict=True
            )
        assert history.outcome == "diverged" and model.state_dict() == history.best
        return everything(model, rule, history)

    assert run(engine) == run("eager")


def test_ctrl_c_while_compiling_returns_and_leaves_the_weights(monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("nn.steps.Recording", interrupt)
    model, optimizer, history = trained("native")
    assert (history.outcome, history.epochs, optimizer.state["steps"]) == ("interrupted", [], 0)
    assert model.state_dict() == history.best == MLP(2, [5, 3], activation="tanh", seed=1).state_dict()


def test_the_warning_that_nothing_is_compiled_points_at_the_call_of_fit():
    model, data = Reading(lambda w: w if w > 0 else -w), LOSSES["mse"][0]
    with pytest.warns(UserWarning, match="uncompiled") as caught:
        fit(model, data, loss=mse_loss, optimizer=plain(model), engine="native", epochs=1)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("step", [0, 3, 9])
def test_ctrl_c_leaves_whole_steps(monkeypatch, step):
    class Bar:
        def __init__(self):
            self.left = step

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            pass

        def set_postfix(self, **values):
            pass

        def update(self):
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt

    monkeypatch.setattr("nn.train._bar", lambda steps, progress: Bar())
    model, optimizer, history = trained("native", strict=True)
    assert history.outcome == "interrupted"
    taken = optimizer.state["steps"]
    assert taken >= step + 1
    monkeypatch.undo()
    again = MLP(2, [5, 3], activation="tanh", seed=1)
    rule = Adam(again.named_parameters(), lr=0.05)
    whole = trained("eager", model=again, optimizer=lambda m: rule, epochs=math.ceil(taken / 4))
    if taken % 4 == 0:
        assert model.state_dict() == whole[0].state_dict()
