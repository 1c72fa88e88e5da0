"""What Python runs first in the programs that `python -m sluice run` starts: `import dlt` is sluice there too. Then the machine's own."""
import os
import sys

_own = sys.modules.pop(__name__)
_path = list(sys.path)
sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != os.path.dirname(os.path.abspath(__file__))]
try:
    from sluice import _alias

    _alias.install()
    import sitecustomize  # noqa: F401  the one that this hides
except ImportError:
    pass
sys.path[:] = _path
sys.modules.setdefault(__name__, _own)
