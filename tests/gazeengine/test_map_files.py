import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gazeengine.errors import OutputError
from gazeengine.map_files import SCALE, write_npy, write_png16
from gazeengine.saliency_map import normalised


@given(st.integers(0, 1000), st.tuples(st.integers(1, 40), st.integers(1, 40)))
def test_a_16_bit_map_gives_the_density_back_within_half_a_level(tmp_path_factory, seed, shape):
    path = tmp_path_factory.mktemp("m") / "m.png"
    map_ = normalised(np.random.default_rng(seed).normal(0, 2, shape))
    write_png16(path, map_.log_density)
    with Image.open(path) as image:
        assert image.mode == "I;16"
        scale, levels = float(image.text[SCALE]), np.asarray(image)
    density = np.exp(map_.log_density, dtype=np.float64)
    assert levels.max() == 65535
    assert levels * scale == pytest.approx(density / density.sum(), abs=scale * 0.51)


def test_numpys_file_is_the_log_density(tmp_path):
    map_ = normalised(np.random.default_rng(0).normal(0, 2, (20, 30)))
    write_npy(tmp_path / "m.npy", map_.log_density)
    assert np.array_equal(np.load(tmp_path / "m.npy"), map_.log_density)


@pytest.mark.parametrize("write", [write_npy, write_png16])
def test_what_cannot_be_written_is_told(tmp_path, write):
    with pytest.raises(OutputError, match="wanted one that exists"):
        write(tmp_path / "none" / "m", np.zeros((2, 2), np.float32))
