"""``python -m gantheory.verify``."""

from __future__ import annotations

import sys

from gantheory.verify.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
