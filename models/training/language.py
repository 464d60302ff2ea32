#!/usr/bin/env python3
"""Makes models/languages.txt: what the language detector knows of languages.

Three-letter stretches and how often they stand in a language's words come from the profiles of langdetect 1.0.9
(Apache-2.0, made from Wikipedia); the English words are the first whole words of the encoder's own vocabulary
(Apache-2.0), which is in order of frequency. Nothing is drawn by chance: the same inputs give the same bytes.

    pip download --no-deps --no-binary :all: langdetect==1.0.9 && tar xf langdetect-1.0.9.tar.gz
    models/training/language.py --profiles langdetect-1.0.9/langdetect/profiles \
        --vocabulary models/cache/all-MiniLM-L6-v2/vocab.txt --out models/languages.txt
"""

import argparse
import json
import math
import re
from pathlib import Path

# Languages that share a script, each with the name of its profile.
LANGUAGES = {
    "en": "en", "de": "de", "fr": "fr", "es": "es", "pt": "pt", "it": "it", "nl": "nl", "sv": "sv", "da": "da",
    "nb": "no", "fi": "fi", "pl": "pl", "cs": "cs", "ro": "ro", "hu": "hu", "tr": "tr", "id": "id", "vi": "vi",
    "ca": "ca", "sw": "sw", "tl": "tl", "sk": "sk", "sl": "sl", "hr": "hr", "et": "et", "lt": "lt", "lv": "lv",
    "sq": "sq", "so": "so", "af": "af", "cy": "cy",
    "ru": "ru", "uk": "uk", "bg": "bg", "mk": "mk",
    "ar": "ar", "fa": "fa", "ur": "ur",
    "hi": "hi", "mr": "mr", "ne": "ne",
}  # fmt: skip

# Whole words of the vocabulary that are taken; those after them are names and rarities.
WORDS = 6_000

# What is among them and speaks for another language as well.
FOREIGN = """de la le les und der das el los del van von en un una para na da em il et du des en al den la lo san santa
    st saint prix e o y""".split()


def stretches(profile: Path) -> dict[str, float]:
    read = json.loads(profile.read_text(encoding="utf-8"))
    counts: dict[str, int] = {}
    for gram, count in read["freq"].items():
        if len(gram) == 3:
            counts[gram.lower()] = counts.get(gram.lower(), 0) + count
    total = read["n_words"][2]
    return {gram: math.log(count / total) for gram, count in counts.items() if len(gram) == 3}


def english(vocabulary: Path) -> list[str]:
    words = [line.strip() for line in vocabulary.read_text(encoding="utf-8").splitlines()]
    whole = [word for word in words if re.fullmatch(r"[a-z]{2,}", word)]
    return [word for word in whole[:WORDS] if word not in FOREIGN]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profiles", type=Path, required=True)
    parser.add_argument("--vocabulary", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    lines = [
        "# What the language detector knows; made by models/training/language.py, see models/language.md.",
        "words\t0\t" + " ".join(english(asked.vocabulary)),
    ]
    for code, profile in LANGUAGES.items():
        levels: dict[int, list[str]] = {}
        for gram, log in stretches(asked.profiles / profile).items():
            levels.setdefault(round(-2 * log), []).append(gram)
        for level, grams in sorted(levels.items()):
            lines.append(f"{code}\t{level}\t{''.join(sorted(grams))}")
    asked.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
