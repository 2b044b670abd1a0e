"""The command glassgrad-viz: compute, differentiate and draw an expression, or draw a training."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from autograd import Value
from autograd.errors import AutogradError

from .draw import draw
from .drawing import DIRECTIONS, SUFFIXES
from .errors import ExpressionError
from .explain import explain
from .expression import parse_expression, parse_values
from .labels import number
from .render import ENGINES
from .run import draw_run
from .table import table
from .tree import printable

WRONG, INTERRUPTED = 2, 130
EPILOG = """examples:
  glassgrad-viz "tanh(w*x + b)" w=-3 x=2 b=6.9 --inputs x -o neuron.svg
  glassgrad-viz "relu(b + w0*x0 + w1*x1)" b=0.5 w0=1 w1=-2 x0=3 x1=1 --inputs x0,x1 --explain
  glassgrad-viz run demo/digits        draws the training in that folder

An expression consists of numbers, names, + - * / ** and the functions of autograd. Without -o and --format only numbers
are printed. The expression that is the single name "run" is written "(run)".
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, 2 for input that cannot be used, 130 for Ctrl-C."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments[1:]) if arguments[:1] == ["run"] else _expression(arguments)
    except (AutogradError, ArithmeticError, ValueError) as error:
        return _complain(" ".join(str(error).split()), WRONG)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)


class _Parser(argparse.ArgumentParser):
    """Be an argument parser that says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise ExpressionError(f"{message} (glassgrad-viz --help shows what can be given)")


def _expression(arguments: list[str]) -> int:
    given = _expression_parser().parse_args(_with_leading_minus(arguments))
    values = parse_values(given.values)
    root, leaves = parse_expression(given.expression).evaluate(values)
    inputs = _inputs(given.inputs, leaves)
    root.backward()
    _say(table([("name", "data", "grad"), *_numbers(given.expression.strip(), root, leaves)]))
    if given.explain:
        _say(f"\n{explain(root)}")
    if given.output or given.format:
        picture = draw(root, inputs=inputs, engine=given.engine, rankdir=given.rankdir)
        path = picture.write(given.output or f"graph.{given.format}", given.format)
        _say(f"wrote {path}")
    return 0


def _expression_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="glassgrad-viz",
        description="Compute an expression, differentiate it and draw its graph with the chain rule on every edge.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("expression", help='for example "tanh(w*x + b)"; or the word run and a folder')
    parser.add_argument("values", nargs="*", metavar="name=number", help="the value of each name")
    parser.add_argument("-o", "--output", metavar="FILE", help=f"the picture: .{', .'.join(SUFFIXES)}")
    parser.add_argument(
        "--format", choices=SUFFIXES, help="of the picture, whatever its suffix; graph.FORMAT without -o"
    )
    parser.add_argument("--engine", choices=["auto", *ENGINES, "text"], default="auto", help="what draws it")
    parser.add_argument("--rankdir", choices=DIRECTIONS, default="LR", help="from left to right or from top to bottom")
    parser.add_argument("--inputs", default="", metavar="x,y", help="names to show as inputs, not as parameters")
    parser.add_argument("--explain", action="store_true", help="print the chain rule, one line per edge")
    return parser


def _with_leading_minus(arguments: list[str]) -> list[str]:
    """Let an expression begin with a minus: argparse would take it for an option."""
    first = arguments[0] if arguments else ""
    if first.startswith("-") and not first.startswith("--") and first not in ("-h", "-o"):
        return [f" {first}", *arguments[1:]]
    return arguments


def _inputs(names: str, leaves: Mapping[str, Value]) -> list[Value]:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in leaves]
    if unknown:
        raise ExpressionError(
            f"--inputs: {', '.join(unknown)} is not in the expression; its names: {', '.join(leaves)}"
        )
    return [leaves[name] for name in wanted]


def _numbers(expression: str, root: Value, leaves: Mapping[str, Value]) -> list[tuple[str, str, str]]:
    rows = {**leaves, expression: root}
    return [(name, number(v.data), number(v.grad)) for name, v in rows.items()]


def _run(arguments: list[str]) -> int:
    parser = _Parser(prog="glassgrad-viz run", description="Draw a training: loss, confusion, boundary, graphs.")
    parser.add_argument("folder", help="the folder in which glassgrad-nn train put run.json; the pictures go there")
    made = draw_run(parser.parse_args(arguments).folder)
    for path in made.paths:
        _say(f"wrote {path}")
    for sentence in made.lost:
        _complain(sentence, 0)
    if made.paths:
        _say(f"open next: {made.first()}")
    return 0 if made.paths else WRONG


def _say(text: str) -> None:
    print(printable(text, sys.stdout))


def _complain(sentence: str, status: int) -> int:
    print(printable(f"glassgrad-viz: {sentence}", sys.stderr), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
