"""Encoders beside each other on the same real posts, in one run: `make bench-classify`.

Ours with rust-bert (f32) and light (bytes); Python sentence-transformers; Python ONNX Runtime, f32
and int8 (its own dynamic quantisation). The same weights, the same posts (no more than 150 words, so
that nobody cuts them), sorted by length by each, at one and at two threads. Every encoder is a process
of its own; what it takes to open is measured by a run with one text, and taken off.

The machine may have other work: look at the column by CPU-second, and at ratios.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run import FEED_ENDINGS, ONE_TEXT, WORDS, environment, peak_rss_mb

HERE = Path(__file__).resolve().parent
POSTS = 2000
# For the graph, and what runs it.
ONNX = ["onnx==1.23.2", "onnxruntime==1.31.1"]

# Opens, says so, then encodes; lengths are those of the texts, which is what sentence-transformers sorts by.
THEIRS = """
import json, os, sys, time
kind, model, graph, threads = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
texts = [json.loads(line)["text"] for line in sys.stdin]
if kind == "sentence-transformers":
    import torch
    from sentence_transformers import SentenceTransformer, models
    torch.set_num_threads(threads)
    parts = [models.Transformer(model, max_seq_length=256), models.Pooling(384), models.Normalize()]
    encoder = SentenceTransformer(modules=parts, device="cpu")
    encode = lambda texts: encoder.encode(texts, batch_size=32, show_progress_bar=False)
else:
    import numpy as np, onnxruntime
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(model + "/tokenizer.json")
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    def encode(texts):
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        out = [None] * len(texts)
        for at in range(0, len(order), 8):
            places = order[at:at + 8]
            read = tokenizer.encode_batch([texts[n] for n in places])
            ids = np.array([r.ids for r in read], dtype=np.int64)
            mask = np.array([r.attention_mask for r in read], dtype=np.int64)
            states, = session.run(None, {"ids": ids, "mask": mask})
            means = (states * mask[..., None]).sum(1) / mask.sum(1)[:, None]
            for place, mean in zip(places, means):
                out[place] = mean / np.linalg.norm(mean)
        return np.array(out)
encode(texts[:1])
cpu, wall = time.process_time(), time.monotonic()
found = encode(texts)
wall, cpu = time.monotonic() - wall, time.process_time() - cpu
if len(sys.argv) > 5:
    import numpy as np
    np.save(sys.argv[5], found)
