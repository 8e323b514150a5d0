"""How a map is made of what a network sees."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazeengine.domain import AS_TRAINED, Look, composed, domain_of
from gazeengine.errors import GazeError
from gazeengine.fixations import resized_log_density
from gazeengine.saliency_map import normalised
from gazeengine.screens import channels_of, screen_prior
from tests.networks import narrow_checkpoint

CHECKPOINT = narrow_checkpoint(most=6)
RNG = np.random.default_rng(0)
SEEN = normalised(RNG.normal(size=(30, 40))).log_density
RGB = RNG.integers(0, 255, (60, 80, 3), dtype=np.uint8)
CHANNELS = channels_of(RGB)


def own_bias(height, width):
    weight = float(CHECKPOINT.weights["center_bias_weight"])
    return weight * resized_log_density(np.asarray(CHECKPOINT.weights["center_bias"], np.float32), height, width)


def test_a_photograph_is_what_the_network_says():
    assert composed(SEEN, CHECKPOINT, "photographs", AS_TRAINED).log_density is SEEN


looks = st.builds(
    Look,
    st.just("auto"),
    st.floats(0, 1),
    st.sampled_from(["own", "photographs", "screens", "none"]),
)


@given(looks, st.sampled_from(["photographs", "screens"]))
def test_every_map_is_a_normalised_density(look, domain):
    found = composed(SEEN, CHECKPOINT, domain, look, CHANNELS)
    assert found.total == pytest.approx(1, abs=1e-4)
    assert found.log_density.shape == SEEN.shape


def test_without_a_center_bias_the_evidence_is_left():
    found = composed(SEEN, CHECKPOINT, "photographs", Look(center_bias=0)).log_density
    difference = found - (SEEN - own_bias(*SEEN.shape))
    assert np.ptp(difference) < 1e-4
    none = composed(SEEN, CHECKPOINT, "photographs", Look(prior="none")).log_density
    assert np.allclose(found, none, atol=1e-5)


@given(st.floats(0, 1))
def test_the_strength_is_linear_in_the_log_domain(strength):
    def at(s):
        return composed(SEEN, CHECKPOINT, "photographs", Look(center_bias=s)).log_density

    mixed = (1 - strength) * at(0) + strength * at(1)
    assert np.ptp(at(strength) - mixed) < 1e-3


def test_another_prior_takes_the_place_of_the_own():
    found = composed(SEEN, CHECKPOINT, "photographs", Look(prior="screens")).log_density
    expected = SEEN - own_bias(*SEEN.shape) + screen_prior(own_bias(*SEEN.shape))
    assert np.ptp(found - expected) < 1e-4


def test_a_strength_beyond_one_is_refused():
    with pytest.raises(GazeError, match="from 0 to 1"):
        Look(center_bias=1.5)


def test_a_plain_picture_is_taken_for_a_screen_unless_told():
    plain = np.full((60, 80, 3), 255, np.uint8)
    plain[20:30, 10:50] = 0
    assert domain_of(plain, Look()) == "screens"
    assert domain_of(plain, Look("photographs")) == "photographs"
    assert domain_of(RGB, Look()) == "photographs"
