"""The command line: the parser of all commands. It imports no torch, so that --help comes at once."""

from __future__ import annotations

from gazeengine.commands import looking_arguments as looking
from gazeengine.commands import network_arguments as network
from gazeengine.commands import run_arguments as runs
from gazeengine.commands.argument_kinds import EPILOG, Parser, UsageError
from gazeengine.commands.run_arguments import TEACHING, TRAINING

__all__ = ["TEACHING", "TRAINING", "Parser", "UsageError", "parser"]


def parser() -> Parser:
    """The whole command line. Its namespace has command, and json where results are asked for as JSON."""
    top = Parser("gazeengine", description="Gaze prediction and Fisher pruning without a window.", epilog=EPILOG)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (
        network.info,
        looking.predict,
        looking.areas,
        looking.compare,
        looking.report,
        looking.evaluate,
        looking.results,
        network.prune,
        network.prune_parameters,
        network.times,
        network.refine,
        network.latency,
        network.export,
        runs.train,
        runs.teacher,
        runs.variants,
        runs.maps,
        runs.distill,
        runs.prune_run,
        runs.reproduce,
        network.convert,
        network.signal,
    ):
        add(commands)
    return top
