#!/usr/bin/env python3
"""Trains the sentiment branch: `make train-sentiment DATA=../shared/data`.

In come the rows that `overheard train sentiment` wrote (tokens, and what readers said of the text) and
the encoder's published weights; out comes models/sentiment.safetensors. Two teachers are trained side by
side, one process and one core each. Two students start from the mean of the teachers' weights and learn
from their opinions as much as from the labels: what two disagree on is rarely worth believing. Two
graduates start from the mean of the students and learn more of targets, by the labels alone: the teachers
knew little of those. The branch is the mean of the graduates.

The layers below FIRST_LAYER stay the encoder's own, so their states are computed once. Everything is
single-threaded and seeded, so that the same rows and seed can give the same bytes on processors of one kind.
"""

import argparse
import json
import math
import random
import struct
import subprocess
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, INNER, HEADS, LAYERS, HIDDEN, TOKENS = 384, 1536, 12, 6, 256, 256
FIRST_LAYER = 3
OF_EACH = 2  # teachers, students, graduates
TEACHER_EPOCHS, STUDENT_EPOCHS, GRADUATE_EPOCHS = 1.0, 1.5, 1.0
TEACHER_RATE, STUDENT_RATE, GRADUATE_RATE, HEAD_RATE = 2e-4, 1.5e-4, 1.2e-4, 1e-3
LAYER_DECAY = 0.9  # each layer learns this much slower than the one above it
DROPOUT, SMOOTHING, WEIGHT_DECAY = 0.1, 0.05, 0.01
TARGET_WEIGHT, GRADUATE_TARGET_WEIGHT, EMOTION_WEIGHT = 0.5, 1.0, 0.2
FROM_TEACHERS = 0.7  # the share of the loss that is the teachers' opinion
AVERAGING = 0.995  # of the weights over the steps
BATCH_TOKENS = 2400
OURS = ("own", "effects")  # sets that we wrote: no teacher sees them
LONG_POSTS = 1000  # made of several texts, so that long posts are not strange to it

MATRICES = {
    "attention.self.query": (WIDTH, WIDTH),
    "attention.self.key": (WIDTH, WIDTH),
    "attention.self.value": (WIDTH, WIDTH),
    "attention.output.dense": (WIDTH, WIDTH),
    "intermediate.dense": (INNER, WIDTH),
    "output.dense": (WIDTH, INNER),
}
NORMS = ("attention.output.LayerNorm", "output.LayerNorm")


# ---------------------------------------------------------------- files


