"""Arrays on disk: an .npz that is whole or refused, and that never takes the place of a good one half-written.

The file is an ordinary uncompressed .npz, which ``numpy.load`` opens. Its zip comment, which is its last bytes, says
what kind of content it is and holds the SHA-256 of every byte before the digest: the headers, the names, the order and
the arrays. A zip has places that its own checksums do not see; here a flipped bit anywhere is found before anything is
unpacked. Nothing in it is ever unpickled, and the same arrays make the same bytes.
"""

from __future__ import annotations

import glob
import hashlib
import io
import math
import os
import secrets
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from gantheory.errors import CheckpointError, DomainError

__all__ = ["as_path", "exclusive", "load_arrays", "save_arrays"]

Array = Any
_FORMAT = "gantheory/1"
_UNFINISHED = ".tmp"
_DIGITS = 64  # of a SHA-256 in hexadecimal
_MOST_BYTES = 2**31
_PLAIN = frozenset("biufcUS")  # kinds of dtype that are bytes of numbers or letters, and no objects
_WHEN = (1980, 1, 1, 0, 0, 0)  # the least date of a zip: the same arrays make the same bytes at any time


def as_path(name: str, path: Any) -> Path:
    """The path of a file, checked as far as its text says."""
    try:
        found = Path(path)
        if found.name and "\0" not in str(found):
            return found
    except TypeError:
        pass
    raise DomainError(f"{name} is {path!r}; it must be the path of a file.")


def save_arrays(path: str | os.PathLike[str], arrays: Mapping[str, Array], kind: str) -> None:
    """Write named arrays as one .npz with a checksum, whole or not at all.

    They are written to a temporary file beside it, flushed to the disk, and moved into place. Whatever happens before
    the move, a file that was there is as it was.

    Parameters
    ----------
    path : str or path
        Taken as it is; no suffix is added.
    arrays : mapping of str to array
        Of numbers, truth values or text.
    kind : str
        What the content is, one word such as ``"trajectory"``; `load_arrays` must be told the same.

    Raises
    ------
    DomainError
        If a name or an array cannot be kept.
    CheckpointError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "example.npz"
    >>> save_arrays(path, {"x": np.arange(3.0)}, "example")
    >>> load_arrays(path, "example")["x"]
    array([0., 1., 2.])
    """
    if not kind.isidentifier() or not kind.isascii():
        raise DomainError(f"kind is {kind!r}; it must be one word of letters, digits and underscores.")
    content = _with_digest(_zipped(arrays), kind)
    if len(content) > _MOST_BYTES:
        raise DomainError(f"arrays take {len(content):,} bytes; a file holds {_MOST_BYTES:,} at most. Keep fewer.")
    path = as_path("path", path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}{_UNFINISHED}")
    try:
        _write_through(beside, content)
        os.replace(beside, path)
    except OSError as error:
        raise CheckpointError(
            f"{path} could not be written ({error.strerror or error}); what was there is as it was. "
            "Free some space, or give another path."
        ) from error
    finally:  # after a Ctrl-C too
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    _settle(path.parent)


def load_arrays(path: str | os.PathLike[str], kind: str) -> dict[str, Array]:
    """The arrays of a file that `save_arrays` wrote, by name.

    Parameters
    ----------
    path : str or path
    kind : str
        As it was saved.

    Raises
    ------
    FileNotFoundError
        If there is none.
    CheckpointError
        If it is truncated, corrupt, of another kind or not ours, saying which. Nothing is unpacked before that is
        known.
    """
    path = as_path("path", path)
    content = _read(path)
    _check(content, path, kind)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            return dict(_member(file, info) for info in file.infolist())
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        # the digest is right, so it was made by hand
        raise CheckpointError(f"{path} is not what it says: {error}. Write it anew with save.") from error


@contextmanager
def exclusive(path: Path, *others: Path) -> Iterator[None]:
    """Keep a file, and others that go with it, to one writer while the block runs.

    The lock is the operating system's, on a file beside the first one, so that a kill releases it. What a writer that
    was killed had not moved into place is removed.

    Raises
    ------
    CheckpointError
        If another writer holds it, in this process or in another; or if the folder takes no lock.
    """
    from filelock import FileLock, Timeout  # where there is something to lock

    beside = path.with_name(f"{path.name}.lock")
    try:
        lock = FileLock(beside)
        lock.acquire(timeout=0)
    except Timeout:
        _refuse_unwritable(path, beside)  # for such a folder the lock waits too
        raise CheckpointError(
            f"{path} is in use: another run is writing it. Wait until that one ends, or give another path."
        ) from None
    except (OSError, NotImplementedError) as error:
        raise CheckpointError(
            f"{path} cannot be kept to one run: its folder takes no lock ({error}). Give a path in another folder."
        ) from error
    try:
        for one in (path, *others):
            for left in one.parent.glob(f".{glob.escape(one.name)}.*{_UNFINISHED}"):
                left.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


