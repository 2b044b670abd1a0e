"""Pictures are written whole or not at all."""

import os
import stat

import pytest

from viz.errors import OutputError, PictureError
from viz.files import suffix_of, write


def test_a_new_file_holds_the_bytes_and_has_the_rights_of_any_new_file(tmp_path):
    ordinary = tmp_path / "ordinary"
    ordinary.write_bytes(b"")
    path = tmp_path / "a.svg"
    assert write(path, b"new") == str(path)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(ordinary.stat().st_mode)


def test_an_old_file_is_replaced_and_keeps_its_rights(tmp_path):
    path = tmp_path / "a.svg"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write(path, b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode) & 0o600) == (b"new", 0o600)


def test_a_link_is_followed(tmp_path):
    target, link = tmp_path / "target.svg", tmp_path / "link.svg"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("failing", ["replace", "chmod"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch, failing, error):
    path = tmp_path / "a.svg"
    path.write_bytes(b"old")

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write(path, b"new")
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"old", ["a.svg"])


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path):
    with pytest.raises(OutputError, match="it is a folder; give the name of a file"):
        write(tmp_path, b"")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"there is no folder .*; make it first"):
        write(tmp_path / "nowhere" / "a.svg", b"")


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="needs a device")
def test_a_device_is_not_replaced():
    with pytest.raises(OutputError, match="no ordinary file"):
        write("/dev/null", b"")


@pytest.mark.parametrize("path", ["a", "a.jpg", "svg", ".svg.exe"])
def test_an_unknown_suffix_lists_the_known(path):
    with pytest.raises(PictureError, match=r"one of \.svg, \.png"):
        suffix_of(path, ["svg", "png"])
