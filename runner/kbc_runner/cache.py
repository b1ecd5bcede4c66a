"""Inputs kept in the sandbox from run to run, and putting an input where the script reads it.

Cached content is copied, never linked: a script may write to its inputs. A name appears only when
what it names is complete.
"""

from __future__ import annotations

import os

from kbc_runner import files
from kbc_runner.problem import is_out_of_space

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from typing import Callable

    from kbc_runner.plan import Input

_UNFINISHED = ".kbc-part"


class Cache:
    """A folder with one entry, a file or a folder of parts, for each cache key."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._locks: dict[str, threading.Lock] = {}
        self._used: set[str] = set()

    def size(self, wanted: Input) -> int | None:
        """The size of what is kept for this input, None when nothing is."""
        if wanted.cache_key is None:
            return None
        self._used.add(wanted.cache_key)
        entry = f"{self._folder}/{wanted.cache_key}"
        try:
            if wanted.parts is None:
                return os.stat(entry).st_size if os.path.isfile(entry) else None
            return sum(os.stat(f"{entry}/{part}").st_size for part in wanted.parts)
        except OSError:
            return None

    def keep(self, wanted: Input, fetch: Callable[[str], int]) -> bool:
        """Fetches an input into the cache; False when it is there already. Two inputs may be the
        same table under two names: it is fetched once."""
        import threading

        key = wanted.cache_key or ""
        with self._locks.setdefault(key, threading.Lock()):
            if self.size(wanted) is not None:
                return False
            os.makedirs(self._folder, exist_ok=True)
            try:
                self._fetch(key, fetch)
            except OSError as error:
                if not is_out_of_space(error) or not self._make_room():
                    raise
                self._fetch(key, fetch)
        return True

    def _fetch(self, key: str, fetch: Callable[[str], int]) -> None:
        entry = f"{self._folder}/{key}"
        unfinished = entry + _UNFINISHED
        files.remove(unfinished)
        try:
            fetch(unfinished)
        except BaseException:
            files.remove(unfinished)
            raise
        files.remove(entry)
        os.rename(unfinished, entry)

    def _make_room(self) -> bool:
        """Removes what other runs kept; False when there was nothing."""
        keys = {name for name in os.listdir(self._folder) if not name.endswith(_UNFINISHED)}
        unused = keys - self._used
        for key in unused:
            files.remove(f"{self._folder}/{key}")
        return bool(unused)

    def place(self, wanted: Input, data: str, check: Callable[[], None]) -> int:
        """Copies what is kept into the data folder and returns its size."""
        entry = f"{self._folder}/{wanted.cache_key}"
        if wanted.unpack:
            from kbc_runner.unpack import unpack

            return unpack(entry, data, check)

        def copy(target: str) -> int:
            if wanted.parts is None:
                return files.copy(entry, target, check)
            os.mkdir(target)
            return sum(
                files.copy(f"{entry}/{part}", f"{target}/{part}", check) for part in wanted.parts
            )

        try:
            return put_in_place(wanted, data, copy)
        except OSError as error:
            if not is_out_of_space(error):
                raise
        # No room for two of it: the script gets the only one.
        size = self.size(wanted) or 0

        def move(target: str) -> int:
            os.rename(entry, target)
            return size

        return put_in_place(wanted, data, move)


def put_in_place(wanted: Input, data: str, make: Callable[[str], int]) -> int:
    """Makes an input (with `make`, which is given a path) and its manifest in the data folder;
    its name appears when it is complete."""
    target = f"{data}/{wanted.path}"
    folder, _, name = target.rpartition("/")
    os.makedirs(folder, exist_ok=True)
    # Names may be 255 bytes long already, so the unfinished one does not extend them.
    unfinished = f"{folder}/{_UNFINISHED}-{abs(hash(name)):x}"
    files.remove(unfinished)
    try:
        size = make(unfinished)
        files.remove(target)
        os.rename(unfinished, target)
    except BaseException:
        files.remove(unfinished)
        raise
    if wanted.manifest is not None:
        files.write(f"{target}.manifest", wanted.manifest)
    return size