def read_tensors(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = (8 + length + at for at in entry["data_offsets"])
        tensors[name] = torch.frombuffer(bytearray(data[start:end]), dtype=torch.float32).reshape(entry["shape"])
    return tensors


def write_tensors(path, tensors):
    header, blobs, at = {}, [], 0
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        kind = {torch.float32: "F32", torch.int8: "I8"}[tensor.dtype]
        blob = tensor.numpy().tobytes()
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    head = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    path.write_bytes(struct.pack("<Q", len(head)) + head + b"".join(blobs))


def in_bytes(matrix):
    """Whole numbers from -127 to 127 and a scale for each row."""
    scale = matrix.abs().amax(1).clamp(min=1e-12) / 127
    return (matrix / scale[:, None]).round().to(torch.int8), scale


# ---------------------------------------------------------------- rows


def read_rows(path, seed):
    rows = [json.loads(line) for line in path.open()]
    for row in rows:
        # What the text does not name cannot be learnt from its tokens.
        row["targets"] = [target for target in row["targets"] if target[1] > target[0]]
    # Ours come last: the teachers do not see them.
    ours = [row for row in rows if row["set"] in OURS]
    others = [row for row in rows if row["set"] not in OURS]
    return others + long_posts(others, random.Random(seed)) + ours


def long_posts(rows, chance):
    """Texts that feel the same, joined; and some of praise and blame, which are mixed."""

    def pool(sets, feeling):
        label = [float(feeling == place) for place in range(3)]
        return [r for r in rows if r["set"] in sets and not r["held_out"] and r["author"] == label]

    posts = []
    for sets, share in ((("sem_eval",), 0.75), (("laptops", "restaurants"), 0.25)):
        pools = [pool(sets, feeling) for feeling in range(3)]
        for number in range(int(LONG_POSTS * share)):
            if number % 4 == 3:
                each = chance.randint(1, 2)
                parts = chance.sample(pools[0], each) + chance.sample(pools[2], each)
                chance.shuffle(parts)
                author = [0.5, 0.0, 0.5]
            else:
                feeling = chance.randrange(3)
                parts = chance.sample(pools[feeling], chance.randint(2, 8))
                author = [float(feeling == place) for place in range(3)]
            tokens = [token for part in parts for token in part["tokens"][1:-1]][: TOKENS - 2]
            first, last = parts[0]["tokens"][0], parts[0]["tokens"][-1]
            posts.append(
                dict(set="long", held_out=False, tokens=[first, *tokens, last], author=author, targets=[], emotion=None)
            )
    return posts


def batches(places, rows, tokens, chance=None):
    """Rows of like length together, in an order that chance decides."""
    places = list(places)
    if chance:
        chance.shuffle(places)
    stretch = 4096 if chance else len(places)
    all_batches = []
    for start in range(0, len(places), stretch):
        batch = []
        for place in sorted(places[start : start + stretch], key=lambda p: len(rows[p]["tokens"])):
            if batch and (len(batch) + 1) * len(rows[place]["tokens"]) > tokens:
                all_batches.append(batch)
                batch = []
            batch.append(place)
        all_batches.append(batch)
    if chance:
        chance.shuffle(all_batches)
    return all_batches


class Batch:
    def __init__(self, places, rows, lower):
        picked = [rows[place] for place in places]
        longest = max(len(row["tokens"]) for row in picked)
        self.places = places
        self.states = torch.zeros(len(picked), longest, WIDTH, dtype=torch.bfloat16)
        self.mask = torch.zeros(len(picked), longest, dtype=torch.bool)
        self.targets, self.whose = [], []
        for place, row in enumerate(picked):
            self.states[place, : len(row["tokens"])] = lower[places[place]]
            self.mask[place, : len(row["tokens"])] = True
            for number, (start, end, feeling) in enumerate(row["targets"]):
                self.targets.append((place, start, end, feeling))
                self.whose.append((places[place], number))
        self.authors = torch.tensor([row["author"] or [0.0] * 3 for row in picked])
        self.emotions = torch.tensor([-1 if row["emotion"] is None else row["emotion"] for row in picked])


# ---------------------------------------------------------------- network


class Layer(nn.Module):
    def __init__(self, weights, number):
        super().__init__()
        self.matrices = nn.ModuleDict()
        self.norms = nn.ModuleDict()
        for name, (rows, columns) in MATRICES.items():
            self.matrices[key(name)] = linear = nn.Linear(columns, rows)
            take(linear, weights, f"encoder.layer.{number}.{name}")
        for name in NORMS:
            self.norms[key(name)] = norm = nn.LayerNorm(WIDTH, 1e-12)
            take(norm, weights, f"encoder.layer.{number}.{name}")

    def forward(self, x, padding, dropout):
        batch, length, _ = x.shape
        m = self.matrices

        def heads(name):
            return m[key(f"attention.self.{name}")](x).view(batch, length, HEADS, -1).transpose(1, 2)

        query, keys, values = heads("query"), heads("key"), heads("value")
        # The library's own attention takes ten times as long backwards on sequences this short.
        weights = (query * (WIDTH // HEADS) ** -0.5) @ keys.transpose(-1, -2) + padding
        mixed = torch.softmax(weights, -1, dtype=torch.float32).to(values.dtype) @ values
        mixed = m[key("attention.output.dense")](mixed.transpose(1, 2).reshape(batch, length, WIDTH))
        x = self.norms[key(NORMS[0])](x + F.dropout(mixed, dropout, self.training))
        inner = m[key("output.dense")](F.gelu(m[key("intermediate.dense")](x)))
        return self.norms[key(NORMS[1])](x + F.dropout(inner, dropout, self.training))


def key(name):
    return name.replace(".", "_")


def take(module, weights, name):
    module.weight.data = weights[f"{name}.weight"].clone()
    module.bias.data = weights[f"{name}.bias"].clone()


def padding_of(mask):
    return torch.zeros(mask.shape).masked_fill(~mask, -1e9)[:, None, None, :]


class Branch(nn.Module):
    """The upper layers, and the heads on them."""

    def __init__(self, weights):
        super().__init__()
        self.layers = nn.ModuleList(Layer(weights, number) for number in range(FIRST_LAYER, LAYERS))
        self.author = nn.Linear(WIDTH, 3)
        self.emotion = nn.Linear(WIDTH, 4)
        self.target_hidden = nn.Linear(2 * WIDTH, HIDDEN)
        self.target_out = nn.Linear(HIDDEN, 3)
        for head in (self.author, self.emotion, self.target_out):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def forward(self, batch):
        x, padding = batch.states, padding_of(batch.mask)
        for layer in self.layers:
            x = layer(x, padding, DROPOUT)
        x, mask = x.float(), batch.mask.float()[..., None]
        mean = (x * mask).sum(1) / mask.sum(1)
        dropped = F.dropout(mean, DROPOUT, self.training)
        targets = None
        if batch.targets:
            place, start, end, _ = torch.tensor(batch.targets).T
            at = torch.arange(x.shape[1])
            inside = ((at >= start[:, None]) & (at < end[:, None])).float()
            named = torch.einsum("nt,nth->nh", inside, x[place]) / inside.sum(1, keepdim=True)
            both = F.dropout(torch.cat([named, mean[place]], -1), DROPOUT, self.training)
            hidden = F.dropout(F.gelu(self.target_hidden(both)), DROPOUT, self.training)
            targets = self.target_out(hidden).float()
        return self.author(dropped).float(), self.emotion(dropped).float(), targets


def lower_states(weights, rows):
    """The states below the branch, for every row: the encoder's own layers, without dropout."""
    layers = nn.ModuleList(Layer(weights, number) for number in range(FIRST_LAYER)).eval()
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    norm = nn.LayerNorm(WIDTH, 1e-12)
    take(norm, weights, "embeddings.LayerNorm")
    words = weights["embeddings.word_embeddings.weight"]
    states = [None] * len(rows)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for places in batches(range(len(rows)), rows, 4000):
            longest = max(len(rows[place]["tokens"]) for place in places)
            ids = torch.zeros(len(places), longest, dtype=torch.long)
            mask = torch.zeros(len(places), longest, dtype=torch.bool)
            for row, place in enumerate(places):
                ids[row, : len(rows[place]["tokens"])] = torch.tensor(rows[place]["tokens"])
                mask[row, : len(rows[place]["tokens"])] = True
            x = norm(words[ids] + positions[:longest])
            for layer in layers:
                x = layer(x, padding_of(mask), 0.0)
            for row, place in enumerate(places):
                states[place] = x[row, : len(rows[place]["tokens"])].bfloat16().clone()
    return states


# ---------------------------------------------------------------- training


def cross_entropy(scores, wanted):
    """Of probabilities wanted, smoothed; a row without any counts nothing."""
    known = wanted.sum(-1) > 0
    smooth = wanted * (1 - SMOOTHING) + SMOOTHING / wanted.shape[-1]
    return (-(smooth * F.log_softmax(scores, -1)).sum(-1) * known).sum() / len(wanted)


def taught(scores, wanted, believed):
    """The loss of a student: labels, and the teachers' opinions where they have one."""
    weights = torch.tensor([0.0 if opinion is None else FROM_TEACHERS for opinion in believed])
    opinions = torch.stack([torch.zeros(3) if opinion is None else opinion for opinion in believed])
    known = wanted.sum(-1) > 0
    smooth = wanted * (1 - SMOOTHING) + SMOOTHING / 3
    logarithms = F.log_softmax(scores, -1)
    from_labels = -(smooth * logarithms).sum(-1) * known * (1 - weights)
    from_opinions = -(opinions * logarithms).sum(-1) * weights
    return (from_labels + from_opinions).mean()


def logarithm_of_shares(rows, training):
    """Added to the authors' scores in training alone, so that without it each class weighs the same:
    macro-recall is what is measured, and negative texts, which matter most, are the fewest."""
    others = [rows[place] for place in training if rows[place]["set"] not in OURS]
    counts = torch.tensor([row["author"] or [0.0] * 3 for row in others]).sum(0)
    return (counts / counts.sum()).log()


def train(branch, rows, lower, epochs, rate, seed, told, opinions=None, target_weight=TARGET_WEIGHT):
    """Trains a branch; gives back the mean of its weights over the last steps."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    training = [place for place, row in enumerate(rows) if not row["held_out"]]
    if opinions is None:
        training = [place for place in training if rows[place]["set"] not in OURS]
    shares = logarithm_of_shares(rows, training)
    groups = []
    for name, parameter in branch.named_parameters():
        part = name.split(".")
        speed = rate * LAYER_DECAY ** (len(branch.layers) - 1 - int(part[1])) if part[0] == "layers" else HEAD_RATE
        decay = WEIGHT_DECAY if parameter.dim() > 1 else 0.0
        groups.append({"params": [parameter], "lr": speed, "weight_decay": decay})
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6, fused=True)
    epoch = len(batches(training, rows, BATCH_TOKENS, random.Random(seed)))
    steps = int(epoch * epochs)
    warm_up = max(1, int(0.06 * steps))
    slope = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm_up, max(0.0, (steps - step) / steps))
    )
    average = {name: value.detach().clone() for name, value in branch.state_dict().items()}
    step, started, losses = 0, time.time(), [0.0, 0.0]
    branch.train()
    while step < steps:
        for places in batches(training, rows, BATCH_TOKENS, chance):
            if step == steps:
                break
            batch = Batch(places, rows, lower)
            with torch.autocast("cpu", torch.bfloat16):
                authors, emotions, targets = branch(batch)
            loss = cross_entropy(authors + shares, batch.authors)
            if opinions:
                # Of texts without a label the teachers' opinion is all there is, and of ours the label.
                loss = taught(authors + shares, batch.authors, [opinions["authors"].get(p) for p in places])
            losses[0] += loss.item()
            known = batch.emotions >= 0
            if known.any():
                of_emotions = F.cross_entropy(emotions[known], batch.emotions[known])
                loss = loss + EMOTION_WEIGHT * of_emotions * known.float().mean()
            if batch.targets:
                wanted = F.one_hot(torch.tensor([target[3] for target in batch.targets]), 3).float()
                of_targets = cross_entropy(targets, wanted)
                if opinions and opinions["targets"]:
                    of_targets = taught(targets, wanted, [opinions["targets"].get(who) for who in batch.whose])
                losses[1] += of_targets.item()
                loss = loss + target_weight * of_targets * len(batch.targets) / len(places)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(branch.parameters(), 1.0)
            optimizer.step()
            slope.step()
            step += 1
            keep = min(AVERAGING, (1 + step) / (10 + step))
            with torch.no_grad():
                for name, value in branch.state_dict().items():
                    average[name].lerp_(value, 1 - keep)
            if step % 100 == 0:
                told(f"step {step} of {steps}, {time.time() - started:.0f} s: loss {losses[0] / 100:.4f}, targets {losses[1] / 100:.4f}")
                losses = [0.0, 0.0]
            if step % epoch == 0 and step < steps:
                told(f"after {step // epoch} epochs: {measured(branch, rows, lower)}")
    branch.load_state_dict(average)
    return branch


def scores_of(branch, rows, lower, places):
    """Scores for the author of each row, and for each target."""
    branch.eval()
    authors, targets = {}, {}
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for batch_places in batches(places, rows, 4000):
            batch = Batch(batch_places, rows, lower)
            of_authors, _, of_targets = branch(batch)
            authors.update(zip(batch_places, of_authors))
            if batch.targets:
                targets.update(zip(batch.whose, of_targets))
    branch.train()
    return authors, targets


def measured(branch, rows, lower):
    """Macro-recall of authors and macro-F1 of targets on each held-out part."""
    held_out = [place for place, row in enumerate(rows) if row["held_out"]]
    authors, targets = scores_of(branch, rows, lower, held_out)
    found = {}
    for name in dict.fromkeys(rows[place]["set"] for place in held_out):
        of_set = [place for place in held_out if rows[place]["set"] == name]
        pairs = [
            (rows[p]["author"].index(1.0), int(authors[p].argmax()))
            for p in of_set
            if rows[p]["author"] and 1.0 in rows[p]["author"]
        ]
        if pairs:
            found[f"{name} author"] = round(100 * recall(pairs), 2)
        pairs = [
            (target[2], int(targets[p, number].argmax()))
            for p in of_set
            for number, target in enumerate(rows[p]["targets"])
        ]
        if pairs:
            found[f"{name} targets"] = round(100 * f1(pairs), 2)
    return json.dumps(found)


def recall(pairs):
    of = [[said == truth for truth, said in pairs if truth == feeling] for feeling in range(3)]
    return sum(sum(right) / max(1, len(right)) for right in of) / 3


def f1(pairs):
    total = 0.0
    for feeling in range(3):
        right = sum(truth == said == feeling for truth, said in pairs)
        total += 2 * right / max(1, sum((truth == feeling) + (said == feeling) for truth, said in pairs))
    return total / 3


def temperature(scores, wanted):
    """At which the held-out rows are likeliest, to a hundredth, each class weighing the same."""
    scores, wanted = torch.stack(scores), torch.tensor(wanted)
    weights = 1 / torch.bincount(wanted, minlength=3).clamp(min=1).float()

    def loss(hundredths):
        return F.cross_entropy(scores / (hundredths / 100), wanted, weight=weights).item()

    return min(range(30, 300), key=loss) / 100


# ---------------------------------------------------------------- the whole


def teach(arguments, number):
    """One teacher, in a process of its own."""
    seed = arguments.seed + number
    rows, lower, weights = prepared(arguments)
    torch.manual_seed(seed)
    told = lambda words: print(f"teacher {number + 1}: {words}", flush=True)
    teacher = train(Branch(weights), rows, lower, TEACHER_EPOCHS, TEACHER_RATE, seed, told)
    told(measured(teacher, rows, lower))
    others = [place for place, row in enumerate(rows) if row["set"] not in OURS]
    authors, targets = scores_of(teacher, rows, lower, others)
    torch.save((teacher.state_dict(), authors, targets), arguments.work / f"teacher-{number}.pt")


def prepared(arguments):
    rows = read_rows(arguments.rows, arguments.seed)
    weights = read_tensors(arguments.encoder / "model.safetensors")
    states = arguments.work / f"lower-{FIRST_LAYER}.pt"
    if not states.exists():
        print(f"{len(rows)} rows; their states below layer {FIRST_LAYER} take some minutes", flush=True)
        lower = lower_states(weights, rows)
        torch.save((torch.cat(lower), [len(state) for state in lower]), states)
    joined, lengths = torch.load(states, mmap=True, weights_only=True)
    return rows, joined.split(lengths), weights


def opinions_of(teachers, shares):
    def mean_opinion(of, added):
        return {k: torch.stack([torch.softmax(t[of][k] + added, -1) for t in teachers]).mean(0) for k in teachers[0][of]}

    return {"authors": mean_opinion(1, shares), "targets": mean_opinion(2, torch.zeros(3))}


def learn(arguments, number):
    """One student of all teachers, in a process of its own."""
    rows, lower, weights = prepared(arguments)
    teachers = kept(arguments, "teacher")
    training = [place for place, row in enumerate(rows) if not row["held_out"]]
    opinions = opinions_of(teachers, logarithm_of_shares(rows, training))
    told = lambda words: print(f"student {number + 1}: {words}", flush=True)
    torch.manual_seed(arguments.seed)
    student = Branch(weights)
    student.load_state_dict(mean_of([teacher[0] for teacher in teachers]))
    seed = arguments.seed + OF_EACH + number
    student = train(student, rows, lower, STUDENT_EPOCHS, STUDENT_RATE, seed, told, opinions)
    told(measured(student, rows, lower))
    torch.save(student.state_dict(), arguments.work / f"student-{number}.pt")


def graduate(arguments, number):
    """One graduate, in a process of its own: of authors the teachers are still asked."""
    rows, lower, weights = prepared(arguments)
    training = [place for place, row in enumerate(rows) if not row["held_out"]]
    opinions = opinions_of(kept(arguments, "teacher"), logarithm_of_shares(rows, training))
    opinions["targets"] = {}
    told = lambda words: print(f"graduate {number + 1}: {words}", flush=True)
    branch = Branch(weights)
    branch.load_state_dict(mean_of(kept(arguments, "student")))
    seed = arguments.seed + 2 * OF_EACH + number
    branch = train(
        branch, rows, lower, GRADUATE_EPOCHS, GRADUATE_RATE, seed, told, opinions, GRADUATE_TARGET_WEIGHT
    )
    told(measured(branch, rows, lower))
    torch.save(branch.state_dict(), arguments.work / f"graduate-{number}.pt")


def kept(arguments, part):
    return [torch.load(arguments.work / f"{part}-{number}.pt", weights_only=True) for number in range(OF_EACH)]


def finish(arguments):
    """The mean of the graduates, calibrated and written."""
    rows, lower, weights = prepared(arguments)
    branch = Branch(weights)
    branch.load_state_dict(mean_of(kept(arguments, "graduate")))
    print(measured(branch, rows, lower), flush=True)
    write(arguments.out, branch, weights, rows, lower)


def mean_of(states):
    return {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}


def write(out, branch, weights, rows, lower):
    # TweetEval's part is for measuring, and sentences put together from parts are too easy: the temperature comes
    # from the other held-out rows.
    held_out = [p for p, row in enumerate(rows) if row["held_out"] and row["set"] not in ("tweet_eval", "effects")]
    authors, targets = scores_of(branch, rows, lower, held_out)
    labelled = [p for p in held_out if rows[p]["author"] and 1.0 in rows[p]["author"]]
    of_authors = temperature([authors[p] for p in labelled], [rows[p]["author"].index(1.0) for p in labelled])
    of_targets = temperature(list(targets.values()), [rows[p]["targets"][number][2] for p, number in targets])
    tensors = {
        "first_layer": torch.tensor([float(FIRST_LAYER)]),
        "temperatures": torch.tensor([of_authors, of_targets]),
    }
    for number, layer in enumerate(branch.layers, FIRST_LAYER):
        for name in MATRICES:
            linear = layer.matrices[key(name)]
            change = linear.weight.detach() - weights[f"encoder.layer.{number}.{name}.weight"]
            tensors[f"layer.{number}.{name}.weight"], tensors[f"layer.{number}.{name}.scale"] = in_bytes(change)
            tensors[f"layer.{number}.{name}.bias"] = linear.bias.detach()
        for name in NORMS:
            norm = layer.norms[key(name)]
            tensors[f"layer.{number}.{name}.weight"] = norm.weight.detach()
            tensors[f"layer.{number}.{name}.bias"] = norm.bias.detach()
    hidden = branch.target_hidden
    tensors["target.hidden.weight"], tensors["target.hidden.scale"] = in_bytes(hidden.weight.detach())
    tensors["target.hidden.bias"] = hidden.bias.detach()
    for name, head in (("author", branch.author), ("target.out", branch.target_out)):
        tensors[f"{name}.weight"] = head.weight.detach()
        tensors[f"{name}.bias"] = head.bias.detach()
    write_tensors(out, tensors)
    print(f"temperatures {of_authors} and {of_targets}; {out.stat().st_size} bytes in {out}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=Path, required=True, help="what `overheard train sentiment` wrote")
    parser.add_argument("--encoder", type=Path, required=True, help="the folder of all-MiniLM-L6-v2")
    parser.add_argument("--work", type=Path, required=True, help="a folder for what lies between: 2 GB")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "sentiment.safetensors")
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.work.mkdir(parents=True, exist_ok=True)
    if arguments.part:
        return PARTS[arguments.part](arguments, arguments.number)
    for left in arguments.work.glob("*.pt"):
        left.unlink()
    prepared(arguments)
    for part in PARTS:
        command = [sys.executable, __file__, *sys.argv[1:], "--part", part, "--number"]
        processes = [subprocess.Popen([*command, str(number)]) for number in range(OF_EACH)]
        if any([process.wait() for process in processes]):
            sys.exit(f"a {part} failed; see above")
    finish(arguments)


PARTS = {"teacher": teach, "student": learn, "graduate": graduate}

if __name__ == "__main__":
    main()
