"""What a person works on, as plain JSON values that survive a reload and a restart."""

from typing import Any

from pages.ui.common.tab import Tab
from synth.runs.store import Store

READ = "workspace"  # the note of the tab that holds it as it was read last


class Workspace:
    """The workspace of one person, as this tab read or wrote it last.

    Args:
        store: Where it is kept.
        tab: Remembers it between two runs of a page, so that it is not read from the disk at every rerun.
    """

    def __init__(self, store: Store, tab: Tab) -> None:
        self._store, self._tab = store, tab

    def get(self, name: str, default: Any = None) -> Any:
        """Return what was kept under a name; the default where there is nothing, or nothing of its type."""
        content = self._tab.get(READ)
        value = (self._read_anew() if content is None else content).get(name)
        is_other = default is not None and not isinstance(value, type(default))
        return default if value is None or is_other else value

    def get_now(self, name: str, default: Any = None) -> Any:
        """Return what `get` does, but as another tab may have left it since; for what is about to be changed."""
        self._read_anew()
        return self.get(name, default)

    def keep(self, name: str, value: Any) -> None:
        """Keep a value under a name; `None` forgets it. What another tab has written since is kept."""
        content = {**self._store.read_workspace(), name: value}
        self._store.write_workspace(content)
        self._tab.keep(READ, content)

    def _read_anew(self) -> dict[str, Any]:
        content = self._store.read_workspace()
        self._tab.keep(READ, content)
        return content
