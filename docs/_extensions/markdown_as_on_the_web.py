"""What the Markdown of the repository says to its web page, or to the tests, and not to Sphinx."""

from __future__ import annotations

import re
from typing import Any

# an anchor of a heading, which Sphinx makes by itself; the empty line that ends an example
_NOT_FOR_SPHINX = re.compile(r'^<a id="[\w-]+"></a>$|\n(?=\n```$)', re.MULTILINE)


def setup(app: Any) -> dict[str, Any]:
    """Take it out as each page is read."""
    app.connect("source-read", _read)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _read(app: Any, name: str, source: list[str]) -> None:
    if not name.startswith("notebooks"):
        source[0] = _NOT_FOR_SPHINX.sub("", source[0])
