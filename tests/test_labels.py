"""Numbers and labels in pictures are honest and harmless."""

import math

import pytest

from viz import labels

NUMBERS = [
    (0.70710678, "0.7071"),
    (0.5, "0.5000"),
    (24.7041, "24.70"),
    (-1234.56, "-1234.6"),
    (999.96, "1000.0"),
    (0.00001234, "1.234e-05"),
    (1.5e300, "1.500e+300"),
    (1e-300, "1.000e-300"),
    (math.nan, "nan"),
    (math.inf, "inf"),
    (-math.inf, "-inf"),
    (5e-324, "4.941e-324"),
]


@pytest.mark.parametrize("x, text", NUMBERS)
def test_a_number_is_shown_to_four_digits_and_nan_and_inf_as_they_are(x, text):
    assert labels.number(x) == text


@pytest.mark.parametrize("n", [0, 1, -3, 10, 123456, 2**53 - 1, -(2**53) + 1])
def test_an_integer_is_shown_exactly(n):
    assert labels.number(float(n)) == str(n)


@pytest.mark.parametrize("x", [1234.4, 0.99999, 1.0000001, 99999.6, 3.00001])
def test_a_number_that_is_no_integer_never_looks_like_one(x):
    assert "." in labels.number(x) or "e" in labels.number(x)


def test_the_sign_of_zero_is_shown():
    assert (labels.number(0.0), labels.number(-0.0)) == ("0", "-0")


# FAULTS V5
@pytest.mark.parametrize("bad", ["\x00", "\x01", "\x1b", "\x7f", "\x85", "\ud800", "\udfff", "\ufffe", "\uffff"])
def test_what_cannot_be_shown_becomes_the_replacement_character(bad):
    assert labels.readable(f"a{bad}b") == "a\ufffdb"


# FAULTS V5
@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\u2028", "\u2029"])
def test_what_reorders_or_breaks_a_line_is_spelled_out(mark):
    assert labels.readable(f"a{mark}b") == f"a\\u{ord(mark):04x}b"


def test_line_ends_and_tabs_become_blanks():
    assert labels.readable("a\nb\tc\rd") == "a b c d"


def test_a_long_label_is_cut_and_says_so():
    assert labels.shorten("A" * 100_000) == "A" * 39 + "…"


def test_text_that_can_be_shown_is_left_alone():
    text = "Σ wᵢ·xᵢ 重み 😀 <b>"
    assert labels.readable(text) == text


# FAULTS V3
@pytest.mark.parametrize("character", list("\\{}|<>"))
def test_a_record_field_escapes_every_character_that_records_read(character):
    assert labels.record_field(f"a{character}b") == f"a\\{character}b"


def test_blanks_that_a_record_would_fold_are_kept():
    assert labels.record_field(" a  b c ") == "\u00a0a\u00a0\u00a0b c\u00a0"
