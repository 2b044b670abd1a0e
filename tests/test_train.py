"""Training: reproducible, and whatever ends it loses nothing."""

import builtins
import contextlib
import gc
import io
import math
import sys
import warnings

import pytest
from interrupts import interrupted_at

import autograd
from autograd.errors import NonFiniteError
from nn import (
    MLP,
    SGD,
    Adam,
    Dataset,
    DivergenceWarning,
    History,
    accuracy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    fit,
    make_moons,
    make_xor,
    mse_loss,
)

LINE = Dataset("line", [[0.0], [1.0], [2.0], [3.0]], [0, 1, 2, 3])


def moons(seed=0, **options):
    model = MLP(2, [6, 1], activation="tanh", init="xavier", seed=seed)
    options = {"epochs": 3, "batch_size": 8, "optimizer": Adam(model.named_parameters(), lr=0.05), **options}
    history = fit(model, make_moons(60, seed=1), loss=binary_cross_entropy_with_logits, **options)
    return model, history


def line(lr, loss=mse_loss, **options):
    """Return a linear model, and a call that trains it on y = x."""
    model = MLP(1, [1], seed=1)
    optimizer = SGD(model.named_parameters(), lr=lr)
    options = {"epochs": 10, "batch_size": 2, **options}
    return model, lambda: fit(model, LINE, loss=loss, optimizer=optimizer, **options)


def raising(error, at):
    """Return a loss that raises `error` at its call number `at`."""
    calls = iter(range(10**6))

    def loss(scores, labels):
        if next(calls) == at:
            raise error
        return mse_loss(scores, labels)

    return loss


# -- what training does ------------------------------------------------------------------------------------------------


def test_training_lowers_the_loss_and_raises_the_metric():
    _, history = moons(epochs=40)
    assert history.epochs[-1].loss < 0.5 * history.epochs[0].loss
    assert history.epochs[-1].metric > history.epochs[0].metric
    assert history.outcome == "finished"


def test_the_same_seed_gives_the_same_bits():
    # FAULTS L13
    (first, a), (second, b) = moons(seed=4), moons(seed=4)
    assert first.state_dict() == second.state_dict()
    assert a == b


def test_the_order_of_the_rows_depends_on_the_seed_of_the_call():
    def order(seed):
        seen = []
        _, train = line(0.0, lambda s, t: (seen.extend(t), mse_loss(s, t))[1], epochs=3, seed=seed)
        train()
        return seen

    assert order(1) == order(1) != order(2)
    assert order(1)[:4] != order(1)[4:8] or order(1)[4:8] != order(1)[8:]  # another order in every epoch


def test_one_full_batch_is_a_step_of_gradient_descent():
    model, train = line(0.05, epochs=1, batch_size=4)
    w, b = model.parameters()
    errors = [w.data * x + b.data - x for x in range(4)]
    expected = [w.data - 0.05 * sum(e * x for x, e in enumerate(errors)) / 2, b.data - 0.05 * sum(errors) / 2]
    history = train()
    assert [w.data, b.data] == pytest.approx(expected)
    assert history.epochs[0].loss == pytest.approx(sum(e * e for e in errors) / 4)


def test_the_history_is_plain_numbers():
    # FAULTS R2
    _, history = moons()
    assert [type(x) for x in history.epochs[0]] == [int, float, float, float]
    assert {type(x) for x in history.best.values()} == {float}
    assert history.columns()["epoch"] == [1, 2, 3]


def test_the_mean_over_an_epoch_weighs_batches_by_their_rows():
    model, train = line(0.0, epochs=1, batch_size=3, metric=lambda scores, labels: float(len(labels)))
    history = train()
    losses = [(model([float(x)]).data - x) ** 2 for x in range(4)]
    assert history.epochs[0].loss == pytest.approx(sum(losses) / 4)
    assert history.epochs[0].metric == (3 * 3 + 1 * 1) / 4


def test_a_schedule_sets_the_rate_of_each_epoch_and_the_rate_is_put_back():
    model = MLP(2, [1], seed=1)
    optimizer = SGD(model.parameters(), lr=0.5)
    options = {"loss": binary_cross_entropy_with_logits, "optimizer": optimizer, "epochs": 4}
    history = fit(model, make_xor(), schedule=lambda done: 1 - done, **options)
    assert history.columns()["rate"] == [0.5, 0.375, 0.25, 0.125]
    assert optimizer.lr == 0.5


