"""Data: what the sets contain, and that splitting, scaling and batching lose and leak nothing."""

import builtins
import math
import random

import numpy as np
import pytest

from autograd.errors import ShapeError
from nn import (
    DATASETS,
    Dataset,
    Scaling,
    batches,
    load_dataset,
    make_circles,
    make_moons,
    make_spirals,
    make_xor,
    split,
    standardise,
)
from nn.data import shuffled

SIZES = {"digits": (1797, 64, 10), "iris": (150, 4, 3), "wine": (178, 13, 3), "breast_cancer": (569, 30, 2)}
GENERATED = [make_moons, make_circles, make_spirals]


# -- data sets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIZES)
def test_a_real_data_set_has_its_size(name):
    pytest.importorskip("sklearn")
    data = load_dataset(name)
    assert (len(data), len(data.features), len(data.classes)) == SIZES[name]


def test_digits_are_scaled_to_one():
    pytest.importorskip("sklearn")
    rows = load_dataset("digits").X
    assert {min(map(min, rows)), max(map(max, rows))} == {0.0, 1.0}


@pytest.mark.parametrize("name", SIZES)
def test_a_missing_scikit_learn_is_said_in_one_sentence(name, monkeypatch):
    real = builtins.__import__

    def without(module, *rest):
        if module.startswith("sklearn"):
            raise ImportError(module)
        return real(module, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=rf"{name} comes with scikit-learn: pip install .glassgrad\[all\]"):
        load_dataset(name)


@pytest.mark.parametrize("make", GENERATED)
def test_the_same_seed_gives_the_same_points(make):
    assert make(50, seed=3) == make(50, seed=3)
    assert make(50, seed=3) != make(50, seed=4)


@pytest.mark.parametrize("make", GENERATED)
def test_the_global_generator_is_left_alone(make):
    # FAULTS L13
    before = random.getstate()
    make(50)
    assert random.getstate() == before


@pytest.mark.parametrize("make", GENERATED)
@pytest.mark.parametrize("n", [2, 3, 51])
def test_the_two_classes_share_the_points(make, n):
    data = make(n)
    assert len(data) == n
    assert data.y.count(0) - data.y.count(1) in (0, 1)


def test_points_of_a_seed_are_the_same_on_every_python():
    # FAULTS L13; the last digit may differ with the C library's logarithm and cosine
    # 1 + sqrt(-2 ln(1 - 0.13436...)) cos(2 pi 0.84743...): Box & Muller on the first numbers of Random(1)
    assert make_moons(2, noise=1.0, seed=1).X[0] == pytest.approx([1.30870889208024, -0.05409715486610], abs=1e-13)


def test_without_noise_the_shapes_are_exact():
    moons, circles = make_moons(20, noise=0.0), make_circles(20, noise=0.0, factor=0.25)
    for (x, y), label in zip(moons.X, moons.y, strict=True):
        assert math.hypot(x - label, y - 0.5 * label) == pytest.approx(1.0)
    radii = {round(math.hypot(x, y), 12) for x, y in circles.X}
    assert radii == {1.0, 0.25}


def test_xor_is_the_truth_table():
    # SEEDS S0-07
    data = make_xor()
    assert [(int(a), int(b), y) for (a, b), y in zip(data.X, data.y, strict=True)] == [
        (a, b, a ^ b) for a in (0, 1) for b in (0, 1)
    ]


@pytest.mark.parametrize("make", GENERATED)
@pytest.mark.parametrize("options", [{"n": 1}, {"n": 2.0}, {"n": True}, {"noise": -1.0}, {"noise": math.nan}])
def test_an_impossible_size_or_noise_is_refused(make, options):
    with pytest.raises(ValueError, match="must be"):
        make(**options)


def test_every_name_of_the_table_takes_a_seed():
    pytest.importorskip("sklearn")
    assert all(len(load_dataset(name, seed=1)) > 3 for name in DATASETS)


# -- Dataset -----------------------------------------------------------------------------------------------------------


def test_numpy_arrays_become_lists_of_floats_and_ints():
    data = Dataset("a", np.array([[1, 2]], dtype=np.int8), np.array([0], dtype=np.int64))
    assert data.X == [[1.0, 2.0]]
    assert (type(data.X[0][0]), type(data.y[0])) == (float, int)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_feature_that_is_not_finite_is_refused_by_its_place(bad):
    # FAULTS T11
    with pytest.raises(ValueError, match=r"X\[1\]\[0\] is .*: features must be finite"):
        Dataset("a", [[1.0], [bad]], [0, 1])


@pytest.mark.parametrize("bad", ["1", True, None, 1j])
def test_a_feature_that_is_no_number_is_refused_by_its_place(bad):
    with pytest.raises(TypeError, match=r"X\[1\]\[0\] must be a number"):
        Dataset("a", [[1.0], [bad]], [0, 1])


