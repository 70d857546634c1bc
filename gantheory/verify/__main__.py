"""``python -m gantheory.verify``."""

from __future__ import annotations

import gc
import os
import sys

if __name__ == "__main__":
    gc.disable()  # a proof makes a million small objects and few cycles: collecting costs a tenth of a short run
    if sys.stdout is None:  # closed by the caller: decide all the same, and tell by the exit status
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 it lives as long as the process
    try:
        from gantheory.verify.command_line import main

        sys.exit(main())
    except KeyboardInterrupt:  # while loading
        sys.exit(2)