def _refuse_unwritable(path: Path, beside: Path) -> None:
    try:
        beside.touch()
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be written: {path.parent} takes no file ({error.strerror or error}). Give a path in "
            "another folder."
        ) from error


# -- writing ----------------------------------------


def _zipped(arrays: Mapping[str, Array]) -> bytes:
    """An uncompressed .npz of the arrays, in their order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for name, given in arrays.items():
            if not isinstance(name, str) or not name.isascii() or not name.isprintable() or not 0 < len(name) <= 200:
                raise DomainError(f"{name!r} names an array; a name is 1 to 200 printable ASCII characters.")
            array = np.asarray(given)
            if array.dtype.kind not in _PLAIN:
                raise DomainError(f"{name} has dtype {array.dtype}; only numbers, truth values and text are kept.")
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            file.writestr(zipfile.ZipInfo(f"{name}.npy", _WHEN), member.getvalue())
    return buffer.getvalue()


def _with_digest(content: bytes, kind: str) -> bytes:
    """The zip with its comment: the last two bytes are the comment's length, which is 0."""
    label = f"{_FORMAT} {kind} sha256=".encode("ascii")
    signed = content[:-2] + (len(label) + _DIGITS).to_bytes(2, "little") + label
    return signed + hashlib.sha256(signed).hexdigest().encode("ascii")


def _write_through(path: Path, content: bytes) -> None:
    """To the disk itself, not to its cache alone."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Flush the folder's entry too, where the system can: the file is in place whether or not it does."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


# -- reading ----------------------------------------


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise
    except OSError as error:
        raise CheckpointError(f"{path} could not be read ({error.strerror or error}). Give another path.") from error
    if not stat.S_ISREG(path.stat().st_mode):
        raise CheckpointError(f"{path} is no ordinary file; give the path of one that save wrote.")
    if size > _MOST_BYTES:
        raise CheckpointError(f"{path} has {size:,} bytes; a file of ours has {_MOST_BYTES:,} at most.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path} could not be read ({error.strerror or error}). Give another path.") from error


def _check(content: bytes, path: Path, kind: str) -> None:
    """The digest, the format and the kind, before anything is unpacked."""
    if not content:
        raise CheckpointError(f"{path} is empty. Use another copy, or remove it and run again.")
    if not content.startswith(b"PK\x03\x04") and not content.startswith(b"PK\x05\x06"):
        raise CheckpointError(f"{path} is no .npz file. Give the path of one that save wrote.")
    signed, digest = content[:-_DIGITS], content[-_DIGITS:]
    words = signed[signed.rfind(f"{_FORMAT[:-1]}".encode("ascii")) :].split(b" ")
    if len(words) != 3 or words[2] != b"sha256=":
        whole = zipfile.is_zipfile(io.BytesIO(content)) and _FORMAT[:-1].encode("ascii") not in content[-4 * _DIGITS :]
        raise CheckpointError(
            f"{path} is an .npz that gantheory did not write. Trajectory.from_arrays takes another tool's arrays."
            if whole
            else f"{path} is truncated or corrupt: its end is missing. Use another copy, or remove it and run again."
        )
    if hashlib.sha256(signed).hexdigest().encode("ascii") != digest:
        raise CheckpointError(f"{path} is corrupt: its SHA-256 is not the one written in it. Use another copy.")
    if words[0].decode("ascii") != _FORMAT:
        raise CheckpointError(f"{path} has the format {words[0].decode('ascii')}; this version reads {_FORMAT}.")
    if words[1].decode("ascii") != kind:
        raise CheckpointError(f"{path} holds a {words[1].decode('ascii')}, and a {kind} is asked for.")


def _member(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[str, Array]:
    """One array; its header says exactly as many bytes as there are."""
    if info.compress_type != zipfile.ZIP_STORED or not info.filename.endswith(".npy"):
        raise ValueError(f"{info.filename} is no plain array")
    stream = io.BytesIO(file.read(info))
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, in_columns, dtype = read(stream)
    left = len(stream.getbuffer()) - stream.tell()
    if dtype.kind not in _PLAIN or math.prod(shape) * dtype.itemsize != left:
        raise ValueError(f"{info.filename} has a header that its bytes do not bear out")
    array = np.frombuffer(stream.getvalue(), dtype, offset=stream.tell()) if left else np.empty(0, dtype)
    return info.filename.removesuffix(".npy"), np.array(array.reshape(shape, order="F" if in_columns else "C"))
