"""How a saliency map is shown over its picture, as a value, and as pixels; nothing of Qt."""

from gazeengine.map_style import LEAST_GAMMA, MODES, MOST_GAMMA, MapStyle, Mode
from gazeengine.rendering import rendered

__all__ = ["LEAST_GAMMA", "MODES", "MOST_GAMMA", "MapStyle", "Mode", "rendered"]
