"""The gaze network: features, readout, upsampling, blur and center bias (Eq. 1), built from an Architecture.

Networks of any widths are built from the same table. Three changes to DeepGaze II are the paper's: the
readout runs before upsampling, the Gaussian is separable, and its output is upsampled and cropped to the
picture's own size before the softmax.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from gazeengine.architecture import Architecture, Layer, LayerWidths
from gazeengine.checkpoint import WIDEST_BLUR_PX, Checkpoint, Ints
from gazeengine.surgery import pruned_weights

Observer = Callable[[Layer | None, tuple[str, ...], Tensor], Tensor]
"""Sees, and may replace, what a layer reads: (reader, roots of the layers read, features (N, C, H, W)).

It is called behind the reader's own normalization, where a feature is masked and where its Fisher signal
is taken. The reader is None for the network's last layer, which nobody reads.
"""

Values = dict[tuple[str, bool], Tensor]
"""Outputs of layers that are still to be read, by (layer, behind its nonlinearity)."""

BLUR_GRID = 4  # pixels of the picture to a cell of the grid that is blurred
BLUR_REACH = 3.0  # of the Gaussian's standard deviations


class GazeNetwork(nn.Module):
    """Pictures to log densities of fixations: Q(x, y | I) ∝ exp(R(F(I)) upsampled * G_σ + w log Q(x, y)).

    center_bias (h, w) is the log density log Q(x, y) on a grid over the picture, of any size; blur_sigma is σ
    in pixels of the network's input, center_bias_weight w (1 in Eq. 1; learned here). Convolutions come without
    weights, which take longer to draw than to replace: see initialise, build and sliced.
    """

    center_bias: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, architecture: Architecture, widths: LayerWidths, center_bias: npt.NDArray[np.float32]) -> None:
        super().__init__()
        architecture.validate(widths)
        self.architecture = architecture
        self.widths = {layer.name: widths[layer.name] for layer in architecture.owners}
        self._roots, every = architecture.roots, architecture.expanded(widths)
        for layer in architecture.layers:
            c_in = sum(every[tap.layer] for tap in layer.inputs) if layer.inputs else 3
            c_out = every[layer.name]
            put(self, layer.key, convolution(layer, c_in, c_out, device="meta"))
            if layer.input_norm is not None:
                put(self, layer.input_norm, nn.BatchNorm2d(c_in, architecture.norm_epsilon))
            if layer.output_norm is not None:
                put(self, layer.output_norm, nn.BatchNorm2d(c_out, architecture.norm_epsilon))
            if layer.activation_key is not None:
                put(self, layer.activation_key, nn.PReLU())
        self.log_blur_sigma = nn.Parameter(torch.tensor(math.log(16.0)))
        self.center_bias_weight = nn.Parameter(torch.tensor(1.0))
        self.register_buffer("center_bias", torch.from_numpy(np.array(center_bias, np.float32)))
        self.register_buffer("mean", torch.tensor(architecture.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(architecture.std).view(1, 3, 1, 1), persistent=False)
        self._last_reader = _last_readers(architecture)

    def forward(self, images: Tensor, size: tuple[int, int] | None = None, observer: Observer | None = None) -> Tensor:
        """Log density (N, *size) in nats per pixel of RGB images (N, 3, H, W) in [0, 1]; size is (H, W) by default."""
        height, width = images.shape[-2:]
        return self.log_density(self.saliency(images, observer), (height, width), size)

    def log_density(self, saliency: Tensor, extent: tuple[int, int], size: tuple[int, int] | None = None) -> Tensor:
        """What follows the readout in Eq. 1: log density (N, *size) of saliency (N, 1, h, w).

        extent is (H, W) of the pictures at the network's input, where the blur's pixels are counted, and the size
        by default. All of it is float32 where the readout is bfloat16.
        """
        with torch.autocast(saliency.device.type, enabled=False):
            exact = saliency.float() if saliency.dtype == torch.bfloat16 else saliency
            return self._log_density(exact, extent, size or extent)

    def _log_density(self, saliency: Tensor, extent: tuple[int, int], size: tuple[int, int]) -> Tensor:
        height, width = extent
        stride = self.architecture.stride
        padded = saliency.shape[-2] * stride, saliency.shape[-1] * stride
        grid = padded[0] // BLUR_GRID, padded[1] // BLUR_GRID
        blurred = self.blur(F.interpolate(saliency, grid, mode="bilinear", align_corners=False))
        full = F.interpolate(blurred, padded, mode="bilinear", align_corners=False)[..., :height, :width]
        if size != (height, width):
            full = F.interpolate(full, size, mode="bilinear", align_corners=False)
        bias = F.interpolate(self.center_bias[None, None], size, mode="bilinear", align_corners=False)
        logits = (full + self.center_bias_weight * bias)[:, 0]
        return logits.flatten(1).log_softmax(1).view(-1, *size)

    def saliency(self, images: Tensor, observer: Observer | None = None) -> Tensor:
        """Readout R(F(I)) (N, 1, H/stride, W/stride), the picture padded with its mean colour to whole cells."""
        x = self.padded(images)
        values: Values = {}
        for layer in self.architecture.layers:
            if layer.inputs:
                x = self.read(layer, values)
                if observer is not None:
                    x = observer(layer, tuple(self._roots[tap.layer] for tap in layer.inputs), x)
            x = self.run(layer, x, values)
        if observer is not None:
            x = observer(None, (self.architecture.layers[-1].name,), x)
        return x

    def padded(self, images: Tensor) -> Tensor:
        """What the first layer reads of images (N, 3, H, W): normalised, padded with the mean colour to whole cells."""
        height, width = images.shape[-2:]
        rows, columns = self.architecture.padded(height, width)
        return F.pad((images - self.mean) / self.std, (0, columns - width, 0, rows - height))

    def read(self, layer: Layer, values: Values) -> Tensor:
        """What layer's convolution reads (N, C, h, w) of earlier layers' values, behind its own normalization."""
        read = [values[tap.layer, tap.activated] for tap in layer.inputs]
        x = read[0] if len(read) == 1 else torch.cat(read, 1)
        if layer.input_norm is None:
            return x
        return F.relu(self.get_submodule(layer.input_norm)(x), inplace=not torch.is_grad_enabled())

    def run(self, layer: Layer, x: Tensor, values: Values) -> Tensor:
        """Layer's output for what it reads. It is put among values, from which go those that nobody reads any more."""
        x = self.get_submodule(layer.key)(x)
        if layer.output_norm is not None:
            x = self.get_submodule(layer.output_norm)(x)
        values[layer.name, False] = x
        if pools_first(layer):
            x = self._activated(layer, pooled(layer, x))
        else:
            x = self._activated(layer, x, wanted=self._last_reader[layer.name, False] != layer.name)
            if layer.adds is not None:
                x = x + values[layer.adds, True]
            x = pooled(layer, x)
        values[layer.name, True] = x
        for key in [key for key in values if self._last_reader[key] == layer.name]:
            del values[key]
        return x

    def extracted(self, images: Tensor) -> Tensor:
        """F(I): what the readout reads (N, C, H/stride, W/stride), the layers that it reads one behind the other."""
        first = next(layer for layer in self.architecture.layers if layer.group == "readout")
        seen: list[Tensor] = []

        def observe(reader: Layer | None, read: tuple[str, ...], x: Tensor) -> Tensor:
            if reader is first:
                seen.append(x)
            return x

        self.saliency(images, observe)
        return seen[0]

    def read_out(self, features: Tensor) -> Tensor:
        """R (N, 1, h, w) of features (N, C, h, w) that extracted() gave."""
        x = features
        for layer in self.architecture.layers:
            if layer.group == "readout":
                x = self._activated(layer, self.get_submodule(layer.key)(x))
        return x

    def _activated(self, layer: Layer, x: Tensor, *, wanted: bool = False) -> Tensor:
        """Behind layer's nonlinearity; x is overwritten, which is faster, unless it is wanted or has gradients."""
        overwrite = not (wanted or torch.is_grad_enabled())
        if layer.activation == "relu":
            return F.relu(x, inplace=overwrite)
        if layer.activation == "relu6":
            return F.relu6(x, inplace=overwrite)
        if layer.activation_key is not None:
            return self.get_submodule(layer.activation_key)(x)  # type: ignore[no-any-return]
        return x

    def blur(self, x: Tensor) -> Tensor:
        """x (N, 1, h, w) convolved with a separable Gaussian of blur_sigma pixels; the border is repeated."""
        sigma = self.log_blur_sigma.exp() / BLUR_GRID
        widest = min(WIDEST_BLUR_PX, self.blur_sigma)  # training may lose it to infinity, or to nan
        reach = max(1, math.ceil(BLUR_REACH * widest / BLUR_GRID))
        taps = torch.arange(-reach, reach + 1, dtype=x.dtype, device=x.device)
        kernel = torch.softmax(-0.5 * (taps / sigma) ** 2, 0)
        x = F.conv2d(F.pad(x, (0, 0, reach, reach), mode="replicate"), kernel.view(1, 1, -1, 1))
        return F.conv2d(F.pad(x, (reach, reach, 0, 0), mode="replicate"), kernel.view(1, 1, 1, -1))

    @property
    def blur_sigma(self) -> float:
        return float(self.log_blur_sigma.detach().exp())

    def readout_parameters(self) -> list[nn.Parameter]:
        """All that stands behind the features: readout, blur and weight of the center bias."""
        names = ("readout.", "log_blur_sigma", "center_bias_weight")
        return [p for name, p in self.named_parameters() if name.startswith(names)]

    def feature_parameters(self) -> list[nn.Parameter]:
        return [p for name, p in self.named_parameters() if name.startswith("features.")]


