"""The version of this package, as pyproject.toml says it too; a test compares them."""

from typing import Final

VERSION: Final = "0.1.0"
