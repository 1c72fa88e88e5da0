"""The Python package in the process of the tests: python/ and the module of the build folder on the path."""
from warehouse import BUILD, REPO, folder, pipe, rows  # noqa: F401 (fixtures, and what tests import)
