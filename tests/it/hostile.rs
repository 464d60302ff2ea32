//! Some thousand seeded mutations of what each reader's fuzz target begins with: the same at every
//! run. What lasts hours is `make fuzz`.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/readers.rs"]
mod readers;

/// Folders with what a reader is given unharmed, and how many mutations of it are read: an article
/// takes a hundred times as long as a date.
const INPUTS: &[(&str, &[&str], usize)] = &[
    ("feed", &["tests/fixtures/feeds"], 1_500),
    ("article", &["tests/fixtures/pages"], 25),
    ("listing", &["tests/fixtures/pages"], 200),
    ("mastodon", &["tests/fixtures/social"], 1_500),
    ("hacker_news", &["tests/fixtures/social"], 1_500),
    ("html", &["fuzz/seeds/html", "tests/fixtures/pages"], 300),
    ("robots", &["fuzz/seeds/robots"], 3_000),
    ("dates", &["fuzz/seeds/dates"], 10_000),
    ("headers", &["fuzz/seeds/headers"], 10_000),
    ("urls", &["fuzz/seeds/urls"], 5_000),
    ("settings", &["fuzz/seeds/settings"], 2_000),
    ("opml", &["fuzz/seeds/opml"], 2_000),
];

/// What a mutation puts in: characters that end or begin something, and bytes that are no text.
const PIECES: &[&[u8]] = &[
    b"<",
    b">",
    b"&",
    b";",
    b"'",
    b"\"",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"\0",
    b"\x7f",
    b"\xc3",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"{",
    b"}",
    b"[",
    b"null",
    b"-",
    b"9999999999",
    b":",
    b"//",
    b"%",
    b"#",
    b"\n\n",
    b" ",
    b"=",
    b"<script>",
    b"</b>",
    b"&#0;",
    b"\xf0\x9f\x92\xa9",
];

/// SplitMix64: small, and the same on every machine for ever.
struct Dice(u64);

impl Dice {
    /// A number below `sides`; 0 where there is none.
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut thrown = self.0;
        thrown = (thrown ^ (thrown >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        thrown = (thrown ^ (thrown >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (thrown ^ (thrown >> 31)) as usize % sides.max(1)
    }
}

fn mutated(dice: &mut Dice, bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut body = bodies[dice.below(bodies.len())].clone();
    for _ in 0..=dice.below(8) {
        let at = dice.below(body.len() + 1);
        let to = (at + dice.below(64)).min(body.len());
        let piece = PIECES[dice.below(PIECES.len())];
        match dice.below(7) {
            0 => drop(body.splice(at..at, piece.iter().copied())),
            1 => drop(body.splice(at..to, piece.iter().copied())),
            2 => drop(body.drain(at..to)),
            3 => {
                let copied = body[at..to].to_vec();
                let into = dice.below(body.len() + 1);
                body.splice(into..into, copied);
            }
            4 => {
                let other = &bodies[dice.below(bodies.len())];
                let from = dice.below(other.len() + 1);
                let until = (from + dice.below(256)).min(other.len());
                body.splice(at..at, other[from..until].iter().copied());
            }
            5 if at < body.len() => body[at] ^= 1 << dice.below(8),
            _ => body.truncate(if dice.below(8) == 0 { at } else { body.len() }),
        }
    }
    body
}

#[test]
fn every_reader_has_inputs_and_a_fuzz_target() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named: Vec<&str> = INPUTS.iter().map(|(name, ..)| *name).collect();
    let readers: Vec<&str> = readers::READERS.iter().map(|reader| reader.name).collect();
    assert_eq!(named, readers);
    for name in named {
        assert!(root.join(format!("fuzz/targets/{name}.rs")).is_file(), "{name}");
    }
}

#[test]
fn no_mutation_breaks_a_reader_or_what_must_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, folders, count) in INPUTS {
        let mut paths: Vec<_> = folders
            .iter()
            .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        let bodies: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        for body in &bodies {
            readers::read(name, body);
        }
        let mut dice = Dice(7);
        for _ in 0..*count {
            readers::read(name, &mutated(&mut dice, &bodies));
        }
    }
}
