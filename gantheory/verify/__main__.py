"""``python -m gantheory.verify``."""

from __future__ import annotations

import gc
import sys

from gantheory.verify.command_line import main

if __name__ == "__main__":
    gc.disable()  # a proof makes a million small objects and few cycles: collecting costs a tenth of a short run
    sys.exit(main())
