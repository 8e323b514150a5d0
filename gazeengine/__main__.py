"""The command line: python -m gazeengine COMMAND. It does without a window what the window does.

With --json exactly one JSON object goes to stdout; progress goes to stderr. With --events, which long runs know, each
line of stdout is an event. Exit code 0, 2 with one line on stderr for what the user can repair, 130 after Ctrl-C.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress

from gazeengine.commands import events
from gazeengine.commands.arguments import parser
from gazeengine.commands.output import Result
from gazeengine.errors import GazeError

# where it is not named like the command
MODULES = {
    "signal": "fisher_signal",
    "prune-run": "prune_run",
    "prune-parameters": "prune_parameters",
}  # where it isn't named like the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, sys.argv's if none is given; the answer is the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    told = _speaks() and events.FLAG in arguments
    try:
        options = parser().parse_args(arguments)
        told = _speaks() and getattr(options, "events", False)
        with events.listening(told):
            result = _run(options)
        if told:
            events.tell("result", values=result.values, text=result.text)
        elif _speaks():
            print(json.dumps(result.values, ensure_ascii=False) if options.json else result.text, flush=True)
        return result.exit_code
    except GazeError as error:
        text = " ".join(str(error).split())
        print(f"gazeengine: {text}", file=sys.stderr)
        if told:
            events.tell("error", text=text)
        return 2
    except KeyboardInterrupt:
        print("\ngazeengine: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read the output has enough of it
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _speaks() -> bool:
    """Whether this is the first of the processes that torchrun started, or the only one."""
    return os.environ.get("RANK", "0") == "0"


def _run(options: Namespace) -> Result:
    # a command's module imports torch, which takes seconds that info and --help need not wait for
    name = MODULES.get(options.command, options.command)
    if getattr(options, "threads", None) is not None:
        importlib.import_module("torch").set_num_threads(options.threads)
    result: Result = importlib.import_module(f"gazeengine.commands.{name}").run(options)
    return result


if __name__ == "__main__":
    sys.exit(main())
