"""The window of FisherGaze: views, and the explorer that joins them to the engine. No torch at import time."""
