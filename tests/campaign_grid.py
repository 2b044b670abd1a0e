"""Every row at 29 special numbers, against a golden table: value and gradients, or the exact exception (FAULTS C7).

The table is a text, one line for a row and all its arguments but the last, one cell for each last argument, and how
often it is repeated. Numbers have nine digits: the last ones differ by platform and are for the accuracy campaign.
`python tests/campaign_grid.py` writes the table again: read the difference before you commit it.
"""

import itertools
import math
from pathlib import Path

from outcome import Outcome

from autograd import Value
from autograd.errors import AutogradError
from autograd.ops import ROWS
from autograd.primitive import NaryRow

WHAT = "every row at 29 special numbers (all pairs; every fourth for three arguments) against a golden table"
QUICK, FULL = 1, 1
TABLE = Path(__file__).with_name("golden_grid.txt")
WRONG = "WRONG:"  # never allowed, whatever the table says
SEPARATOR = " times "

INF, NAN = math.inf, math.nan
SPECIALS = [
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.3, -1.3, 0.49, 0.99, 1.01, 5e-324, -5e-324, 2.2e-308, -2.2e-308),
    *(1e-300, -1e-300, 1e300, -1e300, 1.797e308, -1.797e308, INF, -INF, NAN, 709.78, -709.78, 745.2, -745.2, 2.0**53),
]
FEW = [*SPECIALS[::4], NAN]


def arity(row):
    return len(row.samples[-1]) if isinstance(row, NaryRow) else len(row.partials)


def numbers(row):
    """Return the numbers of each argument in turn; from the fourth on it is 1.5."""
    n = arity(row)
    return [SPECIALS] * n if n < 3 else [FEW] * 3 + [[1.5]] * (n - 3)


def cell(row, args):
    """Return what the row does at `args`: 'value gradient ...', or 'Error: message'."""
    leaves = list(map(Value, args))
    try:
        out = row(*leaves)
    except AutogradError as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:
        return f"{WRONG} raised {error!r}"
    try:
        out.backward()
    except Exception as error:
        return f"{WRONG} backward raised {error!r}"
    return " ".join(f"{x:.9g}" for x in (out.data, *(leaf.grad for leaf in leaves)))


def lines(name):
    """Return the lines of one row: its name and all arguments but the last, then the cells, equal neighbours once."""
    row = ROWS[name]
    *first, last = numbers(row)
    made = []
    for start in itertools.product(*first):
        runs = [(text, len([*group])) for text, group in itertools.groupby(cell(row, (*start, x)) for x in last)]
        cells = [f"{text}{SEPARATOR}{count}" if count > 1 else text for text, count in runs]
        made.append("\t".join([" ".join([name, *map(repr, start)]), *cells]))
    return made


def expanded(line):
    """Return the cells of a line."""
    cells = []
    for text in line.split("\t")[1:]:
        outcome, _, count = text.partition(SEPARATOR)
        cells += [outcome] * int(count or 1)
    return cells


def same(got, expected):
    """Tell whether two cells agree: messages and special numbers exactly, other numbers to eight digits."""
    if got == expected or ":" in got + expected:
        return got == expected
    return all(map(close, got.split(), expected.split()))


def close(got, expected):
    x, y = float(got), float(expected)
    return got == expected or (0 < abs(y) < INF and abs(x - y) <= max(1e-8 * abs(y), 5e-324))


def faults(name, expected):
    """Return a text for each cell of a row that is not as in the table."""
    row, found = ROWS[name], []
    *first, last = numbers(row)
    for start, got, wanted in zip(itertools.product(*first), map(expanded, lines(name)), expected, strict=True):
        for x, a, b in zip(last, got, wanted, strict=True):
            if a.startswith(WRONG) or not same(a, b):
                call = f"ROWS[{name!r}]({', '.join(f'Value({y!r})' for y in (*start, x))})"
                found.append(f"{call}\n# value and gradients: {a}\n# expected: {b}")
    return found


def table():
    """Return the cells of the golden table by row."""
    read = {}
    for line in TABLE.read_text("utf-8").splitlines():
        read.setdefault(line.partition("\t")[0].split(" ")[0], []).append(expanded(line))
    return read


def run(size, seed):
    golden = table()
    missing = [f"the row {name} is not in the table; read {Path(__file__).name}" for name in ROWS if name not in golden]
    found = [fault for name in ROWS if name in golden for fault in faults(name, golden[name])]
    cells = sum(len(line) for lines in golden.values() for line in lines)
    return Outcome(f"{cells:,} cells, {len(golden)} rows", missing + found)


if __name__ == "__main__":
    TABLE.write_text("".join(f"{line}\n" for name in ROWS for line in lines(name)), "utf-8")
