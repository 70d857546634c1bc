"""The user's arrays from a file: x, p_data and p_g, as csv or npz. Nothing in the file is trusted or executed."""

from __future__ import annotations

import csv
import math
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from gantheory.errors import DomainError, ResolutionWarning
from gantheory.grid import Grid
from gantheory.panel import GridCase

__all__ = ["read_arrays"]

_NAMES = ("x", "p_data", "p_g")
_LARGEST_FILE = 64 * 2**20
_LARGEST_UNPACKED = 256 * 2**20


def read_arrays(name: str) -> GridCase:
    """A case of the arrays in a file.

    Parameters
    ----------
    name : str
        A csv with a header line that names x, p_data and p_g, or an npz with arrays of those names: x of shape (n,),
        the densities of shape (n,) or (batch, n).

    Raises
    ------
    DomainError
        If the file cannot be read, lacks a name, is too large, or does not hold densities.
    """
    path = Path(name)
    try:
        if not path.is_file():
            raise DomainError(f"--grid {name!r} is no file; it must be a csv or an npz with x, p_data and p_g.")
        size = path.stat().st_size
        if size > _LARGEST_FILE:
            raise DomainError(f"{name} has {size} bytes; a grid's file may have {_LARGEST_FILE}.")
        arrays = _from_npz(path) if zipfile.is_zipfile(path) else _from_csv(path)
    except OSError as error:
        raise DomainError(f"{name} cannot be read: {error.strerror or error}.") from None
    except (zipfile.BadZipFile, UnicodeDecodeError, csv.Error, zipfile.LargeZipFile, EOFError) as error:
        raise DomainError(f"{name} is neither a csv nor an npz: {error}.") from None
    grid = Grid.from_points(arrays["x"])
    densities = {key: grid.densities(key, arrays[key]) for key in ("p_data", "p_g")}
    shapes = [np.shape(values) for values in densities.values()]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise DomainError(
            f"{name} holds p_data of shape {shapes[0]} and p_g of shape {shapes[1]}; a batch has as many of one as of "
            "the other, or one of either."
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResolutionWarning)  # the numbers will say it
        for key, values in densities.items():
            grid.mass_defect(key, values)
    return GridCase("your arrays", grid, densities["p_data"], densities["p_g"])


def _from_csv(path: Path) -> dict[str, np.ndarray]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        header = [title.strip() for title in next(rows, [])]
        absent = [name for name in _NAMES if name not in header]
        if absent:
            raise DomainError(f"{path} has the columns {header}; it must have a header line with {', '.join(_NAMES)}.")
        places = [header.index(name) for name in _NAMES]
        numbers = [_numbers(row, places, rows.line_num, path) for row in rows if row]
    columns = np.array(numbers, dtype=float).reshape(-1, len(_NAMES)).T
    return dict(zip(_NAMES, columns, strict=True))


def _numbers(row: list[str], places: list[int], line: int, path: Path) -> list[float]:
    try:
        numbers = [float(row[place]) for place in places]
    except (ValueError, IndexError):
        raise DomainError(
            f"{path}, line {line}: {','.join(row)[:60]!r} is not a row of {len(places)} numbers."
        ) from None
    if not all(map(math.isfinite, numbers)):
        raise DomainError(f"{path}, line {line}: {numbers} must be finite numbers; drop the row.")
    return numbers


def _from_npz(path: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(path) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        absent = [name for name in _NAMES if name not in members]
        if absent:
            raise DomainError(f"{path} holds the arrays {sorted(members)[:8]}; it must hold {', '.join(_NAMES)}.")
        unpacked = sum(members[name].file_size for name in _NAMES)
        if unpacked > _LARGEST_UNPACKED:
            raise DomainError(f"{path} unpacks to {unpacked} bytes; a grid's file may unpack to {_LARGEST_UNPACKED}.")
        return {name: _member(archive, members[name], name, path) for name in _NAMES}


def _member(archive: zipfile.ZipFile, info: Any, name: str, path: Path) -> np.ndarray:
    """One array of the archive; read as bytes, so that an object array (a pickle) is never loaded."""
    with archive.open(info) as file:
        try:
            version = npy.read_magic(file)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, is_fortran, dtype = read(file)
        except (ValueError, TypeError, SyntaxError) as error:
            raise DomainError(f"{name} in {path} is not an array: {' '.join(str(error).split())[:120]}") from None
        if dtype.hasobject or dtype.kind not in "fiu" or not 1 <= len(shape) <= 3:
            raise DomainError(f"{name} in {path} has dtype {dtype} and shape {shape}; it must be an array of numbers.")
        expected = math.prod(shape) * dtype.itemsize
        content = file.read(expected + 1) if expected <= info.file_size else b""
    if len(content) != expected:
        raise DomainError(f"{name} in {path} is cut short or too long for its shape {shape}.")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if is_fortran else "C").astype(float)
