"""Every campaign in its quick size, and the runner that prints, repeats and records them."""

import campaign
import pytest
from outcome import Outcome

SEED = 1  # the same cases every time; `python3 dev.py campaign` draws new ones


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Ctrl-C while a generator was closed
@pytest.mark.parametrize("name", campaign.NAMES)
def test_a_campaign_of_quick_size_finds_no_fault(name):
    module = campaign.module(name)
    outcome = module.run(module.QUICK, SEED)
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert not outcome.failures, "\n\n".join(outcome.failures[:5])


def line(name, failures):
    return campaign.row(name, Outcome("7 graphs", failures, "worst 3"), 1.25, 5)


def test_a_row_of_the_page_says_what_was_done_and_seen():
    cells = [cell.strip() for cell in line("integers", ["x"]).strip("|\n").split("|")]
    assert cells[:1] + cells[2:7] == ["integers", "7 graphs", "1", "worst 3", "5", "1"]
    assert "Python 3." in cells[7]


def test_a_row_is_replaced_in_place_and_the_others_stay():
    page = campaign.page("", "grid", line("grid", []), "")
    page = campaign.page(page, "integers", line("integers", []), "a report")
    assert list(campaign.rows_of(page)) == ["integers", "grid"]
    again = campaign.page(page, "grid", line("grid", ["new"]), "")
    assert again == page.replace(line("grid", []), line("grid", ["new"]))
    assert "\n## integers\n\na report\n" in again


def test_a_name_that_is_no_campaign_is_refused_with_those_there_are(capsys):
    with pytest.raises(SystemExit):
        campaign.parse(["intgers"])
    assert "no campaign 'intgers'; there are integers, floats" in capsys.readouterr().err


def broken(size, seed):
    return Outcome(f"{size} cases", ["x0 = Value(1.0)\nx0.backward()"])


def test_a_failure_is_printed_with_its_seed_and_is_the_status(monkeypatch, capsys):
    monkeypatch.setattr(campaign.module("integers"), "run", broken)
    assert campaign.main(["integers", "--seed", "42"]) == 1
    printed = capsys.readouterr().out
    assert "    | x0 = Value(1.0)\n    | x0.backward()" in printed
    assert "failed with seed 42: integers" in printed


def test_a_full_run_writes_its_row(monkeypatch, tmp_path):
    monkeypatch.setattr(campaign, "PAGE", tmp_path / "RELIABILITY.md")
    module = campaign.module("integers")
    monkeypatch.setattr(module, "run", lambda size, seed: Outcome(f"{size} cases", []))
    assert campaign.main(["integers", "--full", "--seed", "3"]) == 0
    assert f"| {module.FULL} cases | 0 |" in campaign.PAGE.read_text("utf-8")
