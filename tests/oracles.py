"""What a row computes, in arbitrary precision, where mpmath has a function of its name: a new row needs no oracle."""

from mpmath import mp, mpf

from autograd.ops import ROWS

STEP = 400  # bits between an argument and its neighbours in a difference


def named(name):
    """Return mpmath's function of that name on the real numbers; None where it has none.

    Where its principal value is complex and ours is not, as the cube root of a number below 0, it is continued as odd.
    """
    function = getattr(mp, name, None)

    def real(x):
        found = function(x)
        return found if isinstance(found, mpf) else -function(-x)

    return real if callable(function) else None


def slope(function):
    """Return the derivative of a function of one argument: a difference of neighbours, at enough bits for both ends."""

    def difference(x):
        with mp.workprec(6 * STEP):  # of floats up to 2**1024
            h = min(abs(x) or mpf(2) ** (-6 * STEP), 1) * mpf(2) ** -STEP
            return (function(x + h) - function(x - h)) / (2 * h)

    return difference


def defined(name):
    """Return whether the row itself has a result, and so ought to have an accurate one."""

    def where(x):
        try:
            ROWS[name].formula(float(x))
        except (ValueError, ArithmeticError):
            return False
        return True

    return where