def test_a_history_given_is_continued():
    _, first = moons(epochs=2)
    history = History(list(first.epochs), dict(first.best))
    _, again = moons(epochs=2, history=history)
    assert again is history
    assert history.columns()["epoch"] == [1, 2, 3, 4]


def test_the_best_weights_are_those_the_lowest_loss_was_measured_on():
    model, train = line(0.05, batch_size=4)
    history = train()
    model.load_state_dict(history.best)
    measured = mse_loss([model(row) for row in LINE.X], LINE.y).data
    assert measured == pytest.approx(history.best_loss) == min(history.columns()["loss"])


def test_several_outputs_train_with_cross_entropy():
    data = Dataset("sides", [[-1.0], [-2.0], [1.0], [2.0]], [0, 0, 1, 1])
    model = MLP(1, [2], seed=1)
    history = fit(model, data, loss=cross_entropy, optimizer=SGD(model.parameters(), lr=1.0), epochs=20)
    assert history.epochs[-1].metric == 1.0


def test_the_collector_is_as_it_was_afterwards():
    for state in (gc.enable, gc.disable):
        state()
        try:
            before = gc.isenabled()
            moons(epochs=1)
            with contextlib.suppress(ZeroDivisionError):
                line(0.1, raising(ZeroDivisionError(), 1))[1]()
            assert gc.isenabled() == before
        finally:
            gc.enable()


# -- bad ends ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_training_with_the_best_weights(bad):
    # FAULTS L11
    history, calls = History(), iter(range(100))
    model, train = line(0.05, lambda s, t: mse_loss(s, t) * (bad if next(calls) == 5 else 1.0), history=history)
    with pytest.raises(NonFiniteError, match=rf"the loss is {bad} \(epoch 3\); a learning rate below 0\.05 may help"):
        train()
    assert model.state_dict() == history.best
    assert len(history.epochs) == 2


def test_a_gradient_that_is_not_finite_stops_training_by_its_name():
    # FAULTS L10
    model, train = line(0.05, lambda s, t: mse_loss(s, t) + autograd.sqrt(0 * s[0]))  # 0 times the slope infinity
    before = model.state_dict()
    with pytest.raises(NonFiniteError, match=r"parameter 0 \(layers\.0\.neurons\.0\.w\.0\) is nan"):
        train()
    assert model.state_dict() == before


def test_numbers_beyond_the_floats_stop_training():
    # FAULTS L11: a rate far too large
    model, train = line(1e200)
    with pytest.raises(NonFiniteError, match="a learning rate below 1e\\+200 may help"):
        train()
    assert all(math.isfinite(x) for x in model.state_dict().values())


def test_a_loss_that_runs_away_stops_training_with_the_best_weights():
    # FAULTS L11
    model, train = line(3.0, epochs=60)
    with pytest.warns(DivergenceWarning, match="a learning rate below 3 may help"):
        history = train()
    assert history.outcome == "diverged"
    assert len(history.epochs) < 60
    assert model.state_dict() == history.best


def test_the_warning_that_the_loss_ran_away_points_at_the_call_of_fit():
    model = MLP(1, [1], seed=1)
    with pytest.warns(DivergenceWarning) as caught:
        fit(model, LINE, loss=mse_loss, optimizer=SGD(model.parameters(), lr=3.0), epochs=60, batch_size=2)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("size, outcome", [(0.1, "finished"), (10.0, "diverged")])
def test_only_a_loss_above_the_first_has_run_away(size, outcome):
    # A loss near 0 may jump a thousandfold: that alone is no divergence.
    sizes = iter([1.0, 1e-9, size, size, size, size])
    _, train = line(0.0, lambda s, t: next(sizes) * mse_loss(s, t), epochs=6, batch_size=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)
        assert train().outcome == outcome


@pytest.mark.parametrize("at, steps", [(0, 0), (1, 1), (5, 5)])
def test_ctrl_c_leaves_the_weights_of_the_last_complete_step(at, steps):
    # FAULTS L12
    interrupted, train = line(0.05, raising(KeyboardInterrupt(), at))
    history = train()
    seen = []
    reference, train = line(0.05, lambda s, t: (seen.append(reference.state_dict()), mse_loss(s, t))[1])
    train()
    assert interrupted.state_dict() == seen[steps]
    assert history.outcome == "interrupted"
    assert len(history.epochs) == steps // 2


