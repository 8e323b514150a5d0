"""What a person can cause or repair, as exceptions.

Every message has a subject, what was found and what is wanted: "checkpoint densegaze.safetensors:
layer 'conv4_2' has 512 feature maps, expected 480". Anything else that goes wrong is a bug.
"""


class GazeError(Exception):
    """Something that the user can repair; its text says how."""


class ImageError(GazeError):
    """A picture that cannot be read."""


class CheckpointError(GazeError):
    """A model file that cannot be read or written, or that does not fit."""


class ArchitectureError(GazeError):
    """Widths or kept features that no network of this architecture can have."""


class PruningError(GazeError):
    """A pruning plan that cannot be carried out, or a target that cannot be reached."""


class DataError(GazeError):
    """A data set that is missing, incomplete or malformed."""


class TrainingError(GazeError):
    """A training run that cannot start or go on."""


class MaterialError(TrainingError):
    """What is learned from can no longer be read; what was learned until then is sound."""


class ExportError(GazeError):
    """A network that could not be exported, or whose export does not agree with it."""


class OutputError(GazeError):
    """A file or folder that cannot be written."""


def cause(error: Exception) -> str:
    """What an exception of Python's says, for people: no names of classes, and a missing key as what it is."""
    match error:
        case KeyError():
            return f"{error} is missing"
        case OSError(strerror=str(text)):
            return text
        case _:
            return str(error) or type(error).__name__
