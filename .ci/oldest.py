"""The lower bounds of pyproject.toml as pip constraints: python .ci/oldest.py > oldest.txt."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path


def oldest(pyproject: str) -> list[str]:
    """`name==floor` for every dependency of the package and of its `testing` extra."""
    project = tomllib.loads(pyproject)["project"]
    bounds = [*project["dependencies"], *project["optional-dependencies"]["testing"]]
    pattern = re.compile(r"([A-Za-z0-9._-]+)>=([0-9.]+)")
    matches = [pattern.fullmatch(bound) for bound in bounds]
    if not all(matches):
        raise SystemExit(f"every dependency must read name>=floor; these are {bounds}")
    return [f"{match[1]}=={match[2]}" for match in matches if match]


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    print("\n".join(oldest((root / "pyproject.toml").read_text(encoding="utf-8"))))
