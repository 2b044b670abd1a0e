"""The exception tree: each error is the project's own and the built-in one a Python reader would catch."""

import inspect
import pickle

import pytest

import autograd
from autograd import Value, errors

TREE = {
    errors.DomainError: ValueError,
    errors.OutOfRangeError: IndexError,
    errors.DivisionByZeroError: ZeroDivisionError,
    errors.FloatOverflowError: OverflowError,
    errors.NonFiniteError: FloatingPointError,
    errors.GraphError: RuntimeError,
    errors.StaleGraphError: RuntimeError,
    errors.TraceError: RuntimeError,
    errors.ShapeError: ValueError,
    errors.CheckpointError: ValueError,
    errors.CheckError: AssertionError,
    errors.GradcheckError: AssertionError,
}


def name(x):
    return getattr(x, "__name__", None)


def test_the_tree_is_complete():
    found = {cls for _, cls in inspect.getmembers(errors, inspect.isclass)}
    assert found == {errors.AutogradError, *TREE}


@pytest.mark.parametrize("error, builtin", TREE.items(), ids=name)
def test_an_error_is_ours_and_a_builtin_one(error, builtin):
    assert issubclass(error, errors.AutogradError) and issubclass(error, builtin)
    assert str(error("a sentence")) == "a sentence"


@pytest.mark.parametrize("error", TREE, ids=name)
def test_an_error_can_be_sent_between_processes(error):
    again = pickle.loads(pickle.dumps(error("a sentence")))
    assert (type(again), str(again)) == (error, "a sentence")


def test_a_stale_graph_is_a_graph_error():
    assert issubclass(errors.StaleGraphError, errors.GraphError)


@pytest.mark.parametrize("error", [errors.AutogradError, *TREE], ids=name)
def test_every_error_says_what_it_is_for(error):
    assert error.__doc__.endswith(".")
    assert error.__name__ in errors.__doc__


RAISED = [
    (lambda: autograd.log(-1.0), errors.DomainError, "log: x must be > 0, got -1.0"),
    (lambda: Value(1.0) / 0, errors.DivisionByZeroError, "division by zero: 1.0 / 0.0"),
    (
        lambda: Value(1.0, label="a") / Value(0.0, label="b"),
        ZeroDivisionError,
        "division by zero: 1.0 ('a') / 0.0 ('b')",
    ),
    (lambda: autograd.exp(1000), errors.FloatOverflowError, "exp(1000.0) overflows"),
    (lambda: autograd.sinh(Value(1e3)), OverflowError, "sinh(1000.0) overflows"),
    (lambda: autograd.max([]), errors.ShapeError, "max: expected at least one value, got an empty list"),
    (lambda: Value("1"), TypeError, "Value data must be a real number, got str"),
    (lambda: Value(1.0) + None, TypeError, "the operand of + must be a real number, got NoneType"),
    (lambda: Value(1.0).backward(float("nan")), ValueError, "seed must be finite, got nan"),
]


@pytest.mark.parametrize("call, error, message", RAISED, ids=[message for _, _, message in RAISED])
def test_a_message_says_what_was_given_and_what_is_allowed(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


def test_the_cause_in_the_formula_is_not_shown():
    # one sentence, no chain of "During handling of the above exception"
    with pytest.raises(errors.DomainError) as caught:
        Value(-1.0).log()
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
