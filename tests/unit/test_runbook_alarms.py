"""The runbook has a section for each alarm, and for nothing else."""

import re

import hcl2
from scavenger_ops.toolchain import ROOT

RUNBOOK = (ROOT / "docs" / "how-to" / "alarms.md").read_text()
SECTIONS = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))


def test_each_alarm_has_its_section_and_each_section_its_alarm() -> None:
    """An alarm's description names its section by its key."""
    with (ROOT / "modules" / "monitoring" / "alarms.tf").open() as file:
        (alarms,) = (block["alarms"] for block in hcl2.load(file)["locals"])
    assert SECTIONS.keys() == {key.strip('"') for key in alarms}


def test_a_section_says_what_it_means_where_to_look_what_to_do_and_when_it_is_over() -> None:
    """The parts have this order."""
    for key, text in SECTIONS.items():
        assert re.findall(r"^\*\*(\w+):\*\* \S", text, re.MULTILINE) == ["Means", "Look", "Do", "Over"], key
