"""What cannot be recorded: the sentence that names the user's line and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from .. import ops
from ..errors import TraceError
from ..frames import line_of_user

NUMBER = (
    "a program is being recorded and this value has no number yet: .data, .item(), float() and formatting are not "
    "possible; compute with autograd's functions, and read numbers outside the compiled function"
)
BRANCH = (
    "a program is being recorded and cannot branch on a value that has no number yet: use positive(x), step(x) or "
    "where(positive(x), a, b) in place of `if x > 0`, maximum, relu, clip or logsumexp in place of max()"
)
INDEX = (
    "a program is being recorded and this index has no number yet: take(rows, index) selects by an index that is data; "
    "for range() and sizes use a plain number, such as len() of an argument"
)
UNPACK = "one value cannot be unpacked: {value!r} is recorded as one (a Function that reads numbers is)"

# What stands in the user's line, and what to write instead of that.
HINTS: tuple[tuple[str, str], ...] = (
    (r"\b(max|min)\(.*\.(?:data|item)\b", "here: autograd.{0}(values); a softmax is exp(v - logsumexp(values))"),
    (rf"\b(?:math|np|numpy)\.({'|'.join(ops.__all__)})\b", "here: autograd.{0}"),
    (r"\bmath\.\w+", "here: write it with autograd's functions; one without a useful derivative outside"),
    (r"\b(?:np|numpy)\.(?:array|asarray|float64)\(", "here: leave it a list; NumPy's arrays hold plain numbers"),
    (r"\bwhile\b", "here: a fixed number of steps, in which where(condition, new, old) keeps the result"),
    (r"\bsorted\(|\.sort\(", "here: sort pairs by minimum and maximum, or use autograd.max and autograd.min"),
    (r"\.index\(", "here: return the values and look for the largest outside the compiled function"),
    (r"\b(max|min)\(", "here: autograd.{0}imum(a, b) of two, autograd.{0}(values) of a list"),
    (r"\bbool\(|\bassert\b", "here: leave it out, or test it outside the compiled function"),
    (r"\bprint\(|\bformat\(|\bf[\"']", "here: return the value and print it outside the compiled function"),
    (r"\.backward\(|\.grad\b", "here: value_and_grad of the compiled function, or autograd.grad inside it"),
    (r"\[\s*int\(", "here: take(rows, index)"),
    (r"\bint\(", "here: leave it out, or take(rows, index) for an index"),
    (r"\]\s*[-+*/]?=[^=]", "here: an array of NumPy's holds plain numbers: fill a list, or np.empty(n, dtype=object)"),
    (r"==|!=", "here: where(x - 1, b, a) is a where x is 1, and b elsewhere"),
    (r"%|//|\bround\(", "here: that has no useful derivative: compute it outside and hand it over as an argument"),
    (r"\bfloat\((\w+)\)", "here: {0} as it is"),
    (r"\b(\w+)\.(?:data|item)\b", "here: {0}.detach() is the number without its derivative"),
)


def refusal(sentence: str) -> Callable[..., NoReturn]:
    """Make a method that refuses with this sentence, a hint for what stands in the user's line, and the line."""

    def refuse(self: object, *_: object, **__: object) -> NoReturn:
        line = line_of_user()
        raise TraceError(f"{sentence.format(value=self)}{_hint(line)}{line}")

    return refuse


def _hint(line: str) -> str:
    for pattern, hint in HINTS:
        if found := re.search(pattern, line):
            return "; " + hint.format(*found.groups())
    return ""
