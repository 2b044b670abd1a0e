"""Which engine runs a program, and why: machine code, NumPy over the rows, or plain Python."""

from __future__ import annotations

from importlib.util import find_spec

ENGINES = ("auto", "python", "numpy", "native")
DTYPES = ("float64", "float32")
NEEDS = {"numpy": "numpy", "native": "llvmlite"}

# So many equations, times rows, straight-line Python runs in the time that a call of the engine takes by itself.
SMALL = {"python": 0, "numpy": 3000, "native": 300}


def chosen_engine(engine: str, dtype: str) -> tuple[str, str]:
    """Return the engine and, in a sentence, why. Raises ImportError or ValueError where there is none."""
    if engine == "auto":
        return _best(dtype)
    if engine == "python" and dtype != "float64":
        raise ValueError(f"dtype={dtype!r} needs engine='native' or 'numpy': Python's own floats are float64")
    if engine in NEEDS and find_spec(NEEDS[engine]) is None:
        package = NEEDS[engine]
        raise ImportError(
            f"engine={engine!r} needs {package}: python3 -m pip install {package}, or leave the choice to engine='auto'"
        )
    return engine, "it was asked for"


def _best(dtype: str) -> tuple[str, str]:
    if find_spec("llvmlite"):
        return "native", "llvmlite is installed"
    if find_spec("numpy"):
        return "numpy", "llvmlite is not installed, NumPy is"
    if dtype != "float64":
        raise ValueError(f"dtype={dtype!r} needs llvmlite or NumPy: Python's own floats are float64")
    return "python", "neither llvmlite nor NumPy is installed"
