"""Processes that compute together, as torchrun starts them, and do what a test tells them."""

import multiprocessing
import os
import socket
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import torch

from gazeengine.distributed import joined
from gazeengine.errors import GazeError

LIMIT_S = 300


class Processes:
    """size of them, which live until they are closed; warnings are errors there, too."""

    def __init__(self, size: int) -> None:
        context = multiprocessing.get_context("spawn")
        worlds = worlds_of(size)
        pipes = [context.Pipe() for _ in worlds]
        self._pipes = [here for here, _ in pipes]
        self._running = [
            context.Process(target=_work, args=(world, there), daemon=True)
            for world, (_, there) in zip(worlds, pipes, strict=True)
        ]
        for process in self._running:
            process.start()
        for _, there in pipes:
            there.close()

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """What function(world, *arguments) returned in each of them, or the GazeError that it raised."""
        for pipe in self._pipes:
            pipe.send((function, arguments))
        answers = []
        for pipe in self._pipes:
            if not pipe.poll(LIMIT_S):
                raise TimeoutError(f"{function.__name__}: processes wait for one another")
            answers.append(pipe.recv())
        return answers

    def kill(self, rank: int) -> None:
        self._running[rank].kill()
        self._running[rank].join()
        self._pipes.pop(rank).close()

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.close()  # which they hear
        for process in self._running:
            process.join(LIMIT_S)
            if process.exitcode is None:
                process.kill()
                process.join()


def worlds_of(size: int) -> list[dict[str, str]]:
    """The environment of each of size processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(size)}
    return [where | {"RANK": str(rank)} for rank in range(size)]


def _work(world: dict[str, str], pipe: Connection) -> None:
    warnings.simplefilter("error")
    os.environ.update(world)
    torch.set_num_threads(1)
    try:
        with joined() as together:
            while (task := _next(pipe)) is not None:
                function, arguments = task
                try:
                    answer = function(together, *arguments)
                except GazeError as error:
                    answer = error
                pipe.send(answer)
    except GazeError as error:  # the connection to another one is lost
        pipe.send(error)


def _next(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except EOFError:
        return None
