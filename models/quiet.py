"""Import TensorFlow without its start-up notes."""

import os
import sys
from importlib import import_module
from types import ModuleType


def quiet_import(name: str) -> ModuleType:
    """Import a module while what native code writes to standard error is dropped.

    TensorFlow notes how it was compiled from C++, before any log level is heeded; to a user of the command line that
    looks like an error. Python's own exceptions are raised as ever.
    """
    if name in sys.modules:
        return sys.modules[name]
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a path of ours
            os.dup2(nowhere.fileno(), 2)
        return import_module(name)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
