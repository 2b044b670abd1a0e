"""What fit is given by mistake ends in a sentence that says what is allowed."""

import math

import pytest

import autograd
from autograd.errors import ShapeError
from nn import (
    MLP,
    SGD,
    Adam,
    Dataset,
    binary_cross_entropy_with_logits,
    cross_entropy,
    fit,
    hinge_loss,
    make_moons,
    mse_loss,
)

MOONS = make_moons(20)
THREE = Dataset("three", [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 2])


def fitted(outputs=1, data=MOONS, **options):
    model = MLP(2, [3, outputs], activation="tanh", seed=1)
    options = {"loss": mse_loss, "optimizer": SGD(model.parameters(), lr=0.1), "epochs": 1, **options}
    return fit(model, data, progress=False, **options)


WRONG = {
    "data that are a pair": ({"data": (MOONS.X, MOONS.y)}, r"got tuple: write Dataset\(name, X, y\)"),
    "the name of a loss": ({"loss": "mse"}, r"loss must be one of nn's \(mse_loss, .*cross_entropy\) .*, got 'mse'"),
    "the name of an optimizer": ({"optimizer": "adam"}, r"or Adam\(model.parameters\(\), lr=0.02\), got 'adam'"),
    "a class of optimizers": ({"optimizer": Adam}, r"Adam\(model.parameters\(\), lr=0.02\), got the class Adam"),
    "the name of a metric": ({"metric": "accuracy"}, "metric must be a function such as nn.accuracy, got 'accuracy'"),
    "a loss that returns a list": ({"loss": lambda p, y: p}, "must return one Value for the batch, .*, got list"),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_argument_of_the_wrong_kind_is_told_what_is_allowed(what):
    options, sentence = WRONG[what]
    with pytest.raises(TypeError, match=sentence):
        fitted(**options)


def test_a_model_that_is_a_function_is_refused():
    with pytest.raises(TypeError, match=r"model must be a Module, .* got function"):
        fit(lambda x: x[0], MOONS, loss=mse_loss, optimizer=SGD([autograd.Value(1.0)]))


def test_an_optimizer_of_another_model_is_refused_where_it_would_train_nothing():
    other = MLP(2, [3, 1], seed=1)
    with pytest.raises(
        ValueError, match=r"holds none of this model's parameters.* SGD\(model.parameters\(\), \.\.\.\)"
    ):
        fitted(optimizer=SGD(other.parameters(), lr=0.1))


@pytest.mark.parametrize("engine", ["eager", "native"])
@pytest.mark.parametrize("loss", [lambda p, y: (p - y) ** 2, lambda p, y: autograd.abs(p), lambda p, y: p.exp() * y])
def test_a_loss_of_one_prediction_is_told_that_it_gets_a_batch(engine, loss):
    with pytest.raises(
        TypeError, match=r"two lists.* autograd.mean\(\[f\(p, y\) for p, y in zip\(outputs, labels\)\]\)"
    ):
        fitted(loss=loss, engine=engine)


def test_what_a_loss_raises_that_takes_no_single_prediction_either_is_its_own():
    with pytest.raises(TypeError, match=r"^must be real number, not list$"):
        fitted(loss=lambda p, y: math.exp(y))


def test_what_a_loss_raises_that_does_not_speak_of_lists_is_its_own():
    def loss(outputs, labels):
        if isinstance(outputs, list):
            raise TypeError("own")
        return outputs

    with pytest.raises(TypeError, match=r"^own$"):
        fitted(loss=loss)


OUTPUTS = {
    "cross entropy of one output": (1, MOONS, cross_entropy, "each class, the model puts out one number"),
    "cross entropy of too few": (2, THREE, cross_entropy, "puts out 2 and there is a class 2: .* at least 3"),
    "a binary loss of two": (2, MOONS, binary_cross_entropy_with_logits, "puts out a list of 2: .* take cross_entropy"),
    "a squared error of two": (2, MOONS, mse_loss, "mse_loss needs one number for each row"),
    "a hinge of two": (2, MOONS, hinge_loss, "hinge_loss needs one number for each row"),
}


@pytest.mark.parametrize("engine", ["eager", "native"])
@pytest.mark.parametrize("what", OUTPUTS)
def test_a_wrong_number_of_outputs_says_what_the_model_puts_out_and_what_the_loss_needs(what, engine):
    outputs, data, loss, sentence = OUTPUTS[what]
    with pytest.raises(ShapeError, match=sentence):
        fitted(outputs, data, loss=loss, engine=engine)


def test_a_batch_of_two_is_not_taken_for_one_example_with_its_probabilities():
    pair = Dataset("pair", [[0.0, 1.0], [1.0, 0.0]], [0, 1])
    with pytest.raises(ShapeError, match="the model puts out one number"):
        fitted(1, pair, loss=cross_entropy)


def test_the_hinge_loss_trains_as_the_documentation_of_fit_writes_it():
    loss = lambda scores, labels: hinge_loss(scores, [2 * y - 1 for y in labels])  # noqa: E731
    history = fitted(loss=loss, epochs=30)
    assert history.epochs[-1].loss < history.epochs[0].loss
