"""Encoders beside each other on the same real posts, in one run: `make bench-classify`.

Ours: rust-bert in 32 and in 16 bits, and light (bytes), with the sentiment branch (what the product does)
and the embedding alone (what the others do). Theirs: Python sentence-transformers, Python ONNX Runtime in
32 bits and in bytes (its own dynamic quantisation). The same weights, the same posts (no more than 150
words, so that nobody cuts them), put in order of length by each, at one and at two threads.

Every row is a process of its own that opens, encodes one text, and then measures itself on all of them.
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

from run import FEED_ENDINGS, WORDS, environment

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent.parent / "models" / "cache"
POSTS = 2000
ONE_TEXT = json.dumps({"text": "One text, to see what opening costs."}) + "\n"
# For the graph, and what runs it; torch 2.4 wants the old numpy.
ONNX = ["onnx==1.23.2", "onnxruntime==1.31.1", "numpy<2"]

# Prints wall seconds, CPU seconds and largest RSS in MB, as tests/bench/encode.rs does.
THEIRS = """
import json, re, sys, time
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
encode(texts)
wall, cpu = time.monotonic() - wall, time.process_time() - cpu
print(wall, cpu, int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024)
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


def printed(command, text, cores):
    """What a process prints, and how long it took from its start."""
    started = time.monotonic()
    done = subprocess.run(["taskset", "-c", f"0-{cores - 1}", *map(str, command)], input=text, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return done.stdout, time.monotonic() - started


def measured(command, text, cores):
    """Wall seconds, CPU seconds and RSS on the texts, and the seconds a process with one text takes."""
    _, opening = printed(command, ONE_TEXT, cores)
    out, _ = printed(command, text, cores)
    return *map(float, out.split()), opening


def megabytes(*paths):
    files = [f for path in map(Path, paths) for f in ([path] if path.is_file() else path.rglob("*"))]
    return sum(f.stat().st_size for f in files if f.is_file() and not f.is_symlink()) / 1e6


def packages(python, names):
    out, _ = printed([python, "-c", "import numpy; print(numpy.__path__[0])"], "", 1)
    site = Path(out.strip()).parent
    found = [site / name for name in names] + [site / f"{name}.libs" for name in names]
    return megabytes(*(path for path in found if path.exists()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", required=True, type=Path, help="where overheard, overheard-light and examples/ are")
    parser.add_argument("--data", required=True, type=Path)
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
    whole, light = asked.release / "overheard", asked.release / "overheard-light"
    encode, encode_light = asked.release / "examples" / "encode", asked.release / "examples" / "encode-light"
    model = CACHE / "all-MiniLM-L6-v2"
    texts = texts_of(whole, feeds)[: asked.posts]
    text = "".join(json.dumps({"text": t}) + "\n" for t in texts)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        printed([python, "-c", GRAPH, model, folder], "", 2)

        def ours(program, backend, precision, what):
            def command(threads):
                settings = folder / f"{backend}-{precision}-{threads}.toml"
                settings.write_text(f'[classify]\nthreads = {threads}\nbackend = "{backend}"\nprecision = "{precision}"\n')
                return [program, settings, what]
            return command

        def theirs(kind, graph="-"):
            return lambda threads: [python, "-c", THEIRS, kind, model, graph, threads]

        # Once, so that the light encoder's weights are there.
        printed(ours(encode_light, "light", "f32", "embedding")(1), ONE_TEXT, 1)
        with_libtorch = megabytes(whole, CACHE / "libtorch-2.4.0" / "lib", model / "model.safetensors")
        without = megabytes(light, model / "model.bytes")
        transformers = ["torch", "transformers", "sentence_transformers", "numpy", "tokenizers", "scipy", "sklearn"]
        torch = packages(python, transformers) + megabytes(model / "model.safetensors")
        onnx = packages(python, ["onnxruntime", "numpy", "tokenizers"])
        rows = []
        for what, reads in (("feelings", "embedding and sentiment"), ("embedding", "embedding")):
            rows += [
                ("overheard, rust-bert f32", reads, ours(encode, "rust-bert", "f32", what), with_libtorch),
                ("overheard, rust-bert bf16", reads, ours(encode, "rust-bert", "bf16", what), with_libtorch),
                ("overheard, light", reads, ours(encode_light, "light", "f32", what), without),
            ]
        f32, int8 = folder / "f32.onnx", folder / "int8.onnx"
        rows += [
            ("sentence-transformers", "embedding", theirs("sentence-transformers"), torch),
            ("ONNX Runtime f32", "embedding", theirs("onnx", f32), onnx + megabytes(f32)),
            ("ONNX Runtime int8", "embedding", theirs("onnx", int8), onnx + megabytes(int8)),
        ]
        print(f"{len(texts)} posts, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores at the start")
        print("| encoder | reads | threads | texts/s | texts/CPU-s | × s-t | opens, s | RSS, MB | installed, MB |")
        print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
        for threads in (1, 2):
            found = [(row, measured(row[2](threads), text, threads)) for row in rows]
            base = next(cpu for (name, *_), (_, cpu, _, _) in found if name == "sentence-transformers")
            for (name, reads, _, size), (wall, cpu, rss, opening) in found:
                n = len(texts)
                print(
                    f"| {name} | {reads} | {threads} | {n / wall:.0f} | {n / cpu:.0f} | {base / cpu:.2f} "
                    f"| {opening:.1f} | {rss:.0f} | {size:.0f} |",
                    flush=True,
                )
        print(f"load {os.getloadavg()[0]:.1f} at the end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
