"""Writes a configuration with modules/scavenger many times, to see at once what it refuses."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scavenger_ops.terraform import PACKAGE
from scavenger_ops.toolchain import ROOT


def write_scavengers(folder: Path, cases: Mapping[str, Mapping[str, Any]]) -> None:
    """Write one for each case, by its name, with these inputs beside what each has; init is left to do."""
    modules = {
        name: {
            "source": f"{ROOT}/modules/scavenger",
            "name": "scavenger",
            "messages_table": {"name": "messages"},
            "staging_table": {"name": "staging"},
            # Terraform copies a module that is named by its whole path, without what is beside it.
            "package_path": str(PACKAGE),
            **inputs,
        }
        for name, inputs in cases.items()
    }
    (folder / "main.tf.json").write_text(json.dumps({"module": modules}))
    (folder / ".terraform.lock.hcl").write_text((ROOT / ".terraform.lock.hcl").read_text())
