"""Files: the old text or the new one, never a part."""

import errno
import os
import subprocess
import sys
import textwrap
import threading

import pytest
from conftest import ROOT
from interrupts import interrupted_at

from nn import files
from nn.files import write_atomically

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")
unprivileged = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_new_text_takes_the_place_of_the_old(tmp_path):
    path = tmp_path / "model ü 模型.json"
    write_atomically(path, "old")
    write_atomically(path, "new ü")
    assert path.read_text("utf-8") == "new ü"
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_text_and_nothing_else(tmp_path, monkeypatch, call):
    # FAULTS F8
    path = tmp_path / "a.json"
    write_atomically(path, "old")

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_write", full) if call == "write" else monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.json"]


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Ctrl-C between open and with: the file closes with its object
def test_an_interrupt_at_any_opcode_leaves_the_old_or_the_new_text(tmp_path):
    # FAULTS F2
    path = tmp_path / "a.json"
    k, interrupted, seen = 0, True, set()
    while interrupted:
        path.write_text("old")
        k += 7  # coprime to what repeats: the points of all lines are met, in a seventh of the time
        interrupted = interrupted_at(k, lambda: write_atomically(path, "new"))
        seen.add(path.read_text())
    assert seen == {"old", "new"}


@posix
def test_a_killed_process_leaves_a_readable_file_and_the_next_save_cleans_up(tmp_path):
    # FAULTS F2: kill -9 in the middle of writing; the leftover has our prefix and a dead process
    path = tmp_path / "a.json"
    write_atomically(path, "old")
    program = """
        import os, sys, nn.files
        os.replace = lambda *arguments: os.kill(os.getpid(), 9)
        nn.files.write_atomically(sys.argv[1], "new")
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(program), str(path)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    assert path.read_text() == "old"
    assert len(names(tmp_path)) == 2
    write_atomically(path, "newer")
    assert names(tmp_path) == ["a.json"]


@posix
def test_temporary_files_of_others_are_left_alone(tmp_path):
    # FAULTS F2: own prefix only; F9: a living process may be writing
    others = [f".a.json.{os.getpid()}.0123.tmp", ".b.json.1.0123.tmp", ".a.json.tmp", "a.json.tmp", ".a.json.x.1.tmp"]
    for name in others:
        (tmp_path / name).touch()
    write_atomically(tmp_path / "a.json", "new")
    assert names(tmp_path) == sorted([*others, "a.json"])


def test_saves_from_many_threads_leave_one_whole_text(tmp_path):
    # FAULTS F9
    path = tmp_path / "a.json"
    texts = [str(i) * 20_000 for i in range(8)]
    threads = [threading.Thread(target=lambda t=t: [write_atomically(path, t) for _ in range(5)]) for t in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in texts
    assert names(tmp_path) == ["a.json"]


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path):
    # FAULTS F8
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path, "new")


def test_a_missing_folder_is_an_oserror(tmp_path):
    # FAULTS F8
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "none" / "a.json", "new")
    with pytest.raises(OSError):
        write_atomically(tmp_path / "\0", "new") if os.name != "posix" else write_atomically("/dev/null/a.json", "new")


@posix
@pytest.mark.parametrize("device", ["/dev/full", "/dev/null"])
def test_a_device_is_never_replaced(device):
    # FAULTS F8
    with pytest.raises(OSError, match=r"not a regular file|Permission"):
        write_atomically(device, "new")
    assert not os.path.isfile(device)


@posix
def test_a_link_is_followed_and_stays_a_link(tmp_path):
    # FAULTS F8
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    link.symlink_to(real)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"


@unprivileged
def test_a_read_only_file_or_folder_is_refused(tmp_path):
    # FAULTS F8
    path = tmp_path / "a.json"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        write_atomically(path, "new")
    path.chmod(0o644)
    tmp_path.chmod(0o555)
    with pytest.raises(PermissionError):
        write_atomically(path, "new")
    tmp_path.chmod(0o755)
    assert path.read_text() == "old"


@posix
def test_a_private_file_stays_private(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    path.chmod(0o600)
    write_atomically(path, "new")
    assert path.stat().st_mode & 0o777 == 0o600
