#!/usr/bin/env python3
"""Makes images to measure with, below target/bench, by name.

    bench/data_sets.py NAME ...

kvm-npt is the sample, unpacked; kvm-npt-G the same with G GiB of memory (kvm-npt-8, kvm-npt-0.5); kvm-npt-many
has 6 GiB, and its host 1,500 processes more with 39 mappings each (see bench/grow). What is there already stays. Prints the
paths. Needs python3, a JDK 25 and the program as ./nestwalk builds it.
"""

import functools
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

BENCH = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(BENCH)
WORK = os.path.join(ROOT, "target", "bench")
NEEDED = 25  # the JDK
MANY = ["6", "--processes", "1500", "--mappings", "39"]  # for bench/grow
NAME = re.compile(r"kvm-npt(?:-(?P<gib>\d+(?:\.\d+)?)|-(?P<many>many))?")


class Unusable(Exception):
    """What is missing, in one line. A program that ends with it has exit code 3."""


def checked(command, what, **options):
    """Runs a program that prints what goes wrong itself; `what` is said where it cannot run at all."""
    try:
        done = subprocess.run(command, check=False, **options)
    except OSError as e:
        raise Unusable("%s: %s" % (what, e.strerror)) from e
    if done.returncode:
        raise Unusable("%s ended with exit code %d" % (what, done.returncode))
    return done


def run(program, main):
    """Runs a script's main: a line and exit code 3 where something that it needs is missing."""
    try:
        return main()
    except Unusable as e:
        print("%s: %s" % (program, e), file=sys.stderr)
        return 3


@functools.cache
def java(program="java"):
    """A program of the first JDK that is new enough; what ./nestwalk looks for is the same."""
    found = shutil.which("java")
    named = [os.environ.get("JAVA25_HOME"), os.environ.get("JAVA_HOME")]
    homes = named + [found and os.path.dirname(os.path.dirname(os.path.realpath(found)))] + glob.glob("/usr/lib/jvm/*")
    for home in filter(None, homes):
        try:
            with open(os.path.join(home, "release"), encoding="utf-8") as release:
                version = re.search(r'^JAVA_VERSION="?(\d+)', release.read(), re.MULTILINE)
        except OSError:
            continue
        if version and int(version.group(1)) >= NEEDED:
            return os.path.join(home, "bin", program)
    raise Unusable("needs a JDK %d: set JAVA_HOME" % NEEDED)


def image(path):
    """A path that a user named, where a file is."""
    if not os.path.isfile(path):
        raise Unusable("%s: %s" % (path, "is no file" if os.path.exists(path) else "no such file"))
    return path


def data_set(name):
    """The path of a data set's image; made where it is not there."""
    wanted = NAME.fullmatch(name)
    if not wanted:
        raise Unusable("no data set is called %s: kvm-npt, kvm-npt-G (GiB) or kvm-npt-many" % name)
    path = os.path.join(WORK, name + ".elf")
    if not os.path.exists(path):
        print("making", path, file=sys.stderr)
        os.makedirs(WORK, exist_ok=True)
        size = MANY if wanted["many"] else [wanted["gib"]] if wanted["gib"] else []
        packed = os.path.join(ROOT, "samples", "kvm-npt.elf.zst")
        with tempfile.TemporaryDirectory(prefix="grow-", dir=WORK) as work:
            new = os.path.join(work, "image")
            if grow(packed, new, *size):
                raise Unusable("%s is not made" % name)
            os.rename(new, path)
    return path


def grow(*args):
    """Runs the program of package grow from its sources; it says itself what is wrong. Its exit code."""
    jars = os.path.join(ROOT, "cli", "target", "app")
    if not glob.glob(os.path.join(jars, "*.jar")):
        raise Unusable("the program is not built: run ./nestwalk --version")
    source = os.path.join(BENCH, *"src/main/java/io/nestwalk/bench/grow/Grow.java".split("/"))
    command = [java(), "--enable-native-access=ALL-UNNAMED", "-cp", os.path.join(jars, "*"), source, *args]
    return subprocess.run(command, check=False).returncode


def main():
    names = sys.argv[1:]
    if not names or any(name.startswith("-") for name in names):
        print(__doc__, file=sys.stdout if names in (["-h"], ["--help"]) else sys.stderr)
        return 0 if names in (["-h"], ["--help"]) else 2
    for name in names:
        print(data_set(name))
    return 0


if __name__ == "__main__":
    sys.exit(run("data_sets", main))
