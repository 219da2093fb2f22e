"""What happens when the package is installed or made into a wheel: the native core is compiled where that is possible.

The core is loaded with ctypes and knows nothing of Python, so one wheel serves every version. Without a compiler the
wheel is pure Python, and works.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CoreHook(BuildHookInterface):
    """Compiles the native core into the package and names the wheel after the machine."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files are collected.

        Args:
            version: ``standard``, or ``editable`` for an installation that points at the source tree.
            build_data: What the builder is told.
        """
        del version
        core = _load(Path(self.root) / "scripts" / "native.py")
        core.TARGET.unlink(missing_ok=True)  # an older one must not get into a wheel that is to have none
        try:
            core.build(core.TARGET)
        except core.Unavailable as reason:
            self.app.display_info(f"drawthings is installed without its native core: {reason}.")
            return
        build_data["artifacts"].append(core.TARGET.relative_to(self.root).as_posix())
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{core.platform_tag()}"


def _load(path: Path) -> Any:  # noqa: ANN401 - a module is whatever it holds
    spec = importlib.util.spec_from_file_location("drawthings_native_build", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
