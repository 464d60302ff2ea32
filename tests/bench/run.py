"""Speed and memory beside named baselines, in one run: `make bench`.

Parsing: `overheard inspect --batch` beside Python feedparser on the recorded real feeds.
Judging: `overheard classify` beside Python sentence-transformers with the same weights, on posts of
those feeds, at one and at two threads.

The baselines live in a virtual environment in the cache folder, made on the first run (some gigabytes).
Ratios are what counts: the machines are small and noisy, so each pair runs back to back.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = ["feedparser==6.0.14", "sentence-transformers==3.3.1", "transformers==4.46.3", "torch==2.4.0", "numpy<2", "aiohttp==3.14.5"]
FEED_ENDINGS = {".xml", ".rss", ".atom", ".rdf"}
POSTS = 334  # as in DESIGN.md's measurements
WORDS = 150  # under 256 tokens of nearly any text
ONE_TEXT = json.dumps({"id": "0", "text": "One text, to see what opening costs."})

PARSE = """
import feedparser, sys, time
files = sys.stdin.read().split("\\n")
started = time.process_time(); posts = 0
for file in files:
    with open(file, "rb") as body:
        posts += len(feedparser.parse(body.read()).entries)
print(posts, time.process_time() - started)
"""

ENCODE = """
import json, os, sys, time
threads = int(sys.argv[2])
import torch
from sentence_transformers import SentenceTransformer, models
torch.set_num_threads(threads)
parts = [models.Transformer(sys.argv[1], max_seq_length=256), models.Pooling(384), models.Normalize()]
encoder = SentenceTransformer(modules=parts, device="cpu")
texts = [json.loads(line)["text"] for line in sys.stdin]
encoder.encode(texts[:8])
cpu, wall = time.process_time(), time.monotonic()
encoder.encode(texts, batch_size=32, show_progress_bar=False)
print(time.monotonic() - wall, time.process_time() - cpu)
"""


def environment():
    base = os.environ.get("OVERHEARD_CACHE") or Path.home() / ".cache" / "overheard"
    python = Path(base) / "bench-venv" / "bin" / "python"
    # What is asked for may have grown since it was made.
    made = python.parent.parent / "requirements.txt"
    if not made.exists() or made.read_text() != "\n".join(REQUIREMENTS):
        print("making the environment of the baselines (once, some gigabytes)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *REQUIREMENTS], check=True)
        made.write_text("\n".join(REQUIREMENTS))
    return str(python)


def run(command, text, cores=None):
    """Standard output, wall seconds, CPU seconds and the largest RSS of a child."""
    if cores:
        command = ["taskset", "-c", f"0-{cores - 1}", *command]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run(command, input=text, text=True, capture_output=True)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, wall, cpu


def peak_rss_mb(command, text):
    timed = subprocess.run(
        ["bash", "-c", '"$@" >/dev/null & pid=$!; peak=0; while kill -0 $pid 2>/dev/null; do '
         "rss=$(awk '/VmHWM/{print $2}' /proc/$pid/status 2>/dev/null); peak=${rss:-$peak}; sleep 0.05; "
         "done; echo $peak", "rss", *command],
        input=text, text=True, capture_output=True,
    )  # fmt: skip
    return int(timed.stdout.split()[-1] or 0) / 1024


def parsing(binary, python, feeds):
    lines = [json.dumps({"id": n, "file": str(f), "kind": "feed"}) for n, f in enumerate(feeds)]
    out, wall, cpu = run([binary, "inspect", "--batch"], "\n".join(lines) + "\n")
    posts = sum(len(json.loads(line).get("posts", [])) for line in out.splitlines())
    theirs, _, _ = run([python, "-c", PARSE], "\n".join(map(str, feeds)))
    their_posts, their_cpu = theirs.split()
    ours, baseline = posts / cpu, int(their_posts) / float(their_cpu)
    print(f"parsing   overheard {posts} posts, {ours:,.0f} a CPU-second (text, safe HTML and JSON written)")
    print(f"          feedparser {their_posts} posts, {baseline:,.0f} a CPU-second; ratio {ours / baseline:.1f}")
    return [p for line in out.splitlines() for p in json.loads(line).get("posts", [])]


def judging(binary, python, model, posts, folder):
    posts = [p for p in posts if len(p["text"]) > 40][:: max(1, len(posts) // POSTS)][:POSTS]
    whole = [(p["title"] or "") + "\n\n" + p["text"] for p in posts]
    lines = lambda texts: "".join(json.dumps({"id": str(n), "text": t}) + "\n" for n, t in enumerate(texts))
    # The baseline reads the first 256 tokens of a text, we read more: cut, both do the same work.
    text = lines([" ".join(t.split()[:WORDS]) for t in whole])
    texts = posts
    topics = folder / "none.toml"
    topics.write_text("")
    for threads in (1, 2):
        settings = folder / "bench.toml"
        settings.write_text(f"[classify]\nthreads = {threads}\n")
        command = [binary, "classify", "--config", str(settings), "--topics", str(topics)]
        _, open_wall, open_cpu = run(command, ONE_TEXT + "\n", threads)
        _, wall, cpu = run(command, text, threads)
        wall, cpu = wall - open_wall, cpu - open_cpu
        out, _, _ = run(["taskset", "-c", f"0-{threads - 1}", python, "-c", ENCODE, model, str(threads)], text)
        their_wall, their_cpu = map(float, out.split())
        n = len(texts)
        print(f"judging   {threads} thread(s), {n} posts: overheard {n / wall:.0f} texts/s, {n / cpu:.0f} a CPU-second; "
              f"sentence-transformers {n / their_wall:.0f}, {n / their_cpu:.0f}; ratio a CPU-second {their_cpu / cpu:.2f}")  # fmt: skip
    _, wall, _ = run(command, lines(whole), threads)
    print(f"          whole posts, as the pipeline judges them: {n / (wall - open_wall):.0f} texts/s")
    print(f"          overheard opens in {open_wall:.1f} s, largest RSS {peak_rss_mb(command, text):.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--environment", action="store_true", help="make the environment, and say which Python it has")
    parser.add_argument("--binary")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--python", help="a Python that has the baselines already")
    asked = parser.parse_args()
    if asked.environment:
        print(environment())
        return 0
    if not asked.binary or not asked.data:
        parser.error("--binary and --data are needed")
    feeds = sorted(f for f in asked.data.glob("feeds/real_*/**/*") if f.suffix in FEED_ENDINGS)
    if not feeds:
        print(f"not measured: {asked.data} holds no recorded feeds (feeds/real_*)")
        return 0
    python = asked.python or environment()
    model = str(HERE.parent.parent / "models" / "cache" / "all-MiniLM-L6-v2")
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        posts = parsing(asked.binary, python, feeds)
        judging(asked.binary, python, model, posts, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
