"""The command line: python -m gazeengine COMMAND. It does without a window what the window does.

With --json exactly one JSON object goes to stdout; progress goes to stderr. Exit code 0, 2 with one line on stderr
for what the user can repair, 130 after Ctrl-C.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from gazeengine.commands.arguments import parser
from gazeengine.commands.output import Result
from gazeengine.errors import GazeError

MODULES = {"signal": "fisher_signal"}  # where it isn't named like the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, sys.argv's if none is given; the answer is the exit code."""
    try:
        options = parser().parse_args(arguments)
        # a command's module imports torch, which takes seconds that info and --help need not wait for
        name = MODULES.get(options.command, options.command)
        if getattr(options, "threads", None) is not None:
            importlib.import_module("torch").set_num_threads(options.threads)
        result: Result = importlib.import_module(f"gazeengine.commands.{name}").run(options)
        print(json.dumps(result.values, ensure_ascii=False) if options.json else result.text, flush=True)
        return result.exit_code
    except GazeError as error:
        print(f"gazeengine: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ngazeengine: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read the output has enough of it
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
