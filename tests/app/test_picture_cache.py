import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.picture_cache import PictureCache
from gazeengine.image import Picture

KB = 3 * 10 * 10


def picture(n_tens=1):
    return Picture("p", None, np.zeros((10, 10 * n_tens, 3), np.uint8), "digest")


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 4))), st.integers(4, 12), st.sampled_from("abcdef"))
def test_it_never_holds_more_than_there_is_room_for_beside_what_is_in_use(added, room, in_use):
    cache = PictureCache(room * KB)
    cache.in_use = frozenset((in_use, None))
    sizes = {}
    for key, n in added:
        cache[key] = picture(n)
        sizes[key] = n
        assert key in cache
        extra = sizes[in_use] if in_use in cache else 0
        assert cache.n_bytes <= (room + extra) * KB
        if in_use in sizes:
            assert in_use in cache


def test_what_was_used_least_lately_goes_first():
    cache = PictureCache(3 * KB)
    for key in "abc":
        cache[key] = picture()
    assert cache["a"] is cache.get("a")
    cache["d"] = picture()
    assert list(cache) == ["c", "a", "d"]


def test_one_larger_than_all_room_is_kept_alone():
    cache = PictureCache(3 * KB)
    cache["a"] = picture()
    cache["b"] = picture(5)
    assert list(cache) == ["b"]


def test_it_is_a_mapping():
    cache = PictureCache()
    cache["a"] = cache["a"] if "a" in cache else picture()
    assert len(cache) == 1
    assert cache.pop("a") is not None
    assert cache.get("a") is None
    with pytest.raises(KeyError):
        del cache["a"]
