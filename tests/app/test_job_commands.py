from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.job_commands import COMMANDS, command_line
from app.job_records import Job
from gazeengine.commands.arguments import TRAINING, parser

NEEDED = {
    "train": {"features": "random", "data": [Path("/d")]},
    "distill": {"model": Path("/m.safetensors"), "data": [Path("/d")]},
    "prune-run": {"model": Path("/m.safetensors"), "beta": 1e-3, "n_pruned": 5, "data": [Path("/d")]},
    "refine": {"model": Path("/m.safetensors"), "beta": 1e-3, "data": [Path("/d")]},
}


def parsed(kind, **values):
    """What the command line makes of it, as a job calls it."""
    line = command_line(kind, **(NEEDED[kind] | values))
    job = Job.new(Path("/jobs"), kind, "A job", line, Path("/out"))
    options = parser().parse_args(job.command)
    assert (options.command, options.run, options.out, options.events) == (kind, job.folder, Path("/out"), True)
    return options


@pytest.mark.parametrize("kind", COMMANDS)
def test_what_is_needed_is_enough_and_every_option_is_known(kind):
    options = parsed(kind)
    assert options.data == [Path("/d")]
    for flag, _ in COMMANDS[kind].values():
        assert not flag or flag in parser()._subparsers._group_actions[0].choices[kind].format_help()


@given(
    n_steps=st.integers(1, 10**6),
    rate=st.floats(0, 1, allow_nan=False),
    size=st.tuples(st.integers(32, 4000), st.integers(32, 4000)),
    name=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
    kind=st.sampled_from(["train", "distill"]),
)
def test_values_come_out_as_they_went_in(n_steps, rate, size, name, kind):
    options = parsed(kind, n_steps=n_steps, learning_rate=rate, size=size, name=name, data=[Path("/a b"), Path("/c")])
    assert (options.n_steps, options.learning_rate, options.size, options.name) == (n_steps, rate, size, name)
    assert options.data == [Path("/a b"), Path("/c")]


def test_every_option_of_training_can_be_given():
    values = {field: default for _, field, _, default, _ in TRAINING}
    options = parsed("train", **values)
    assert {field: getattr(options, field) for field in values} == values


@pytest.mark.parametrize(("beta", "told"), [(1e-3, 1e-3), (0.0, 0.0), (None, "star"), (1e-5, 1e-5), (1e6, 1e6)])
def test_beta_is_a_number_or_star(beta, told):
    assert parsed("prune-run", beta=beta).beta == told


@pytest.mark.parametrize(
    ("goal", "value"), [("n_pruned", 1500), ("gflop", 12.5), ("gflop", 8.0), ("ms", 30.0), ("ms", 0.25)]
)
def test_a_pruning_run_has_one_goal(goal, value):
    options = parsed("prune-run", **({"n_pruned": None} | {goal: value}))
    found = {"n_pruned": options.features, "gflop": options.gflop, "ms": options.ms}
    assert found == dict.fromkeys(found) | {goal: value}


def test_the_material_of_a_pruning_run():
    options = parsed(
        "prune-run",
        schedule="paper",
        snapshots=(1000, 500, 500),
        teacher=[Path("/t"), Path("/u")],
        unlabelled=[Path("/p")],
        size=(96, 128),
        batch=8,
    )
    assert options.schedule == "paper"
    assert list(options.snapshots) == [500, 1000]
    assert (options.teacher, options.unlabelled) == ([Path("/t"), Path("/u")], [Path("/p")])
    assert (options.size, options.batch) == ((96, 128), 8)


def test_pretrained_features_are_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parsed("train", features=Path("vgg.safetensors")).features == str(tmp_path / "vgg.safetensors")
    assert parsed("train").features == "random"
    assert parsed("distill", model=None, architecture="densegaze", features="random").model is None


def test_what_a_command_does_not_take_is_a_mistake():
    with pytest.raises(KeyError, match="train takes no beta"):
        command_line("train", beta=1.0)
