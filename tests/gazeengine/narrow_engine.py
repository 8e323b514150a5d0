"""The command line with a narrow FastGaze: what torchrun starts in tests."""

import sys
from dataclasses import replace

from gazeengine.__main__ import main
from gazeengine.architecture import ARCHITECTURES, Architecture


def narrow(full: Architecture) -> Architecture:
    """A sixteenth of the features of each layer."""
    return replace(full, layers=tuple(replace(layer, features=max(1, layer.features // 16)) for layer in full.layers))


if __name__ == "__main__":
    ARCHITECTURES["fastgaze"] = narrow(ARCHITECTURES["fastgaze"])  # type: ignore[index]
    sys.exit(main())
