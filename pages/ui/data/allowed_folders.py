"""Folders of this computer that Penumbra may read: those that the person named and confirmed.

Whoever gets at the page could otherwise type any path, and see what is in files that were never meant for it.
"""

from pathlib import Path

from pages.ui.common.workspace import Workspace

ALLOWED = "folders to read"


class AllowedFolders:
    """The folders that were confirmed, and all folders in them.

    Args:
        workspace: Where they are kept.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def allow(self, folder: Path) -> bool:
        """Return whether a folder may be read."""
        return any(folder.is_relative_to(known) for known in self._known())

    def add(self, folder: Path) -> None:
        """Keep that a folder may be read."""
        if not self.allow(folder):
            self._workspace.keep(ALLOWED, [*self._known(), str(folder)])

    def _known(self) -> list[str]:
        return [known for known in self._workspace.get(ALLOWED, []) if isinstance(known, str)]


def folder_of(path: str) -> Path | None:
    """Return the folder that has to be allowed to read a path, links followed; `None` where it cannot be one."""
    try:
        found = Path(path).expanduser().resolve()
        return found if found.is_dir() else found.parent
    except (OSError, RuntimeError, ValueError):  # nobody's home folder, a loop of links, a zero byte
        return None
