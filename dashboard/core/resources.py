"""Finds the templates, static files and migrations from a checkout, an editable install and a wheel alike."""

from pathlib import Path


def resource_dir(name: str) -> Path:
    """The folder of that name: inside the package where a wheel put it, else beside the package in a checkout.

    Raises FileNotFoundError if neither is there: the installation is incomplete.
    """
    package = Path(__file__).parent.parent
    for folder in (package / "_resources" / name, package.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"The folder '{name}' is missing from this installation.")
