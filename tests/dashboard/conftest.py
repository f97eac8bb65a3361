"""Libraries to look at: full, empty, and the app over them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from analysis.library import Library
from dashboard.app import create_app
from tests.dashboard import fake_library


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The fake library; not to be changed."""
    return fake_library.build(tmp_path_factory.mktemp("library") / "films")


@pytest.fixture
def library(pristine: Library, tmp_path: Path) -> Library:
    """A copy of the fake library, free to be damaged."""
    return Library(shutil.copytree(pristine.root, tmp_path / "films"))


@pytest.fixture
def empty_library(tmp_path: Path) -> Library:
    folder = tmp_path / "empty"
    folder.mkdir()
    return Library(folder)


@contextmanager
def page_of(name: str, *libraries: Library) -> Iterator[ModuleType]:
    """A page's module under an app over these libraries, within a request. Pages exist only once there is an app."""
    app = create_app([library.root for library in libraries])
    with app.server.test_request_context():
        yield import_module(f"dashboard.pages.{name}")