@pytest.mark.parametrize("rows, labels", [([], []), ([[1.0]], [0, 1]), ([[1.0], [2.0]], [0])])
def test_empty_data_and_different_lengths_are_refused(rows, labels):
    # FAULTS L15
    with pytest.raises(ShapeError, match=f"got {len(rows)} and {len(labels)}"):
        Dataset("a", rows, labels)


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(ShapeError, match=r"X\[1\] has 1 features, expected 2"):
        Dataset("a", [[1.0, 2.0], [1.0]], [0, 1])


@pytest.mark.parametrize("bad", [True, 1.0, "1", None])
def test_a_label_that_is_no_int_is_refused(bad):
    # FAULTS L6
    with pytest.raises(TypeError, match=r"y\[1\]: a label must be an int"):
        Dataset("a", [[1.0], [2.0]], [0, bad])


def test_a_number_to_fit_in_place_of_a_label_is_told_what_to_do():
    with pytest.raises(TypeError, match=r"got 0\.5: write int\(label\), or to fit numbers a loop of your own"):
        Dataset("a", [[1.0]], [0.5])


@pytest.mark.parametrize("bad", [-1, 2])
def test_a_label_out_of_range_is_refused(bad):
    # FAULTS L6
    with pytest.raises(ValueError, match=rf"y\[1\]: label {bad} out of range"):
        Dataset("a", [[1.0], [2.0]], [0, bad], classes=["no", "yes"])


# -- splitting, scaling, batches ---------------------------------------------------------------------------------------


def test_a_split_takes_the_same_share_of_every_class_and_loses_no_row():
    data = Dataset("a", [[float(i)] for i in range(100)], [0] * 50 + [1] * 30 + [2] * 20)
    train, test = split(data, 0.2, seed=1)
    assert [test.y.count(k) for k in range(3)] == [10, 6, 4]
    assert sorted(train.X + test.X) == data.X
    assert split(data, 0.2, seed=1) == (train, test)
    assert split(data, 0.2, seed=2) != (train, test)


def test_a_small_class_gives_one_row_and_keeps_one():
    data = Dataset("a", [[float(i)] for i in range(6)], [0, 0, 1, 1, 1, 1])
    for fraction in (0.01, 0.99):
        train, test = split(data, fraction)
        assert all(part.y.count(k) >= 1 for part in (train, test) for k in (0, 1))


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, math.nan])
def test_an_impossible_fraction_is_refused(fraction):
    with pytest.raises(ValueError, match="fraction must be in"):
        split(make_moons(10), fraction)


def test_a_class_of_one_row_cannot_be_split():
    with pytest.raises(ValueError, match="class '1' of a has 1 row"):
        split(Dataset("a", [[1.0], [2.0], [3.0]], [0, 0, 1]), 0.5)


def test_scaling_is_that_of_the_training_split_alone():
    train, test = Dataset("a", [[0.0], [2.0]], [0, 1]), Dataset("a", [[4.0]], [0], classes=["0", "1"])
    scaled, other = standardise(train, test)
    assert (scaled.X, other.X) == ([[-1.0], [1.0]], [[3.0]])


def test_a_constant_feature_is_only_shifted():
    assert Scaling.standard([[5.0], [5.0]]).apply([[5.0], [6.0]]) == [[0.0], [1.0]]


@pytest.mark.parametrize("size, lengths", [(3, [3, 3, 3, 1]), (10, [10]), (99, [10]), (1, [1] * 10)])
def test_batches_hold_every_row_once(size, lengths):
    data = Dataset("a", [[float(i)] for i in range(10)], [i % 2 for i in range(10)])
    made = batches(data, size, random.Random(0))
    assert [len(rows) for rows, _ in made] == lengths
    pairs = [(row[0], label) for rows, labels in made for row, label in zip(rows, labels, strict=True)]
    assert sorted(pairs) == [(float(i), i % 2) for i in range(10)]


def test_the_order_of_batches_depends_on_the_generator_alone():
    data = make_moons(20)
    assert batches(data, 4, random.Random(1)) == batches(data, 4, random.Random(1))
    assert batches(data, 4, random.Random(1)) != batches(data, 4, random.Random(2))


@pytest.mark.parametrize(
    "size, error", [(0, ValueError), (-1, ValueError), (2.0, TypeError), (True, TypeError), ("4", TypeError)]
)
def test_an_impossible_batch_size_is_refused(size, error):
    # FAULTS L15
    with pytest.raises(error, match="batch_size must be"):
        batches(make_xor(), size, random.Random(0))


def test_a_shuffle_is_a_permutation_of_its_own():
    assert sorted(shuffled(50, random.Random(1))) == list(range(50)) != shuffled(50, random.Random(1))
