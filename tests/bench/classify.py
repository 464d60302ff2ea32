"""Texts a second: `overheard classify` beside sentence-transformers with the same weights.

    python tests/bench/classify.py TEXTS.jsonl --model ~/.cache/overheard/all-MiniLM-L6-v2 \
        --rust "target/release/overheard classify" --threads 1 2

TEXTS.jsonl holds lines {"id", "text"}. The command is timed on all texts and on one, so that
opening the model is not counted; OMP_NUM_THREADS and taskset hold both sides to the same cores.
Needs sentence-transformers. Exits 1 where the two disagree on how many texts there were.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import time


def rust(command, lines, threads):
    cores = f"0-{threads - 1}"
    started = time.monotonic()
    done = subprocess.run(
        ["taskset", "-c", cores, *shlex.split(command)],
        input="\n".join(lines) + "\n",
        text=True,
        capture_output=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": str(threads)},
    )
    return time.monotonic() - started, len(done.stdout.splitlines())


def python(model, texts, threads):
    import torch
    from sentence_transformers import SentenceTransformer, models

    os.sched_setaffinity(0, range(threads))
    torch.set_num_threads(threads)
    parts = [models.Transformer(model, max_seq_length=256), models.Pooling(384), models.Normalize()]
    encoder = SentenceTransformer(modules=parts, device="cpu")
    encoder.encode(texts[:8])
    started = time.monotonic()
    encoder.encode(texts, batch_size=32, show_progress_bar=False)
    return time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts")
    parser.add_argument("--model", required=True)
    parser.add_argument("--rust", required=True)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    with open(asked.texts, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file if line.strip()]
    texts = [json.loads(line)["text"] for line in lines]
    model = os.path.expanduser(asked.model)
    print(f"{'threads':>7} {'overheard':>10} {'sentence-transformers':>22}   (texts/s)")
    for threads in asked.threads:
        whole, answers = rust(asked.rust, lines, threads)
        if answers != len(texts):
            sys.exit(f"{len(texts)} texts in, {answers} lines out")
        opening, _ = rust(asked.rust, lines[:1], threads)
        other = python(model, texts, threads)
        ours = len(texts) / max(whole - opening, 1e-9)
        print(f"{threads:>7} {ours:>10.1f} {len(texts) / other:>22.1f}")


if __name__ == "__main__":
    main()
