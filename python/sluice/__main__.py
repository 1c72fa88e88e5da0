"""python -m sluice run SCRIPT [ARGUMENTS], or run -m MODULE [ARGUMENTS]: runs a program that was written for dlt, unchanged, on this
package; so do the programs that it starts: python -m sluice run -m dagster dev -f definitions.py
python -m sluice source MODULE FUNCTION …: loads a custom source of a project, see custom.py."""
import os
import runpy
import sys

USAGE = "usage: python -m sluice run SCRIPT.py|-m MODULE [ARGUMENTS]\n       python -m sluice source MODULE FUNCTION [OPTIONS]"


def main(arguments):
    if arguments[:1] == ["source"]:
        from sluice import custom

        return custom.main(arguments[1:])
    if arguments[:1] != ["run"] or len(arguments) < 2:
        print(USAGE, file=sys.stderr)
        return 2
    script, module = arguments[1], None
    if script == "-m" and len(arguments) > 2:
        module = arguments[2]
    elif not os.path.isfile(script):
        print(f"sluice: there is no script {script}", file=sys.stderr)
        return 2
    from sluice import _alias

    _alias.install()
    _alias.install_for_children()
    if module is not None:
        sys.argv = arguments[2:]
        sys.path[0] = os.getcwd()
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return 0
    sys.argv = arguments[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