def pools_first(layer: Layer) -> bool:
    """Whether its nonlinearity is applied behind its pooling: the same numbers, and a quarter of the work.

    Rectifiers are monotone, and the greatest of what they give is what they give of the greatest.
    """
    of_greatest = layer.pool is not None and layer.pool.kind == "max"
    return of_greatest and layer.activation in ("relu", "relu6") and layer.adds is None


def pooled(layer: Layer, x: Tensor) -> Tensor:
    """Behind layer's pooling, if it has one."""
    if layer.pool is None:
        return x
    pool = F.max_pool2d if layer.pool.kind == "max" else F.avg_pool2d
    return pool(x, layer.pool.kernel, layer.pool.stride, layer.pool.padding)


class _PaddedConv2d(nn.Conv2d):
    """A convolution with as many zeros before as behind, but for one."""

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int, *, pads: tuple[int, int], **how: Any) -> None:
        super().__init__(c_in, c_out, kernel, stride, **how)
        self.pads = pads

    def forward(self, x: Tensor) -> Tensor:
        before, behind = self.pads
        return super().forward(F.pad(x, (before, behind, before, behind)))


def convolution(layer: Layer, c_in: int, c_out: int, device: str | None = None) -> nn.Conv2d:
    """A layer's convolution at these widths, with whatever weights torch gives it."""
    groups = c_out if layer.depthwise else 1
    before, behind = layer.padding
    how: dict[str, Any] = {"bias": layer.bias, "groups": groups, "device": device}
    if before == behind:
        return nn.Conv2d(c_in, c_out, layer.kernel, layer.stride, before, **how)
    return _PaddedConv2d(c_in, c_out, layer.kernel, layer.stride, pads=(before, behind), **how)