@pytest.mark.parametrize("last, latest", [(0.1, True), (10.0, False)])
def test_ctrl_c_keeps_the_best_weights(last, latest):
    # FAULTS L12: the latest while the loss falls, otherwise those the lowest loss was measured on
    sizes = iter([1.0, 1.0, 1.0, 1.0, last])

    def loss(scores, labels):
        size = next(sizes, None)
        if size is None:
            raise KeyboardInterrupt
        return size * mse_loss(scores, labels)

    model, train = line(0.01, loss)
    history = train()
    assert len(history.epochs) == 2
    assert (history.best == model.state_dict()) == latest


def test_ctrl_c_before_the_first_epoch_keeps_the_weights_as_the_best():
    # FAULTS L12
    model, train = line(0.05, raising(KeyboardInterrupt(), 1))
    assert train().best == model.state_dict()


def test_ctrl_c_at_any_moment_leaves_the_weights_of_a_complete_step():
    # FAULTS L12: at every 211th opcode of the whole training
    seen = []
    reference, train = line(0.05, lambda s, t: (seen.append(reference.state_dict()), mse_loss(s, t))[1], epochs=2)
    train()
    complete = [*seen, reference.state_dict()]
    k, outcome = 0, ""
    while outcome != "finished":
        model, train = line(0.05, epochs=2, progress=False)  # an import would swallow an interrupt now and then
        k, result = k + 211, []
        escaped = interrupted_at(k, lambda run=train, out=result: out.append(run()))
        outcome = result[0].outcome if result else "escaped" if escaped else "none"
        assert model.state_dict() in complete, f"torn at opcode {k}"
        assert gc.isenabled()
    assert k > 10_000


@pytest.mark.parametrize("error", [ZeroDivisionError, TypeError])
def test_any_other_error_passes_through(error):
    _, train = line(0.05, raising(error("own"), 3))
    with pytest.raises(error, match="own"):
        train()


@pytest.mark.parametrize("epochs", [0, -1, 2.0, True, "3"])
def test_an_impossible_number_of_epochs_is_refused(epochs):
    # FAULTS L15
    model, train = line(0.05, epochs=epochs)
    before = model.state_dict()
    with pytest.raises(ValueError, match="epochs must be an int >= 1"):
        train()
    assert model.state_dict() == before


@pytest.mark.parametrize("size", [0, -1, 2.0, True])
def test_an_impossible_batch_size_is_refused(size):
    # FAULTS L15
    with pytest.raises((ValueError, TypeError), match="batch_size must be"):
        line(0.05, batch_size=size)[1]()


# -- the bar -----------------------------------------------------------------------------------------------------------


def test_the_bar_shows_loss_metric_and_rate():
    pytest.importorskip("tqdm")
    with contextlib.redirect_stderr(io.StringIO()) as shown:
        moons(progress=True)
    assert all(word in shown.getvalue() for word in ("loss=", "metric=", "rate=0.05", "24/24"))


@pytest.mark.parametrize("progress", [None, False])
def test_there_is_no_bar_without_a_terminal(progress):
    with contextlib.redirect_stderr(io.StringIO()) as shown, contextlib.redirect_stdout(shown):
        moons(progress=progress)
    assert shown.getvalue() == ""


def test_training_works_without_tqdm(monkeypatch):
    real = builtins.__import__

    def without(module, *rest):
        if module.startswith("tqdm"):
            raise ImportError(module)
        return real(module, *rest)

    for name in [name for name in sys.modules if name.startswith("tqdm")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    _, history = moons(progress=True)
    assert len(history.epochs) == 3


def test_the_metric_defaults_to_accuracy():
    model = MLP(2, [1], seed=1)
    data = make_moons(20)
    expected = accuracy([model(row) for row in data.X], data.y)
    history = fit(model, data, loss=mse_loss, optimizer=SGD(model.parameters(), lr=0.0), epochs=1)
    assert history.epochs[0].metric == pytest.approx(expected)
