"""DeepGaze II, FastGaze, DenseGaze, LiteGaze and the published pruned FastGaze as data: layers and who reads whom.

An architecture is a table of convolutions in the order in which they run. Everything else is derived
from it: networks of any widths (networks.py), FLOPs (cost.py), pruning orders (plan.py), diagrams.
Theis et al. (2018), Section 2 and 3; state-dict names are torchvision's where the layers are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from gazeengine.errors import ArchitectureError

LayerWidths = Mapping[str, int]
"""Number of features of every layer that has its own, by its name."""

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Pool:
    """Spatial pooling behind a layer; sizes in pixels of the layer's output."""

    kind: Literal["max", "mean"]
    kernel: int = 2
    stride: int = 2
    padding: int = 0

    def extent(self, pixels: int) -> int:
        return (pixels + 2 * self.padding - self.kernel) // self.stride + 1


@dataclass(frozen=True, slots=True)
class Tap:
    """What a layer reads of an earlier one: its output, or with activated=False what goes into its nonlinearity."""

    layer: str
    activated: bool = True


@dataclass(frozen=True, slots=True)
class Layer:
    """A square convolution with the normalization, nonlinearity and pooling around it.

    In the order in which they run: concatenate inputs, input_norm with ReLU (a DenseNet's reader has
    its own), convolution, output_norm, activation, adding the output of an earlier layer, pool. An empty inputs means
    the picture itself. key and the norms' and activation's keys are state-dict prefixes.

    A depthwise convolution reads one feature for each of its own, so these are the features of its input; one that
    adds an earlier layer shares that one's features, which go or stay in both. same pads as TensorFlow does, one more
    behind than before where it is odd.
    """

    name: str
    key: str
    inputs: tuple[Tap, ...]
    features: int
    kernel: int = 3
    stride: int = 1
    bias: bool = True
    input_norm: str | None = None
    output_norm: str | None = None
    activation: Literal["relu", "relu6", "prelu", "none"] = "relu"
    activation_key: str | None = None
    pool: Pool | None = None
    group: str = ""  # where it stands in a diagram: a block of the network
    depthwise: bool = False
    adds: str | None = None
    same: bool = False

    @property
    def padding(self) -> tuple[int, int]:
        """Rows of zeros before and behind what is read, and as many columns."""
        if not self.same:
            return self.kernel // 2, self.kernel // 2
        both = max(self.kernel - self.stride, 0)
        return both // 2, both - both // 2

    def extent(self, pixels: int) -> int:
        """Rows or columns of the convolution's output for that many of its input."""
        return (pixels + sum(self.padding) - self.kernel) // self.stride + 1