def build(checkpoint: Checkpoint) -> GazeNetwork:
    """The network of a checkpoint, in float32, ready to predict."""
    floats = {
        name: torch.from_numpy(np.array(array, np.int64 if array.dtype == np.int64 else np.float32))
        for name, array in checkpoint.weights.items()
    }
    return _with_weights(checkpoint.architecture, checkpoint.widths, floats)


def sliced(network: GazeNetwork, kept: Mapping[str, Ints]) -> GazeNetwork:
    """The smaller network of kept features (sorted indices for each layer): surgery without a file in between."""
    state = pruned_weights(network.architecture, network.state_dict(), kept, network.widths, _take)
    return _with_weights(network.architecture, {name: len(k) for name, k in kept.items()}, state)


def _with_weights(architecture: Architecture, widths: LayerWidths, state: Mapping[str, Tensor]) -> GazeNetwork:
    network = GazeNetwork(architecture, widths, state["center_bias"].numpy())
    network.load_state_dict(state, assign=True)
    network.requires_grad_(False)
    # channels_last tracks FLOPs where the default layout does not: 14 against 5 times at quarter widths
    return network.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload, no-any-return]


def weights(network: GazeNetwork) -> dict[str, npt.NDArray[Any]]:
    """A network's state dict as numpy arrays: what a Checkpoint holds."""
    return {name: tensor.detach().contiguous().numpy().copy() for name, tensor in network.state_dict().items()}


def masking(masks: Mapping[str, Tensor]) -> Observer:
    """An observer that multiplies each feature with its mask m_k (C,), as in Eq. 8, wherever it is read."""

    def observe(reader: Layer | None, read: tuple[str, ...], x: Tensor) -> Tensor:
        return x * torch.cat([masks[name] for name in read]).view(1, -1, 1, 1)

    return observe


def initialise(network: GazeNetwork, seed: int) -> None:
    """Random weights: He's for convolutions, so that the variance of features keeps from layer to layer."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.to_empty(device="cpu", recurse=False)
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def uniform_center_bias(height: int = 48, width: int = 64) -> npt.NDArray[np.float32]:
    """The log density (height, width) of a gaze without habits."""
    return np.full((height, width), -math.log(height * width), np.float32)


def _take(tensor: Tensor, indices: Ints, axis: int) -> Tensor:
    return tensor.index_select(axis, torch.from_numpy(indices))  # several times faster than tensor[:, indices]


def put(root: nn.Module, key: str, module: nn.Module) -> None:
    """Hang a module into a tree under its state-dict prefix."""
    *path, last = key.split(".")
    for part in path:
        if part not in root._modules:
            root.add_module(part, nn.Module())
        root = root.get_submodule(part)
    root.add_module(last, module)


def _last_readers(architecture: Architecture) -> dict[tuple[str, bool], str]:
    """Behind which layer a value is no longer needed; a value that nobody reads goes at once."""
    last = {(layer.name, activated): layer.name for layer in architecture.layers for activated in (False, True)}
    for layer in architecture.layers:
        for tap in layer.inputs:
            last[tap.layer, tap.activated] = layer.name
        if layer.adds is not None:
            last[layer.adds, True] = layer.name
    return last
