"""The decoded pictures, as many as there is room for; of the others is known where they are read from."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from gazeengine.image import Picture

MOST_BYTES = 512 * 2**20  # some eighty screenshots of 1920 x 1080


class PictureCache(MutableMapping[str, Picture]):
    """Pictures by key. Those used least lately go when there is no more room, but never those that are looked at."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._pictures: dict[str, Picture] = {}  # the latest used last
        self.in_use: frozenset[str | None] = frozenset()

    @property
    def n_bytes(self) -> int:
        return sum(picture.rgb.nbytes for picture in self._pictures.values())

    def __getitem__(self, key: str) -> Picture:
        picture = self._pictures.pop(key)
        self._pictures[key] = picture
        return picture

    def __setitem__(self, key: str, picture: Picture) -> None:
        self._pictures.pop(key, None)
        self._pictures[key] = picture
        room = self._most - self.n_bytes
        for other in list(self._pictures):
            if room >= 0:
                break
            if other != key and other not in self.in_use:
                room += self._pictures.pop(other).rgb.nbytes

    def __delitem__(self, key: str) -> None:
        del self._pictures[key]

    def __contains__(self, key: object) -> bool:
        return key in self._pictures  # to ask is no use

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._pictures))

    def __len__(self) -> int:
        return len(self._pictures)
