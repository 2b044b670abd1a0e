"""Names of a table: found, or refused with the known ones."""

import pytest

from nn import ACTIVATIONS, DATASETS, INITIALISERS, LOSSES, MLP, OPTIMIZERS, load_dataset, mse_loss
from nn.choices import choose


@pytest.mark.parametrize("table", [ACTIVATIONS, DATASETS, INITIALISERS, LOSSES, OPTIMIZERS])
def test_an_unknown_name_is_refused_with_the_known_ones(table):
    with pytest.raises(ValueError, match=r"unknown thing 'nosuch'") as caught:
        choose("thing", "nosuch", table)
    assert all(name in str(caught.value) for name in table)


@pytest.mark.parametrize("name", [None, 3, ["relu"], {}])
def test_a_name_that_is_no_text_is_refused_alike(name):
    with pytest.raises(ValueError, match="unknown thing"):
        choose("thing", name, ACTIVATIONS)


@pytest.mark.parametrize(
    "call, known",
    [
        (lambda: MLP(2, [2], output="gauss"), "relu"),
        (lambda: MLP(2, [2], init="zeros"), "xavier"),
        (lambda: load_dataset("mnist"), "digits"),
        (lambda: mse_loss([1.0, 2.0], [1.0, 2.0], reduction="none"), "mean, sum"),
    ],
)
def test_every_table_is_asked_by_name(call, known):
    with pytest.raises(ValueError, match=known):
        call()
