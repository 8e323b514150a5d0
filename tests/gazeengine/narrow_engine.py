"""The command line with a narrow FastGaze: what torchrun starts in tests.

On the process whose rank is in WITHOUT_DATA, as on a computer of its own, the data set is missing.
"""

import os
import sys
from dataclasses import replace

from gazeengine.__main__ import main
from gazeengine.architecture import ARCHITECTURES, Architecture


def narrow(full: Architecture) -> Architecture:
    """A sixteenth of the features of each layer."""
    return replace(full, layers=tuple(replace(layer, features=max(1, layer.features // 16)) for layer in full.layers))


if __name__ == "__main__":
    if os.environ.get("WITHOUT_DATA", "none") == os.environ.get("RANK"):
        sys.argv[sys.argv.index("--data") + 1] += "-elsewhere"
    ARCHITECTURES["fastgaze"] = narrow(ARCHITECTURES["fastgaze"])  # type: ignore[index]
    sys.exit(main())
