//! Posts as a market makes them: about 1.4 KB, words as frequent as in real text (Zipf), over a year.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use overheard::config::Market;
use overheard::post::{Author, Post, Said};
use overheard::store::Judged;
use overheard::topic::RulesetId;
use overheard::verdict::{
    AccountVerdict, Band, Embedding, Language, ModelId, Sentiment, SentimentLabel, TopicVerdict,
    Verdict,
};

/// Different words: what a million posts of a trade use.
pub(crate) const VOCABULARY: usize = 200_000;

/// How fast words get rarer: the exponent of Zipf's law in English.
const ZIPF: f64 = 1.05;

const SOURCES: usize = 500;
const TOPICS: usize = 20;
const ACCOUNTS: usize = 500;
const VOICES: [&str; 6] = ["press", "blog", "social", "vendor", "analyst", "expert"];
const TEXT_BYTES: usize = 1_400;

/// Numbers of an embedding, as all-MiniLM-L6-v2 has them.
const WIDTH: usize = 384;

/// What people speak of, as far as embeddings tell.
const THINGS: usize = 200;

/// When the year of posts ends.
pub(crate) const NOW: &str = "2026-11-22T18:00:00Z";

/// Chance with a seed (SplitMix64).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The words, by how frequent they are.
pub(crate) struct Words {
    words: Vec<String>,
    cumulated: Vec<f64>,
}

impl Words {
    pub(crate) fn new() -> Self {
        let mut sum = 0.0;
        let cumulated = (1..=VOCABULARY).map(|rank| {
            sum += (rank as f64).powf(-ZIPF);
            sum
        });
        Self { cumulated: cumulated.collect(), words: (0..VOCABULARY).map(word).collect() }
    }

    pub(crate) fn of_rank(&self, rank: usize) -> &str {
        &self.words[rank]
    }

    fn draw(&self, chance: &mut Chance) -> &str {
        let at = chance.share() * self.cumulated[VOCABULARY - 1];
        &self.words[self.cumulated.partition_point(|sum| *sum < at).min(VOCABULARY - 1)]
    }

    fn text(&self, bytes: usize, chance: &mut Chance) -> String {
        let mut text = String::with_capacity(bytes + 16);
        while text.len() < bytes {
            text.push_str(self.draw(chance));
            text.push_str(if chance.below(12) == 0 { ". " } else { " " });
        }
        text
    }
}

/// A word of syllables for a rank; some with an English ending.
fn word(rank: usize) -> String {
    const BEGIN: [&str; 20] = [
        "b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st", "pr",
        "cl", "tr",
    ];
    const MIDDLE: [&str; 10] = ["a", "e", "i", "o", "u", "ai", "ou", "ea", "ar", "on"];
    const END: [&str; 6] = ["", "", "s", "ing", "ed", "ation"];
    let mut rest = rank;
    let mut word = String::new();
    loop {
        word.push_str(BEGIN[rest % BEGIN.len()]);
        rest /= BEGIN.len();
        word.push_str(MIDDLE[(rest + rank) % MIDDLE.len()]);
        rest /= MIDDLE.len();
        if rest == 0 && word.len() > 2 {
            break;
        }
    }
    word + "n" + END[rank * 7 % END.len()]
}

pub(crate) fn market() -> Market {
    let mut toml = String::new();
    for n in 0..SOURCES {
        let voice = VOICES[n % VOICES.len()];
        writeln!(
            toml,
            "[[source]]\nid = \"source-{n}\"\nkind = \"feed\"\nurl = \"https://s{n}.example/feed\"\nvoice = \"{voice}\""
        )
        .unwrap();
    }
    for n in 0..TOPICS {
        writeln!(toml, "[[topic]]\nname = \"Topic {n}\"\ndescription = \"About {n}.\"").unwrap();
    }
    for n in 0..ACCOUNTS {
        writeln!(toml, "[[account]]\nname = \"Account {n}\"").unwrap();
    }
    Market::parse(&[("market.toml".into(), toml)]).unwrap()
}

/// Post number `n` of so many, with its verdict.
pub(crate) fn post(words: &Words, n: usize, of: usize) -> (Post, Judged) {
    let mut chance = Chance(n as u64 ^ 0x5eed);
    let source = format!("source-{}", chance.below(SOURCES));
    let year = SignedDuration::from_hours(24 * 365).as_secs() as f64;
    let now: Timestamp = NOW.parse().unwrap();
    let at = now - SignedDuration::from_secs((year * (of - n) as f64 / of as f64) as i64);
    let said = Said {
        key: n.to_string(),
        url: Some(format!("https://{source}.example/{n}")),
        title: Some(words.text(50, &mut chance)),
        text: words.text(TEXT_BYTES, &mut chance),
        author: Some(Author {
            name: Some(format!("Author {}", chance.below(5_000))),
            ..Author::default()
        }),
        published: Some(at),
        ..Said::default()
    };
    let post = Post::new(&source.parse().unwrap(), said, at);
    let judged = judged(&post, &mut chance);
    (post, judged)
}

fn judged(post: &Post, chance: &mut Chance) -> Judged {
    let topic = |chance: &mut Chance| TopicVerdict {
        // Some are much more frequent than others.
        name: format!("Topic {}", chance.below(TOPICS) * chance.below(TOPICS) / TOPICS),
        score: 0.8,
        band: Band::Yes,
        why: "says “that”".to_owned(),
        arguments: vec![],
    };
    let feelings = [
        SentimentLabel::Neutral,
        SentimentLabel::Neutral,
        SentimentLabel::Positive,
        SentimentLabel::Negative,
    ];
    let accounts = (0..chance.below(3).saturating_sub(1)).map(|_| AccountVerdict {
        name: format!("Account {}", chance.below(ACCOUNTS)),
        mention: "it".to_owned(),
        score: 0.9,
        why: "says so".to_owned(),
        sentiment: None,
    });
    let accounts = accounts.collect();
    let code = if chance.below(10) == 0 { "de" } else { "en" };
    let verdict = Verdict {
        post: post.id,
        model: ModelId("bench".to_owned()),
        ruleset: RulesetId("bench".to_owned()),
        at: post.heard,
        language: Language { code: code.to_owned(), confidence: 0.9 },
        sentiment: Sentiment { label: feelings[chance.below(4)], ..Sentiment::unknown() },
        topics: (0..chance.below(3)).map(|_| topic(chance)).collect(),
        signals: vec![],
        accounts,
    };
    Judged { verdict, embedding: meaning(chance) }
}

/// An embedding near to that of one of some hundred things people speak of.
pub(crate) fn meaning(chance: &mut Chance) -> Embedding {
    let mut thing = Chance(chance.below(THINGS) as u64);
    let numbers = (0..WIDTH).map(|_| {
        let (own, shared) = (chance.share() - 0.5, thing.share() - 0.5);
        (shared + own * 0.7) as f32
    });
    let numbers: Vec<f32> = numbers.collect();
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    Embedding(numbers.into_iter().map(|number| number / length).collect())
}
