"""The two sides of the window: to look at a picture, or into the network that looks."""

from typing import Literal, get_args

Workspace = Literal["look", "network"]
WORKSPACES: tuple[Workspace, ...] = get_args(Workspace)
