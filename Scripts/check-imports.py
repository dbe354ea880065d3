#!/usr/bin/env python3
"""Checks that what each module imports is what Package.swift declares for it, and that all of that stands above it there.

    Scripts/check-imports.py

Programs that a test declares need not be imported: it runs them.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = r"(?:struct|class|enum|protocol|typealias|func|let|var)"
SWIFT_IMPORT = re.compile(rf"^\s*(?:@\w+\s+)*(?:\w+\s+)?import\s+(?:{KINDS}\s+)?(\w+)", re.MULTILINE)
C_INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([\w+.-]+\.h)[>"]', re.MULTILINE)


def manifest():
    """The package's targets in the order of the manifest, fuzzers included."""
    command = ["swift", "package", "dump-package"]
    environment = {**os.environ, "FINETUNE_FUZZ": "1"}
    return json.loads(subprocess.check_output(command, cwd=ROOT, env=environment))["targets"]


def folder(target):
    home = "Tests" if target["type"] == "test" else "Sources"
    return ROOT / (target.get("path") or f"{home}/{target['name']}")


def declared(target):
    """The names of what a target declares, in its order."""
    return [(entry.get("byName") or entry["target"])[0] for entry in target["dependencies"]]


def imported(target, headers):
    """The modules of this package that the files of a target import or include."""
    found = set()
    for path in folder(target).rglob("*"):
        if path.suffix == ".swift":
            found.update(SWIFT_IMPORT.findall(path.read_text()))
        elif path.suffix in {".c", ".h"}:
            found.update(headers.get(name) for name in C_INCLUDE.findall(path.read_text()))
    return found - {target["name"], None}


def problems(targets):
    """A line for each import that Package.swift does not tell, or tells wrongly."""
    places = {target["name"]: place for place, target in enumerate(targets)}
    programs = {target["name"] for target in targets if target["type"] == "executable"}
    headers = {
        path.name: target["name"] for target in targets for path in folder(target).glob("include/*.h")
    }
    for place, target in enumerate(targets):
        name, told = target["name"], declared(target)
        found = imported(target, headers) & places.keys()
        for module in sorted(found - set(told)):
            yield f"{name} imports {module}, which Package.swift does not declare for it"
        for module in told:
            if module not in found and not (target["type"] == "test" and module in programs):
                yield f"{name} does not import {module}, which Package.swift declares for it"
            if places[module] > place:
                yield f"{name} must not import {module}, which stands below it in Package.swift"


def main():
    lines = list(problems(manifest()))
    for line in lines:
        print(f"error: {line}", file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
