"""A transformer that spells names letter by letter: one block, width 16, four heads, RMS norm, 4,192 parameters.

After microgpt (Andrej Karpathy, MIT licence). Letters are one-hot, so that the graph does not depend on them.
"""

from __future__ import annotations

from random import Random
from typing import Any

import autograd

from . import draws
from .blackboard import linear, products, softmax, total

LETTERS = 27  # a to z, and the sign for begin and end
WIDTH = 16
HEADS = 4
LONGEST = 16
HEAD = WIDTH // HEADS


def loss(params: Any, letters: Any, following: Any, engine: Any = autograd) -> Any:
    """Return the mean over positions of -log p(following letter | letters up to here); both n x 27, one-hot.

    `engine` has exp, log, max and relu for the numbers that are given.
    """
    keys: list[Any] = []
    values: list[Any] = []
    terms = []
    for position, letter in enumerate(letters):
        scores = block(params, letter, position, keys, values, engine)
        chance = products(following[position], softmax(scores, engine))
        terms.append(-engine.log(chance))
    return total(terms) * (1.0 / len(terms))


def block(params: Any, letter: Any, position: int, keys: list[Any], values: list[Any], engine: Any) -> list[Any]:
    """Return the scores of the letter to follow; keys and values of this position are added to those before it."""
    x = rms_norm(
        [e + p for e, p in zip(embedding(params["letter"], letter), params["position"][position], strict=True)]
    )
    normed = rms_norm(x)
    keys.append(linear(params["key"], normed))
    values.append(linear(params["value"], normed))
    attended = attention(linear(params["query"], normed), keys, values, engine)
    x = [a + b for a, b in zip(linear(params["out"], attended), x, strict=True)]
    hidden = [engine.relu(h) for h in linear(params["up"], rms_norm(x))]
    x = [a + b for a, b in zip(linear(params["down"], hidden), x, strict=True)]
    return linear(params["scores"], x)


def embedding(table: Any, letter: Any) -> list[Any]:
    """Return the row of the table that the one-hot letter picks."""
    return [products([row[j] for row in table], letter) for j in range(WIDTH)]


def rms_norm(x: list[Any]) -> list[Any]:
    """Return x divided by the root of its mean square."""
    scale = (total([xi * xi for xi in x]) * (1.0 / len(x)) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def attention(query: list[Any], keys: list[Any], values: list[Any], engine: Any) -> list[Any]:
    """Return, head by head, the mean of the values so far, weighted by softmax(query . key / root of the width)."""
    out = []
    for start in range(0, WIDTH, HEAD):
        here = slice(start, start + HEAD)
        scores = [products(query[here], key[here]) * HEAD**-0.5 for key in keys]
        weights = softmax(scores, engine)
        out += [products(weights, [value[j] for value in values]) for j in range(start, start + HEAD)]
    return out


def params(seed: int) -> dict[str, Any]:
    """Return the matrices by name, each as rows."""
    source = Random(seed)
    shapes = {"letter": (LETTERS, WIDTH), "position": (LONGEST, WIDTH), "query": (WIDTH, WIDTH), "key": (WIDTH, WIDTH)}
    shapes |= {"value": (WIDTH, WIDTH), "out": (WIDTH, WIDTH), "up": (4 * WIDTH, WIDTH), "down": (WIDTH, 4 * WIDTH)}
    shapes |= {"scores": (LETTERS, WIDTH)}
    return {name: draws.matrix(source, rows, columns, 0.2) for name, (rows, columns) in shapes.items()}


def data(rows: int, seed: int, tokens: int = 7) -> tuple[list[Any], ...]:
    """Return names of tokens - 1 letters: what is seen at each position, and what follows; both one-hot."""
    source = Random(seed)
    names = [[0, *name(source, tokens - 1), 0] for _ in range(rows)]
    hot = [[draws.one_hot(letter, LETTERS) for letter in letters] for letters in names]
    return [letters[:-1] for letters in hot], [letters[1:] for letters in hot]


def name(source: Random, n: int) -> list[int]:
    """Return a name of n letters, consonants and vowels in turn, as numbers from 1."""
    return [1 + "abcdefghijklmnopqrstuvwxyz".index(source.choice(("bdklmnrstv", "aeiou")[k % 2])) for k in range(n)]