@dataclass(frozen=True, slots=True)
class Architecture:
    """Convolutions in running order; the last one's single feature is the saliency before upsampling.

    mean and std normalise RGB in [0, 1]; trained_backbone is False where the paper keeps the features
    as they were pretrained (DeepGaze II) and trains the readout alone. Layers that are tied to one another have the
    same features (see roots): these are counted, kept and pruned under the name of the first of them.
    """

    name: str
    title: str
    layers: tuple[Layer, ...]
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    trained_backbone: bool = True
    norm_epsilon: float = 1e-5

    def __getitem__(self, name: str) -> Layer:
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ArchitectureError(f"{self.title}: there is no layer {name!r}, wanted one of {', '.join(self.roots)}")

    @property
    def roots(self) -> dict[str, str]:
        """For each layer the first of those whose features are its own: itself, unless it is tied to an earlier one."""
        found: dict[str, str] = {}
        for layer in self.layers:
            tied = layer.inputs[0].layer if layer.depthwise else layer.adds
            found[layer.name] = layer.name if tied is None else found[tied]
        return found

    def expanded(self, of_roots: Mapping[str, V]) -> dict[str, V]:
        """What is known of the roots, for every layer."""
        return {name: of_roots[root] for name, root in self.roots.items()}

    @property
    def owners(self) -> tuple[Layer, ...]:
        """The layers that are their own roots."""
        roots = self.roots
        return tuple(layer for layer in self.layers if roots[layer.name] == layer.name)

    @property
    def widths(self) -> dict[str, int]:
        """Features by root."""
        return {layer.name: layer.features for layer in self.owners}

    @property
    def n_features(self) -> int:
        return sum(self.widths.values())

    @property
    def stride(self) -> int:
        """Pixels of the picture to one cell of the readout's output."""
        rows, _ = self.extents(1024, 1024)[self.layers[-1].name]
        return 1024 // rows

    def extents(self, height: int, width: int) -> dict[str, tuple[int, int]]:
        """Rows and columns of each convolution's output (before its pooling) for a picture of height x width."""
        pooled: dict[str, tuple[int, int]] = {}
        convolved: dict[str, tuple[int, int]] = {}
        for layer in self.layers:
            rows, columns = pooled[layer.inputs[0].layer] if layer.inputs else (height, width)
            rows, columns = layer.extent(rows), layer.extent(columns)
            convolved[layer.name] = rows, columns
            if layer.pool is not None:
                rows, columns = layer.pool.extent(rows), layer.pool.extent(columns)
            pooled[layer.name] = rows, columns
        return convolved

    def padded(self, height: int, width: int) -> tuple[int, int]:
        """The next larger multiples of stride: what the network computes on."""
        stride = self.stride
        return -(-height // stride) * stride, -(-width // stride) * stride

    def validate(self, widths: LayerWidths) -> None:
        """Raises ArchitectureError unless every layer has from one to its original number of features."""
        full = self.widths
        if unknown := [name for name in widths if name not in full]:
            raise ArchitectureError(f"{self.title}: there is no layer {unknown[0]!r}, wanted {', '.join(full)}")
        for name, most in full.items():
            if not 1 <= widths.get(name, 0) <= most:
                raise ArchitectureError(
                    f"{self.title}: layer {name!r} has {widths.get(name, 0)} features, wanted 1 to {most}"
                )


def _readout(inputs: tuple[Tap, ...]) -> Iterator[Layer]:
    """Readout network R of Eq. 1: 1x1 convolutions of 32, 16, 2 and 1 features, each with a PReLU."""
    for i, features in enumerate((32, 16, 2, 1)):
        name = f"readout{i + 1}"
        yield Layer(
            name,
            f"readout.{2 * i}",
            inputs,
            features,
            kernel=1,
            activation="prelu",
            activation_key=f"readout.{2 * i + 1}",
            group="readout",
        )
        inputs = (Tap(name),)


def _vgg(blocks: tuple[tuple[int, int], ...]) -> Iterator[Layer]:
    """VGG's convolutions (Simonyan & Zisserman 2015): (depth, features) of each block; no pooling behind the last."""
    inputs: tuple[Tap, ...] = ()
    index = 0
    for b, (depth, features) in enumerate(blocks, 1):
        for i in range(1, depth + 1):
            name = f"conv{b}_{i}"
            last = i == depth and b < len(blocks)
            pool = Pool("max") if last else None
            yield Layer(name, f"features.{index}", inputs, features, pool=pool, group=f"block {b}")
            inputs = (Tap(name),)
            index += 3 if last else 2


def _densenet(
    first: int = 64, growth: int = 32, blocks: tuple[int, ...] = (6, 12, 24), bottleneck: int = 4
) -> Iterator[Layer]:
    """DenseNet (Huang et al. 2017) up to the concatenated features of its last given block; 121's by default."""
    yield Layer(
        "conv0",
        "features.conv0",
        (),
        first,
        kernel=7,
        stride=2,
        bias=False,
        output_norm="features.norm0",
        pool=Pool("max", 3, 2, 1),
        group="stem",
    )
    read: tuple[Tap, ...] = (Tap("conv0"),)
    width = first
    for b, depth in enumerate(blocks, 1):
        for i in range(1, depth + 1):
            key = f"features.denseblock{b}.denselayer{i}"
            squeeze, grow = f"dense{b}_{i}a", f"dense{b}_{i}b"
            group = f"block {b}"
            yield Layer(
                squeeze,
                f"{key}.conv1",
                read,
                bottleneck * growth,
                kernel=1,
                bias=False,
                input_norm=f"{key}.norm1",
                activation="none",
                group=group,
            )
            yield Layer(
                grow,
                f"{key}.conv2",
                (Tap(squeeze),),
                growth,
                bias=False,
                input_norm=f"{key}.norm2",
                activation="none",
                group=group,
            )
            read = (*read, Tap(grow))
            width += growth
        if b < len(blocks):
            name = f"transition{b}"
            width //= 2
            yield Layer(
                name,
                f"features.transition{b}.conv",
                read,
                width,
                kernel=1,
                bias=False,
                input_norm=f"features.transition{b}.norm",
                activation="none",
                pool=Pool("mean"),
                group="transition",
            )
            read = (Tap(name),)


def _efficientnet_lite(stages: tuple[tuple[int, int, int, int, int], ...], first: int = 32) -> Iterator[Layer]:
    """EfficientNet-Lite (Liu 2020): (expansion, features, depth, stride, kernel) of each stage of residual blocks."""
    yield Layer(
        "stem", "features._conv_stem", (), first, stride=2, output_norm="features._bn0", activation="relu6",
        group="stem", bias=False, same=True,
    )  # fmt: skip
    read, width, i = "stem", first, 0
    for s, (expansion, features, depth, stride, kernel) in enumerate(stages, 1):
        for d in range(depth):
            key, name, group = f"features._blocks.{i}", f"block{i}", f"stage {s}"
            inner = read
            if expansion > 1:
                inner, wide = f"{name}_expand", width * expansion
                yield Layer(
                    inner, f"{key}._expand_conv", (Tap(read),), wide, kernel=1, bias=False,
                    output_norm=f"{key}._bn0", activation="relu6", group=group,
                )  # fmt: skip
            else:
                wide = width
            yield Layer(
                f"{name}_depthwise", f"{key}._depthwise_conv", (Tap(inner),), wide, kernel=kernel,
                stride=stride if d == 0 else 1, bias=False, output_norm=f"{key}._bn1", activation="relu6",
                group=group, depthwise=True, same=True,
            )  # fmt: skip
            yield Layer(
                f"{name}_project", f"{key}._project_conv", (Tap(f"{name}_depthwise"),), features, kernel=1, bias=False,
                output_norm=f"{key}._bn2", activation="none", group=group, adds=read if d else None,
            )  # fmt: skip
            read, width, i = f"{name}_project", features, i + 1


def _litegaze() -> Architecture:
    """EfficientNet-Lite0 up to its last stage at 1/16 of the picture; it takes bytes as (x - 127) / 128."""
    stages = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5))
    layers = tuple(_efficientnet_lite(stages))
    mean, std = (127 / 255,) * 3, (128 / 255,) * 3
    readout = tuple(_readout((Tap(layers[-1].name),)))
    return Architecture("litegaze", "LiteGaze", layers + readout, mean, std, norm_epsilon=1e-3)


