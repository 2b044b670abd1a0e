"""Columns are aligned."""

from viz.table import table


def test_every_column_is_as_wide_as_its_longest_cell():
    assert table([("a", "b"), ("long", "c")]) == "a     b\nlong  c"


def test_an_empty_last_cell_leaves_no_blanks():
    assert table([("a", ""), ("b", "c")]) == "a\nb  c"
