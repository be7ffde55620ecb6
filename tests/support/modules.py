"""Writes a configuration that has modules/scavenger many times, to test many rejected inputs with one plan."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scavenger_ops.terraform import PACKAGE
from scavenger_ops.toolchain import ROOT


def write_scavengers(folder: Path, cases: Mapping[str, Mapping[str, Any]]) -> None:
    """Write a module for each case, with the case's inputs. The configuration still needs init."""
    modules = {
        name: {
            "source": f"{ROOT}/modules/scavenger",
            "name": "scavenger",
            "messages_table": {"name": "messages"},
            "staging_table": {"name": "staging"},
            # Terraform copies a module with an absolute path, but not the files beside it, such as the package.
            "package_path": str(PACKAGE),
            **inputs,
        }
        for name, inputs in cases.items()
    }
    (folder / "main.tf.json").write_text(json.dumps({"module": modules}))
    (folder / ".terraform.lock.hcl").write_text((ROOT / ".terraform.lock.hcl").read_text())