def _fastgaze() -> Architecture:
    layers = tuple(_vgg(((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))))
    return Architecture("fastgaze", "FastGaze", layers + tuple(_readout((Tap("conv5_2"),))))


def _densegaze() -> Architecture:
    """The readout reads all that dense block 3 concatenates: the transition's features and each layer's."""
    layers = tuple(_densenet())
    grown = tuple(Tap(layer.name) for layer in layers if layer.name.startswith("dense3") and layer.name.endswith("b"))
    return Architecture("densegaze", "DenseGaze", layers + tuple(_readout((Tap("transition2"), *grown))))


def _deepgaze(name: str, title: str, blocks: tuple[tuple[int, int], ...]) -> Architecture:
    """DeepGaze II reads conv5_1, relu5_1, relu5_2, conv5_3 and the last block's last ReLU (Kümmerer et al. 2016)."""
    layers = tuple(_vgg(blocks))
    taps = (
        Tap("conv5_1", activated=False),
        Tap("conv5_1"),
        Tap("conv5_2"),
        Tap("conv5_3", activated=False),
        Tap(layers[-1].name),
    )
    return Architecture(name, title, layers + tuple(_readout(taps)), trained_backbone=False)


def _published() -> Architecture:
    """The topology of the pruned FastGaze that the paper's authors published: two convolutions a block."""
    widths = {
        "conv1_1": 43,
        "conv1_2": 44,
        "conv2_1": 49,
        "conv2_2": 56,
        "conv3_1": 44,
        "conv3_2": 38,
        "conv4_1": 31,
        "conv4_2": 20,
        "conv5_1": 18,
        "conv5_2": 10,
        "readout1": 7,
        "readout2": 7,
        "readout3": 2,
        "readout4": 1,
    }
    full = (*_vgg(((2, 64), (2, 128), (2, 256), (2, 512), (2, 512))), *_readout((Tap("conv5_2"),)))
    layers = tuple(replace(layer, features=widths[layer.name]) for layer in full)
    # it takes bytes less the mean, colours not divided by a standard deviation
    mean = (123.68 / 255, 116.779 / 255, 103.939 / 255)
    return Architecture("published-fastgaze", "Published FastGaze", layers, mean, (1 / 255, 1 / 255, 1 / 255))


ARCHITECTURES: Mapping[str, Architecture] = {
    a.name: a
    for a in (
        _fastgaze(),
        _densegaze(),
        _litegaze(),
        _deepgaze("deepgaze2", "DeepGaze II", ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))),
        _deepgaze("deepgaze2-vgg16", "DeepGaze II (VGG-16)", ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))),
        _published(),
    )
}


def architecture(name: str) -> Architecture:
    """The architecture of that name. Raises ArchitectureError with the known names."""
    try:
        return ARCHITECTURES[name]
    except KeyError:
        known = ", ".join(ARCHITECTURES)
        raise ArchitectureError(f"architecture {name!r} is not known, wanted one of {known}") from None
