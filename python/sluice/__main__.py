"""python -m sluice run SCRIPT [ARGUMENTS]: runs a program that was written for dlt, unchanged, on this package.
python -m sluice source MODULE FUNCTION …: loads a custom source of a project, see custom.py."""
import os
import runpy
import sys

USAGE = "usage: python -m sluice run SCRIPT.py [ARGUMENTS]\n       python -m sluice source MODULE FUNCTION [OPTIONS]"


def main(arguments):
    if arguments[:1] == ["source"]:
        from sluice import custom

        return custom.main(arguments[1:])
    if arguments[:1] != ["run"] or len(arguments) < 2:
        print(USAGE, file=sys.stderr)
        return 2
    script = arguments[1]
    if not os.path.isfile(script):
        print(f"sluice: there is no script {script}", file=sys.stderr)
        return 2
    from sluice import _alias

    _alias.install()
    sys.argv = arguments[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
