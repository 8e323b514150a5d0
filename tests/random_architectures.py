"""Random small architectures: chains, concatenations, taps before the nonlinearity, sums, depthwise layers, pooling."""

from hypothesis import strategies as st

from gazeengine.architecture import Architecture, Layer, Pool, Tap


@st.composite
def architectures(draw, most=6):
    """One to so many layers of one to four features before a readout; each but the first reads one or more earlier ones
    that are as large."""
    layers = [Layer("l0", "features.0", (), draw(st.integers(1, 4)), activation=draw(activations))]
    readable = [layers[0]]  # outputs of the present extent
    for i in range(1, draw(st.integers(1, most)) + 1):
        name, key = f"l{i}", f"features.{i}"
        same = [one for one in readable if one.pool is None]
        kind = draw(st.sampled_from(["plain", "plain", "depthwise", *["sum"] * bool(readable)]))
        norm = f"features.n{i}" if draw(st.booleans()) else None
        common = {"bias": draw(st.booleans()), "output_norm": norm}
        if kind == "depthwise":
            read = draw(st.sampled_from(readable))
            layer = Layer(name, key, (Tap(read.name),), read.features, 3, depthwise=True, same=True, **common)
        else:
            taps = draw(st.lists(st.sampled_from(readable), min_size=1, max_size=3, unique=True))
            before = {one.name for one in same if one.adds is None and one.activation != "none" and draw(st.booleans())}
            inputs = tuple(Tap(one.name, one.name not in before) for one in taps)
            added = draw(st.sampled_from(readable)) if kind == "sum" else None
            features = added.features if added is not None else draw(st.integers(1, 4))
            layer = Layer(
                name, key, inputs, features, draw(st.sampled_from([1, 3])), activation=draw(activations),
                input_norm=f"features.m{i}" if draw(st.integers(0, 3)) == 0 else None,
                adds=added.name if added is not None else None, **common,
            )  # fmt: skip
        if i < 3 and draw(st.integers(0, 3)) == 0:
            layer = with_pool(layer, draw(st.sampled_from(["max", "mean"])))
            readable = []
        readable.append(layer)
        layers.append(layer)
    read = draw(st.lists(st.sampled_from(readable), min_size=1, max_size=2, unique=True))
    layers += [
        Layer(
            "readout1", "readout.0", tuple(Tap(one.name) for one in read), draw(st.integers(1, 3)), 1,
            activation="prelu", activation_key="readout.1", group="readout",
        ),
        Layer(
            "readout2", "readout.2", (Tap("readout1"),), 1, 1, activation="prelu", activation_key="readout.3",
            group="readout",
        ),
    ]  # fmt: skip
    return Architecture("random", "Random", tuple(layers))


activations = st.sampled_from(["relu", "relu6", "none"])


def with_pool(layer, kind):
    return Layer(**{name: getattr(layer, name) for name in Layer.__slots__} | {"pool": Pool(kind)})
