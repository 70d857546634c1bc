"""What is installed: the lines that a report of a bug, or of a result, needs."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TextIO

__all__ = ["show_versions", "versions"]

_NEEDED = ("numpy", "scipy", "sympy", "mpmath", "matplotlib", "python-flint", "tqdm", "filelock", "threadpoolctl")
_EXTRA = ("hypothesis", "ipywidgets", "ipykernel", "pytest")


def versions() -> dict[str, str]:
    """Names and versions of gantheory, Python, the platform and the packages; "not installed" for an extra's.

    Examples
    --------
    >>> import gantheory
    >>> versions()["gantheory"] == gantheory.__version__
    True
    """
    from gantheory import __version__

    found = {"gantheory": __version__, "python": platform.python_version(), "platform": platform.platform()}
    return found | {name: _version_of(name) for name in (*_NEEDED, *_EXTRA)} | {"blas": _blas()}


def show_versions(file: TextIO | None = None) -> None:
    """Print the versions of gantheory and of all that it stands on.

    Parameters
    ----------
    file : text stream, optional
        Standard output by default.

    Examples
    --------
    >>> show_versions()
    gantheory      0.1.0
    python         3...
    """
    for name, found in versions().items():
        print(f"{name:14} {found}", file=file or sys.stdout)


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _blas() -> str:
    """The libraries of linear algebra that are loaded, with their threads: runs agree to the bit on one of them."""
    import numpy  # noqa: F401  # which loads it
    from threadpoolctl import threadpool_info

    found = (f"{one['internal_api']} {one['version']}, {one['num_threads']} threads" for one in threadpool_info())
    return "; ".join(dict.fromkeys(found)) or "unknown"
