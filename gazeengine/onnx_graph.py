"""A gaze network as an ONNX graph, written layer by layer from its table of convolutions.

The same walk as networks.GazeNetwork.forward, in ONNX operators. torch's own exporter traces the network instead:
for pictures of any size that took it half a minute for FastGaze and minutes for DenseGaze. This takes a fraction
of a second, and every node bears the name of its layer. Export compares the graph with the network in torch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from gazeengine.architecture import Layer
from gazeengine.networks import BLUR_GRID, BLUR_REACH, GazeNetwork

OPSET, IR_VERSION = 17, 8
"""Old enough for ONNX Runtime 1.12 (2022) and what embeds it."""

INPUT, OUTPUT = "image", "log_density"


def onnx_model(network: GazeNetwork, metadata: Mapping[str, str]) -> onnx.ModelProto:
    """network as an ONNX model: image (1, 3, height, width), RGB in [0, 1], to log_density (1, height, width) in nats.

    height and width are free, as in torch: a picture is padded to whole cells, and the map cropped again. metadata
    becomes the model's metadata_props.
    """
    graph = _Graph({name: tensor.detach().float().numpy() for name, tensor in network.state_dict().items()})
    shape = graph.add("Shape", [INPUT], start=2, end=4)
    stride = graph.constant([network.architecture.stride])
    below_next = graph.add("Add", [shape, graph.constant([network.architecture.stride - 1])])
    padded = graph.add("Mul", [graph.add("Div", [below_next, stride]), stride])

    readout = _readout(graph, network, shape, padded)
    grid = graph.add("Div", [padded, graph.constant([BLUR_GRID])])
    blurred = _blur(graph, network, graph.resize(readout, grid))
    full = graph.resize(blurred, padded)
    full = graph.add("Slice", [full, graph.constant([0, 0]), shape, graph.constant([2, 3])])
    habit = graph.resize(graph.constant(network.center_bias.numpy()[None, None]), shape)
    weighed = graph.add("Mul", [habit, graph.constant(network.center_bias_weight.detach().numpy())])
    logits = graph.add("Flatten", [graph.add("Add", [full, weighed])], axis=1)
    log_density = graph.add("LogSoftmax", [logits], axis=1)
    graph.add("Reshape", [log_density, graph.joined([1], shape)], OUTPUT)

    def value(name: str, *dimensions: int | str) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, dimensions)

    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            network.architecture.name,
            [value(INPUT, 1, 3, "height", "width")],
            [value(OUTPUT, 1, "height", "width")],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="FisherGaze",
    )
    helper.set_model_props(model, dict(metadata))
    return model


@dataclass(slots=True)
class _Graph:
    """Nodes and constants so far; a network's state dict becomes constants as it is used."""

    state: Mapping[str, npt.NDArray[Any]]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, operator: str, inputs: Sequence[str], name: str = "", **attributes: Any) -> str:
        """A node; the answer is the name of its output."""
        output = name or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def constant(self, value: npt.ArrayLike, name: str = "") -> str:
        name = name or f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def weight(self, key: str, shape: tuple[int, ...] | None = None) -> str:
        array = self.state[key]
        return self.constant(array if shape is None else array.reshape(shape), key)

    def joined(self, front: Sequence[int], shape: str) -> str:
        return self.add("Concat", [self.constant(front), shape], axis=0)

    def resize(self, x: str, rows_and_columns: str) -> str:
        """x (1, C, h, w) at another size as F.interpolate does it: bilinear, corners not aligned, no antialiasing."""
        size = self.add("Concat", [self.add("Shape", [x], start=0, end=2), rows_and_columns], axis=0)
        return self.add("Resize", [x, "", "", size], mode="linear", coordinate_transformation_mode="half_pixel")


def _readout(graph: _Graph, network: GazeNetwork, shape: str, padded: str) -> str:
    """R(F(I)), the picture padded with its mean colour: GazeNetwork.saliency."""
    x = graph.add("Sub", [INPUT, graph.constant(network.mean.numpy())])
    x = graph.add("Div", [x, graph.constant(network.std.numpy())])
    behind = graph.add("Sub", [padded, shape])
    x = graph.add("Pad", [x, graph.joined([0] * 6, behind)], mode="constant")
    values: dict[tuple[str, bool], str] = {}
    epsilon = network.architecture.norm_epsilon
    for layer in network.architecture.layers:
        if layer.inputs:
            read = [values[tap.layer, tap.activated] for tap in layer.inputs]
            x = read[0] if len(read) == 1 else graph.add("Concat", read, f"{layer.name}/read", axis=1)
        if layer.input_norm is not None:
            x = graph.add("Relu", [_norm(graph, layer.input_norm, x, epsilon)])
        first, last = layer.padding
        border = [first, first, last, last]
        parts = [graph.weight(f"{layer.key}.{part}") for part in ("weight", "bias") if part == "weight" or layer.bias]
        strides = [layer.stride] * 2
        groups = network.get_submodule(layer.key).groups
        x = graph.add("Conv", [x, *parts], layer.name, pads=border, strides=strides, group=groups)
        if layer.output_norm is not None:
            x = _norm(graph, layer.output_norm, x, epsilon)
        values[layer.name, False] = x
        x = _activated(graph, layer, x)
        if layer.adds is not None:
            x = graph.add("Add", [x, values[layer.adds, True]], f"{layer.name}/sum")
        x = _pooled(graph, layer, x)
        values[layer.name, True] = x
    return x


def _norm(graph: _Graph, key: str, x: str, epsilon: float) -> str:
    parts = [graph.weight(f"{key}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
    return graph.add("BatchNormalization", [x, *parts], key, epsilon=epsilon)


def _activated(graph: _Graph, layer: Layer, x: str) -> str:
    if layer.activation == "relu":
        return graph.add("Relu", [x], f"{layer.name}/relu")
    if layer.activation == "relu6":
        zero, six = (graph.constant(np.array(bound, np.float32)) for bound in (0, 6))
        return graph.add("Clip", [x, zero, six], f"{layer.name}/relu6")
    if layer.activation_key is not None:
        slope = graph.weight(f"{layer.activation_key}.weight", (1, 1, 1))
        return graph.add("PRelu", [x, slope], f"{layer.name}/prelu")
    return x


def _pooled(graph: _Graph, layer: Layer, x: str) -> str:
    if layer.pool is None:
        return x
    pool = layer.pool
    sizes = {"kernel_shape": [pool.kernel] * 2, "strides": [pool.stride] * 2, "pads": [pool.padding] * 4}
    if pool.kind == "max":
        return graph.add("MaxPool", [x], f"{layer.name}/pool", **sizes)
    return graph.add("AveragePool", [x], f"{layer.name}/pool", count_include_pad=1, **sizes)


def _blur(graph: _Graph, network: GazeNetwork, x: str) -> str:
    sigma = network.blur_sigma / BLUR_GRID
    reach = max(1, math.ceil(BLUR_REACH * network.blur_sigma / BLUR_GRID))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    for axis, shape in ((2, (1, 1, -1, 1)), (3, (1, 1, 1, -1))):
        pads = np.zeros(8, np.int64)
        pads[[axis, axis + 4]] = reach
        x = graph.add("Pad", [x, graph.constant(pads)], mode="edge")
        x = graph.add("Conv", [x, graph.constant(kernel.reshape(shape))])
    return x
