"""Tables: a strict reader of CSV files whose errors name the place. (FAULTS L14)"""

import math

import pytest

from nn import CSVError, load_csv
from nn.table import decimal

GOOD = "length,width,kind\n1.5,-2,a\n.5,3e1,b\n+0.25,7.,a\n"


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "data.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def test_a_table_becomes_a_data_set_named_after_the_file(write):
    data = load_csv(write(GOOD))
    assert data.name == "data"
    assert data.X == [[1.5, -2.0], [0.5, 30.0], [0.25, 7.0]]
    assert (data.y, data.features, data.classes) == ([0, 1, 0], ["length", "width"], ["a", "b"])


def test_integer_classes_are_sorted_by_size(write):
    data = load_csv(write("x,y\n1,10\n2,9\n3,-1\n"))
    assert (data.classes, data.y) == (["-1", "9", "10"], [2, 1, 0])


@pytest.mark.parametrize("content", [GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, GOOD.removesuffix("\n")])
def test_a_byte_order_mark_windows_line_ends_and_a_missing_last_one_change_nothing(write, content):
    # FAULTS L14: BOM, CRLF
    assert load_csv(write(content)) == load_csv(write(GOOD))


NUMBERS = ["nan", "NaN", "inf", "-infinity", "1e999", "1_000", "１２", " 1.5 ", "1.5 ", ""]
NUMBERS += ["0x10", "1,5e", "e5", ".", "--1", "1e"]


@pytest.mark.parametrize("text", NUMBERS)
def test_what_is_no_plain_finite_decimal_is_refused(text):
    # FAULTS L14
    with pytest.raises(CSVError, match=r"^here: "):
        decimal(text, "here")


@pytest.mark.parametrize("text", ["0", "-0.0", "5e-324", "1.7976931348623157e308", "+.5E-3", "00012", "3."])
def test_a_plain_decimal_is_read_as_python_reads_it(text):
    assert math.copysign(1, decimal(text, "")) == math.copysign(1, float(text))
    assert decimal(text, "") == float(text)


@pytest.mark.parametrize(
    "content, place, message",
    [
        ("", "data.csv: ", "got 0 lines"),
        ("a,b\n", "data.csv: ", "got 1 lines"),
        ("a,b\n1,x,2\n", "data.csv:2: ", "expected 2 fields, got 3"),
        ("a,b\n1,x\n1\n", "data.csv:3: ", "expected 2 fields, got 1"),
        ("a,b\n1,x\n\n1,x\n", "data.csv:3: ", "got an empty line"),
        ("a,b\n1,x\n\n", "data.csv:3: ", "got an empty line"),
        ("1,2\n1,2\n", "data.csv:1:1: ", "expected the name of a column, got '1'"),
        ("a,nan\n1,2\n", "data.csv:1:2: ", "expected the name of a column, got 'nan'"),
        ("a,\n1,2\n", "data.csv:1:2: ", "expected the name of a column, got ''"),
        ("a,a,b\n1,2,x\n", "data.csv:1: ", "different column names"),
        ("a\n1\n", "data.csv:1: ", "two or more"),
        ("a,b\n1,x\nnan,x\n", "data.csv:3:1: ", "plain decimal number, got 'nan'"),
        ("a,b,c\n1,1e999,x\n", "data.csv:2:2: ", "too large"),
        ("a,b\n1,1.5\n", "data.csv:2:2: ", "expected a class"),
        ("a,b\n1,\n", "data.csv:2:2: ", "expected a class (an integer or a name), got ''"),
        ("a,b\n1,nan\n", "data.csv:2:2: ", "expected a class"),
        ('a,b\n"1",x\n', "data.csv:2:1: ", "plain decimal number"),
        ("a;b\n1;x\n", "data.csv:1:1: ", "expected the name of a column, got 'a;b'"),
        ("a,b\n1\x00,x\n", "data.csv:2:1: ", "plain decimal number"),
        ("a,b\r1,x\r", "data.csv: ", "got 1 lines"),
        (b"a,b\n1,x\n2,\xe9\n", "data.csv:3: ", "not UTF-8"),
        ("a,b\n1,x\n".encode("utf-16"), "data.csv:1: ", "not UTF-8"),
        (b"\x00\x01\x02", "data.csv: ", "got 1 lines"),
    ],
)
def test_the_place_of_a_fault_is_named(write, content, place, message):
    # FAULTS L14: ragged rows, empty file, header, NUL, wrong encoding
    path = write(content)
    with pytest.raises(CSVError) as caught:
        load_csv(path)
    assert str(caught.value).startswith(str(path.parent / place))
    assert message in str(caught.value)


def test_a_line_of_a_megabyte_is_refused_with_a_short_sentence(write):
    # FAULTS L14
    with pytest.raises(CSVError, match="too large") as caught:
        load_csv(write("a,b\n" + "1" * 1_000_000 + ",x\n"))
    assert len(str(caught.value)) < 300


def test_a_file_that_is_not_there_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_csv(tmp_path / "none.csv")
