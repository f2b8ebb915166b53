#!/usr/bin/env python3
"""Breaks a copy of this tree by one named mutation of mutations.py after another, and reports which of them the tests notice.

Fails when a mutation survives. The copy, in build/mutation, is kept, so that the next time little is compiled anew.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
from mutations import MUTATIONS  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "build/mutation"
APART = {ROOT / "build", ROOT / ".git"}
HANG = 60  # seconds; a test that a mutation keeps waiting for ever has noticed it


class Broken(Exception):
    """The attack itself is at fault: nothing is learnt of the tests."""


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Broken(f"{' '.join(map(str, command))} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def files_of(tree, apart):
    for path in tree.iterdir():
        if path.is_dir() and not path.is_symlink():
            if path not in apart:
                yield from files_of(path, apart)
        else:
            yield path


def bring_up_to_date():
    """Touches only files that differ."""
    COPY.mkdir(parents=True, exist_ok=True)
    wanted = {file.relative_to(ROOT) for file in files_of(ROOT, APART)}
    for file in list(files_of(COPY, {COPY / "build"})):
        if file.relative_to(COPY) not in wanted:
            file.unlink()
    for file in wanted:
        copied = COPY / file
        if not copied.exists() or copied.read_bytes() != (ROOT / file).read_bytes():
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, copied)


def configure():
    if shutil.which("ccache"):
        os.environ |= {"CMAKE_CXX_COMPILER_LAUNCHER": "ccache", "CCACHE_BASEDIR": str(COPY), "CCACHE_NOHASHDIR": "1"}
    options = ["CMAKE_BUILD_TYPE=Debug", "CMAKE_CXX_FLAGS_DEBUG=-O0", "RAGQUEUE_BUILD_APPS=OFF", "RAGQUEUE_BUILD_EXAMPLES=OFF"]
    run(["cmake", "-S", COPY, "-B", COPY / "build/dev", "--preset", "dev", *(f"-D{option}" for option in options)])


def build(programs):
    run(["cmake", "--build", COPY / "build/dev", "--parallel", str(os.cpu_count()), "--target", *sorted(programs)])


def program(name):
    return COPY / "build/dev/bin" / name


def passes(name, tests):
    try:
        return subprocess.run([program(name), tests, "--abort"], capture_output=True, timeout=HANG).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def mutated(original, mutation):
    texts = dict(original)
    for edit in mutation.edits:
        count = texts[edit.file].count(edit.old)
        if count != 1:
            raise Broken(f"the text to replace stands {count} times in {edit.file}:\n{edit.old}")
        texts[edit.file] = texts[edit.file].replace(edit.old, edit.new)
    return texts


def write(texts):
    for file, text in texts.items():
        (COPY / file).write_text(text)


def is_killed(mutation):
    original = {edit.file: (COPY / edit.file).read_text() for edit in mutation.edits}
    texts = mutated(original, mutation)
    try:
        write(texts)
        build([mutation.program])
        return not passes(mutation.program, mutation.tests)
    finally:
        write(original)


def require_all_found(mutations, tree):
    faults = []
    for mutation in mutations:
        try:
            mutated({edit.file: (tree / edit.file).read_text() for edit in mutation.edits}, mutation)
        except (Broken, OSError) as fault:
            faults.append(f"{mutation.name}: {fault}")
    if faults:
        raise Broken("\n".join(faults))


def require_passing(mutations):
    """A test that fails by itself, or that no filter finds, proves nothing."""
    programs = sorted({mutation.program for mutation in mutations})
    build(programs)
    for name in programs:
        filters = sorted({mutation.tests for mutation in mutations if mutation.program == name})
        for tests in filters:
            if "\n0 matching" in run([program(name), "--list-tests", tests]):
                raise Broken(f"{name} has no test {tests!r}")
        run([program(name), ",".join(filters)])


def attack(mutations):
    survivors = []
    for mutation in mutations:
        begin = time.monotonic()
        killed = is_killed(mutation)
        if not killed:
            survivors.append(mutation.name)
        seconds = time.monotonic() - begin
        print(f"{'killed' if killed else 'SURVIVED':8}  {mutation.promise:2}  {seconds:5.1f} s  {mutation.name}", flush=True)
    return survivors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="some of the SQL alone")
    parser.add_argument("--check", action="store_true", help="only see whether the text that each replaces is there")
    parser.add_argument("name", nargs="*", help="only those whose name contains one of these")
    options = parser.parse_args()
    chosen = [
        mutation
        for mutation in MUTATIONS
        if (mutation.quick or not options.quick) and (not options.name or any(name in mutation.name for name in options.name))
    ]
    if not chosen:
        sys.exit("no mutation has such a name")
    begin = time.monotonic()
    try:
        require_all_found(chosen, ROOT)
        if options.check:
            print(f"all found: the texts of {len(chosen)} mutations")
            return
        bring_up_to_date()
        configure()
        require_passing(chosen)
        survivors = attack(chosen)
    except Broken as error:
        sys.exit(str(error))
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} killed, {time.monotonic() - begin:.0f} s")
    if survivors:
        sys.exit("survived: " + "; ".join(survivors))


if __name__ == "__main__":
    main()