print(wall, cpu)
"""

GRAPH = """
import sys, torch
from transformers import AutoModel
from onnxruntime.quantization import QuantType, quantize_dynamic
model, folder = sys.argv[1:]
class States(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained(model, attn_implementation="eager")
    def forward(self, ids, mask):
        return self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
ids = torch.ones(2, 16, dtype=torch.int64)
axes = {name: {0: "texts", 1: "tokens"} for name in ("ids", "mask", "states")}
torch.onnx.export(States().eval(), (ids, ids), folder + "/f32.onnx", input_names=["ids", "mask"],
                  output_names=["states"], dynamic_axes=axes, opset_version=17)
quantize_dynamic(folder + "/f32.onnx", folder + "/int8.onnx", per_channel=True, weight_type=QuantType.QInt8)
"""


def texts_of(binary, feeds):
    """Posts of the recorded feeds, evenly taken."""
    lines = [json.dumps({"id": n, "file": str(f), "kind": "feed"}) for n, f in enumerate(feeds)]
    done = subprocess.run([binary, "inspect", "--batch"], input="\n".join(lines) + "\n", text=True, capture_output=True)
    posts = [p for line in done.stdout.splitlines() for p in json.loads(line).get("posts", [])]
    posts = [p for p in posts if len(p["text"]) > 40]
    posts = posts[:: max(1, len(posts) // POSTS)][:POSTS]
    return [" ".join(((p["title"] or "") + "\n\n" + p["text"]).split()[:WORDS]) for p in posts]


def measured(command, text, cores):
    """Wall and CPU seconds of a process."""
    pinned = ["taskset", "-c", f"0-{cores - 1}", *command]
    before = os.times()
    started = time.monotonic()
    done = subprocess.run(pinned, input=text, text=True, capture_output=True)
    wall = time.monotonic() - started
    after = os.times()
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return done.stdout, wall, used


def ours(binary, backend, folder, text, threads):
    topics = folder / "none.toml"
    topics.write_text("")
    settings = folder / f"{backend}-{threads}.toml"
    settings.write_text(f'[classify]\nthreads = {threads}\nbackend = "{backend}"\n')
    command = [str(binary), "classify", "--config", str(settings), "--topics", str(topics)]
    _, opening, opening_cpu = measured(command, ONE_TEXT + "\n", threads)
    _, wall, cpu = measured(command, text, threads)
    return wall - opening, cpu - opening_cpu, opening, peak_rss_mb(command, text)


def theirs(python, kind, model, graph, text, threads):
    command = [python, "-c", THEIRS, kind, model, str(graph), str(threads)]
    _, opening, _ = measured(command, ONE_TEXT + "\n", threads)
    out, _, _ = measured(command, text, threads)
    wall, cpu = map(float, out.split())
    return wall, cpu, opening, peak_rss_mb(command, text)


def megabytes(*paths):
    files = [f for path in map(Path, paths) for f in ([path] if path.is_file() else path.rglob("*"))]
    return sum(f.stat().st_size for f in files if f.is_file() and not f.is_symlink()) / 1e6


def packages(python, names):
    site = subprocess.run([python, "-c", "import torch; print(torch.__path__[0])"], text=True, capture_output=True)
    site = Path(site.stdout.strip()).parent
    found = [site / name for name in names] + [site / f"{name}.libs" for name in names]
    return megabytes(*(path for path in found if path.exists()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=Path)
    parser.add_argument("--light-binary", type=Path, help="one built without libtorch; else the same")
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--model", type=Path, default=HERE.parent.parent / "models" / "cache" / "all-MiniLM-L6-v2")
    parser.add_argument("--libtorch", type=Path, default=HERE.parent.parent / "models" / "cache" / "libtorch-2.4.0")
    parser.add_argument("--python", help="a Python that has the baselines already")
    parser.add_argument("--posts", type=int, default=POSTS)
    asked = parser.parse_args()
    feeds = sorted(f for f in asked.data.glob("feeds/real_*/**/*") if f.suffix in FEED_ENDINGS)
    if not feeds:
        print(f"not measured: {asked.data} holds no recorded feeds (feeds/real_*)")
        return 0
    python = asked.python
    if not python:
        python = environment()
        subprocess.run([python, "-m", "pip", "install", "-q", *ONNX], check=True)
    light = asked.light_binary or asked.binary
    texts = texts_of(asked.binary, feeds)[: asked.posts]
    text = "".join(json.dumps({"id": str(n), "text": t}) + "\n" for n, t in enumerate(texts))
    model = str(asked.model)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        measured([python, "-c", GRAPH, model, str(folder)], "", 2)
        weights, bytes_ = asked.model / "model.safetensors", asked.model / "model.bytes"
        ort = ["onnxruntime", "numpy", "tokenizers"]
        rows = {
            "overheard, rust-bert f32": (
                lambda n: ours(asked.binary, "rust-bert", folder, text, n),
                lambda: megabytes(asked.binary, asked.libtorch, weights)),
            "overheard, light": (
                lambda n: ours(light, "light", folder, text, n), lambda: megabytes(light, bytes_)),
            "sentence-transformers": (
                lambda n: theirs(python, "sentence-transformers", model, "-", text, n),
                lambda: packages(python, ["torch", "transformers", "sentence_transformers", "numpy", "tokenizers"]) + megabytes(weights)),
            "ONNX Runtime f32": (
                lambda n: theirs(python, "onnx", model, folder / "f32.onnx", text, n),
                lambda: packages(python, ort) + megabytes(folder / "f32.onnx")),
            "ONNX Runtime int8": (
                lambda n: theirs(python, "onnx", model, folder / "int8.onnx", text, n),
                lambda: packages(python, ort) + megabytes(folder / "int8.onnx")),
        }  # fmt: skip
        print(f"{len(texts)} posts, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores at the start")
        print("| encoder | threads | texts/s | texts/CPU-s | × s-t | opens, s | RSS, MB | installed, MB |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        for threads in (1, 2):
            found = {name: measure(threads) for name, (measure, _) in rows.items()}
            base = found["sentence-transformers"][1]
            for name, (wall, cpu, opening, rss) in found.items():
                n, size = len(texts), rows[name][1]()
                print(f"| {name} | {threads} | {n / wall:.0f} | {n / cpu:.0f} | {base / cpu:.2f} | {opening:.1f} | {rss:.0f} | {size:.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
