"""Three programs of micrograd, run here with only their imports changed: the same numbers come out.

The programs are those of the README, of test/test_engine.py and of demo.ipynb in https://github.com/karpathy/micrograd.

    MIT License. Copyright (c) 2020 Andrej Karpathy

    Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
    documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
    rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
    permit persons to whom the Software is furnished to do so, subject to the following conditions:

    The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
    Software.

    THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO
    THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
    AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
    CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
    DEALINGS IN THE SOFTWARE.

The tests compared with PyTorch there; here with the numbers PyTorch gives. Where micrograd is installed, the demo runs
beside it; otherwise its losses are those measured with micrograd 0.1.0 on CPython 3.11, scikit-learn 1.9.1 and NumPy
2.4.6 (the hundredth differs in the last digit from run to run: micrograd walks its graph in the order of a set).
"""

import importlib.util
import random
import sys

import pytest

import autograd
import nn

FIRST, HUNDREDTH = 0.8958441028683222, 0.010978370135492717


def readme(value):
    a = value(-4.0)
    b = value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return a, b, g


def test_the_example_of_the_readme_prints_its_three_numbers():
    a, b, g = readme(autograd.Value)
    g.backward()
    assert (f"{g.data:.4f}", f"{a.grad:.4f}", f"{b.grad:.4f}") == ("24.7041", "138.8338", "645.5773")


def test_sanity_check():
    x = autograd.Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    assert y.data == -20.0
    assert x.grad == 46.0


def test_more_ops():
    a, b, g = readme(autograd.Value)
    g.backward()
    assert g.data == pytest.approx(24.70408163265306, abs=1e-6)
    assert a.grad == pytest.approx(138.83381924198252, abs=1e-6)
    assert b.grad == pytest.approx(645.5772594752186, abs=1e-6)


def demo(value, mlp, steps):
    """Return the losses of the first `steps` steps of the demo, in which a network learns the two moons."""
    np = pytest.importorskip("numpy")
    datasets = pytest.importorskip("sklearn.datasets")
    np.random.seed(1337)
    random.seed(1337)
    X, y = datasets.make_moons(n_samples=100, noise=0.1)  # noqa: N806
    y = y * 2 - 1
    model = mlp(2, [16, 16, 1])

    def loss():
        inputs = [list(map(value, xrow)) for xrow in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        alpha = 1e-4
        reg_loss = alpha * sum(p * p for p in model.parameters())
        return data_loss + reg_loss

    seen = []
    for k in range(steps):
        total_loss = loss()
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        seen.append(float(total_loss.data))
    return seen


def expected(steps):
    """Return the first and the last loss of micrograd itself, or those measured before."""
    if importlib.util.find_spec("micrograd") is None:
        return FIRST, HUNDREDTH
    from micrograd.engine import Value
    from micrograd.nn import MLP

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        losses = demo(Value, MLP, steps)
    finally:
        sys.setrecursionlimit(limit)
    return losses[0], losses[-1]


def test_the_demo_has_the_first_loss_bit_for_bit_and_the_hundredth_to_ten_digits():
    losses = demo(autograd.Value, nn.MLP, 100)
    first, hundredth = expected(100)
    assert losses[0].hex() == first.hex()
    assert losses[99] == pytest.approx(hundredth, rel=5e-11, abs=0)
    assert (first, hundredth) == (FIRST, pytest.approx(HUNDREDTH, rel=5e-11, abs=0))


def test_the_demo_with_opened_neurons_has_the_same_first_loss():
    losses = demo(autograd.Value, lambda *sizes: nn.MLP(*sizes, fused=False), 1)
    assert losses[0].hex() == FIRST.hex()
