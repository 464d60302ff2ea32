//! Things to keep, and chance with a seed.

use std::fmt::Write as _;

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use jiff::{SignedDuration, Timestamp};
use overheard::digest::{
    AccountNews, Block, Detail, Digest, Direction, Evidence, Listening, Point, Sentence, Strength,
    Trend, Window,
};
use overheard::post::{Author, Post, PostId, Said};
use overheard::source::{Knowledge, Owner, SourceId};
use overheard::store::Judged;
use overheard::topic::RulesetId;
use overheard::verdict::{
    Argument, Band, Embedding, Language, ModelId, Part, Sentiment, TopicVerdict, Verdict,
};

/// SplitMix64: small, and the same on every machine for the same seed.
pub(crate) struct Chance(u64);

impl Chance {
    /// A seed of its own for each run, printed so that a failure can be run again.
    pub(crate) fn new(what: &str) -> Self {
        let seed = RandomState::new().build_hasher().finish();
        println!("{what}: seed {seed}");
        Self(seed)
    }

    pub(crate) fn from(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn source(id: &str) -> SourceId {
    id.parse().unwrap()
}

/// A post of `press` called `key`, said at `said` and heard a minute later.
pub(crate) fn post(key: &str, said: &str, text: &str) -> Post {
    let published = time(said);
    let said = Said {
        key: key.to_owned(),
        title: Some(format!("On {key}")),
        text: text.to_owned(),
        url: Some(format!("https://press.example/{key}")),
        author: Some(Author { name: Some("Ada".into()), ..Author::default() }),
        published: Some(published),
        ..Said::default()
    };
    Post::new(&source("press"), said, published + SignedDuration::from_mins(1))
}

/// Text that does not pack well, as long as asked.
pub(crate) fn noise(seed: u64, length_bytes: usize) -> String {
    let mut chance = Chance::from(seed);
    let mut text = String::with_capacity(length_bytes + 16);
    while text.len() < length_bytes {
        write!(text, "{:016x}", chance.next()).unwrap();
    }
    text
}

pub(crate) fn rules(model: &str, ruleset: &str) -> (ModelId, RulesetId) {
    (ModelId(model.to_owned()), RulesetId(ruleset.to_owned()))
}

/// A verdict of `post`; its embedding is one that half precision holds exactly.
pub(crate) fn judged(post: PostId, by: &(ModelId, RulesetId), topic: &str) -> Judged {
    let verdict = Verdict {
        post,
        model: by.0.clone(),
        ruleset: by.1.clone(),
        at: time("2026-03-01T09:00:00Z"),
        language: Language { code: "en".into(), confidence: 0.75 },
        sentiment: Sentiment::unknown(),
        topics: vec![TopicVerdict {
            name: topic.to_owned(),
            score: 0.875,
            band: Band::Yes,
            why: format!("says {topic:?}"),
            arguments: vec![],
        }],
        signals: vec![TopicVerdict {
            name: "funding".into(),
            score: 0.75,
            band: Band::Yes,
            why: "says \"raises\"".into(),
            arguments: vec![Argument { part: Part::Amount, text: "$4M".into(), start: 7, end: 10 }],
        }],
        accounts: vec![],
    };
    Judged { verdict, embedding: Embedding(vec![0.5, -0.5, 0.5, -0.5]) }
}

fn sentence(post: PostId) -> Sentence {
    Sentence { text: "They rise.".into(), post }
}

/// A digest with one point by `owners` owners that tells `claim`, `story` and `quote`, and news of an
/// account by one owner that tells `news`.
pub(crate) fn digest(reader: &str, date: &str, told: [PostId; 4], owners: usize) -> Digest {
    let [claim, story, quote, news] = told;
    let owner = |n: usize| Owner::named(&format!("owner {n}"));
    let trend = Trend {
        direction: Direction::New,
        now: 1,
        before: 0,
        baseline_windows: 4.0,
        windows_before: 4.0,
        ratio: None,
        counted: vec![claim],
        earlier: vec![],
    };
    let point = Point {
        topic: "pricing".into(),
        claim: sentence(claim),
        evidence: Evidence {
            strength: Strength::Emerging,
            owners: (0..owners).map(owner).collect(),
            voices: vec![],
            stories: vec![vec![claim, story], vec![quote]],
            dissenting: vec![],
            dissent: vec![],
            positive: 0,
            neutral: 0,
            negative: 1,
            trend,
        },
        quotes: vec![sentence(quote)],
        dissent: None,
        why_you: "you follow pricing".into(),
        ask: None,
        offer: None,
        moved: None,
        rank: vec![],
    };
    Digest {
        reader: reader.to_owned(),
        name: "Grace".into(),
        date: date.parse().unwrap(),
        time_zone: "Europe/Berlin".into(),
        window: Window { from: time("2026-03-01T00:00:00Z"), until: time("2026-03-02T00:00:00Z") },
        made: time("2026-03-02T05:00:00Z"),
        ruleset: RulesetId("rules".into()),
        accounts: vec![AccountNews {
            covers: None,
            account: "Acme".into(),
            knowledge: Knowledge::Public,
            moved: None,
            signals: vec!["funding".into()],
            details: vec![Detail { signal: "funding".into(), said: vec![sentence(news)] }],
            sentence: sentence(news),
            stories: vec![vec![news]],
            owners: vec![owner(0)],
            dissent: None,
            dissenting: vec![owner(1)],
            positive: 1,
            negative: 1,
        }],
        blocks: vec![Block { knowledge: Knowledge::Public, points: vec![point] }],
        rising: vec![],
        listening: Listening::default(),
        citations: vec![],
        erased: vec![],
        today: vec![],
        more_accounts: vec![],
        competitors: vec![],
        rising_told: vec![],
    }
}
