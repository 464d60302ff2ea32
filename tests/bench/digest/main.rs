//! What a morning costs: `make bench-digest POSTS=100000 READERS=500`.
//!
//! Made-up posts of about 1.4 KB, a fifth of them in the window and the others in the four weeks before it, with
//! verdicts and embeddings as the classifier gives them. The encoder has no part in it. Times are wall times of
//! one thread unless said; the first line, reading every word once, is what they are compared with.

use std::time::{Duration, Instant};

use jiff::civil::{date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use overheard::account::Account;
use overheard::digest::{self, Heard, Input, Listening, Outages, Stories, Useful, Week, Window};
use overheard::post::{Author, Post, Said};
use overheard::reader::{Reader, Rhythm};
use overheard::source::{Owner, Source, SourceId, Speaker, Voice};
use overheard::story;
use overheard::text::words;
use overheard::topic::{Ruleset, Topic, TopicKind};
use overheard::verdict::{
    AccountVerdict, Band, Embedding, Language, ModelId, Sentiment, SentimentLabel, TopicVerdict,
    Verdict,
};

/// The morning.
const DAY: jiff::civil::Date = date(2026, 11, 20);
/// Readers' digests made side by side.
const THREADS: usize = 2;
const SOURCES: usize = 2_000;
const TOPICS: usize = 40;
/// Claims made under a topic, of which some are made often.
const CLAIMS: usize = 60;
const ACCOUNTS: usize = 500;
const DIMENSIONS: usize = 384;
/// Words of a post.
const WORDS: usize = 220;
const VOCABULARY: u64 = 20_000;
/// One post in so many is a reprint of one before.
const REPRINT: u64 = 12;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let (posts, readers) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(500));
    let reader = reader(0);
    let window = digest::window(&reader, DAY);
    eprintln!("making {posts} posts up");
    let market = Market::of(posts, window);
    let heard = market.heard();
    let text: usize = heard.iter().map(|heard| heard.post.said.text.len()).sum();
    println!("{posts} posts of {} bytes, {readers} readers", text / posts.max(1));

    let read = timed("every word of them read once", || {
        heard.iter().map(|heard| words::folded(&heard.post.full_text()).count()).sum::<usize>()
    });
    let stories = timed("stories found in all of them", || story::stories(&heard).len());
    let one = timed("the digest of one reader", || market.digest(&reader, window, &heard));
    println!("one digest: {:.1} times reading every word once", one / read);
    println!("of it, finding stories: {:.0} %", 100.0 * stories / one);
    let all = timed(&format!("the digests of {readers} readers, on {THREADS} threads"), || {
        let stories = Stories::of(&heard, window, &Outages::default());
        let week = Week::of(&stories, &market.ruleset);
        std::thread::scope(|scope| {
            let turns = (0..THREADS).map(|turn| {
                let (market, week) = (&market, &week);
                scope.spawn(move || {
                    let own = (0..readers).filter(|at| at % THREADS == turn);
                    own.map(|at| market.digest_of(&self::reader(at), week)).sum::<usize>()
                })
            });
            let turns: Vec<_> = turns.collect();
            turns.into_iter().map(|turn| turn.join().unwrap_or_default()).sum::<usize>()
        })
    });
    println!("all of them: {:.1} times the first", all / one);
}

/// Says how long it took, in seconds.
fn timed<T>(what: &str, work: impl FnOnce() -> T) -> f64 {
    let begun = Instant::now();
    std::hint::black_box(work());
    let took: Duration = begun.elapsed();
    println!("{what}: {:.2} s", took.as_secs_f64());
    took.as_secs_f64()
}

/// A seller with ten topics and twenty accounts, other ones for each.
fn reader(at: usize) -> Reader {
    Reader {
        id: format!("reader-{at}"),
        name: format!("Reader {at}"),
        email: None,
        topics: (0..10).map(|n| topic_name((at * 7 + n * 3) % TOPICS)).collect(),
        accounts: (0..20).map(|n| account_name((at * 13 + n * 11) % ACCOUNTS)).collect(),
        time_zone: TimeZone::UTC,
        at: time(7, 0, 0, 0),
        rhythm: Rhythm::default(),
        send: Vec::new(),
        calendar: None,
        renewed: None,
    }
}

fn topic_name(at: usize) -> String {
    format!("Topic {at}")
}

fn account_name(at: usize) -> String {
    format!("Account {at}")
}

struct Market {
    sources: Vec<Source>,
    ruleset: Ruleset,
    accounts: Vec<Account>,
    posts: Vec<(Post, Verdict, Embedding, usize)>,
}

impl Market {
    fn of(posts: usize, window: Window) -> Self {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        let voices = [Voice::Press, Voice::Blog, Voice::Vendor, Voice::Social, Voice::Customer];
        let sources: Vec<Source> = (0..SOURCES)
            .map(|at| Source {
                id: format!("source-{at}").parse().unwrap_or_else(|_| unreachable!("a fair id")),
                kind: "feed",
                owner: Owner::of_host(&format!("site-{at}.example")),
                voice: voices[at % voices.len()],
                speaker: if at % 5 == 3 { Speaker::Author } else { Speaker::Owner },
                tags: Vec::new(),
                language: None,
                every: None,
                paused: false,
            })
            .collect();
        let topics = (0..TOPICS).map(|at| Topic {
            name: topic_name(at),
            kind: TopicKind::Topic,
            description: "Something sellers talk about.".to_owned(),
            examples: Vec::new(),
            any: Vec::new(),
            all: Vec::new(),
            none: Vec::new(),
            ask: None,
            offer: Vec::new(),
        });
        let accounts = (0..ACCOUNTS).map(|at| Account {
            name: account_name(at),
            aliases: Vec::new(),
            domain: None,
            about: None,
            not: Vec::new(),
            owner: None,
            competitors: Vec::new(),
        });
        let (ruleset, accounts) = (Ruleset::of(topics.collect()), accounts.collect());
        let centres: Vec<Vec<f32>> = (0..TOPICS * CLAIMS).map(|_| dice.direction()).collect();
        let mut made: Vec<(Post, Verdict, Embedding, usize)> = Vec::with_capacity(posts);
        for number in 0..posts {
            let at = dice.below(SOURCES as u64) as usize;
            let when = said(&mut dice, window);
            let copied = dice.below(REPRINT) == 0 && number > 0;
            let spoken = if copied {
                let original = dice.below(number as u64) as usize;
                let (post, verdict, embedding, _) = &made[original];
                (post.said.text.clone(), verdict.clone(), embedding.clone())
            } else {
                let topic = dice.zipf(TOPICS as u64) as usize;
                let claim = dice.zipf(CLAIMS as u64) as usize;
                let embedding = dice.near(&centres[topic * CLAIMS + claim]);
                (text(&mut dice), verdict(&mut dice, topic, &ruleset), embedding)
            };
            let (text, mut verdict, embedding) = spoken;
            let post = post(&mut dice, &sources[at].id, number, text, when);
            verdict.post = post.id;
            made.push((post, verdict, embedding, at));
        }
        Self { sources, ruleset, accounts, posts: made }
    }

    fn heard(&self) -> Vec<Heard<'_>> {
        let heard = self.posts.iter().map(|(post, verdict, embedding, at)| Heard {
            post,
            verdict,
            embedding,
            source: &self.sources[*at],
        });
        heard.collect()
    }

    fn digest(&self, reader: &Reader, window: Window, heard: &[Heard<'_>]) -> usize {
        let stories = Stories::of(heard, window, &Outages::default());
        self.digest_of(reader, &Week::of(&stories, &self.ruleset))
    }

    fn digest_of(&self, reader: &Reader, week: &Week<'_, '_>) -> usize {
        let window = digest::window(reader, DAY);
        let digest = digest::make_of(
            week,
            &Input {
                reader,
                ruleset: &self.ruleset,
                accounts: &self.accounts,
                window,
                now: window.until,
                heard: &[],
                told: &[],
                listening: Listening::default(),
                outages: &Outages::default(),
                met: &[],
                told_before: &[],
                rising_told: &[],
                useful: &Useful::default(),
            },
        );
        digest.blocks.iter().map(|block| block.points.len()).sum()
    }
}

/// A fifth in the window, the others in the four of its length before it.
fn said(dice: &mut Dice, window: Window) -> Timestamp {
    let length = window.until.duration_since(window.from).as_secs();
    let ago = dice.below(5 * length.unsigned_abs()).cast_signed() + 1;
    window.until.saturating_sub(SignedDuration::from_secs(ago)).unwrap_or(window.from)
}

fn post(dice: &mut Dice, source: &SourceId, number: usize, text: String, when: Timestamp) -> Post {
    let author = format!("author-{}", dice.below(5_000));
    let said = Said {
        key: format!("{number}"),
        url: Some(format!("https://{source}.example/{number}")),
        title: Some(text.split_whitespace().take(9).collect::<Vec<_>>().join(" ")),
        text,
        author: Some(Author { name: Some(author.clone()), handle: Some(author), url: None }),
        published: Some(when),
        ..Said::default()
    };
    Post::new(source, said, when)
}

fn text(dice: &mut Dice) -> String {
    let mut text = String::new();
    for at in 1..=WORDS {
        text.push_str(&word(dice.zipf(VOCABULARY)));
        text.push_str(if at % 17 == 0 { ". " } else { " " });
    }
    text
}

/// A made-up word; common ones are short.
fn word(mut rank: u64) -> String {
    const SYLLABLES: [&str; 16] = [
        "ka", "lo", "mi", "ten", "ru", "sa", "vel", "no", "pri", "ga", "dor", "he", "ist", "bu",
        "wan", "cle",
    ];
    let mut word = String::new();
    loop {
        word.push_str(SYLLABLES[(rank % 16) as usize]);
        rank /= 16;
        if rank == 0 {
            return word;
        }
    }
}

fn verdict(dice: &mut Dice, topic: usize, ruleset: &Ruleset) -> Verdict {
    let labels = [SentimentLabel::Positive, SentimentLabel::Neutral, SentimentLabel::Negative];
    let judged = |at: usize, score: f32| TopicVerdict {
        name: topic_name(at),
        score,
        band: Band::Yes,
        why: "like its description".to_owned(),
        arguments: Vec::new(),
    };
    let mut topics = vec![judged(topic, 0.8)];
    if dice.below(4) == 0 {
        topics.push(judged((topic + 1) % TOPICS, 0.6));
    }
    let account = |dice: &mut Dice| AccountVerdict {
        name: account_name(dice.below(ACCOUNTS as u64) as usize),
        mention: "it".to_owned(),
        score: 0.9,
        why: "its name".to_owned(),
        sentiment: None,
    };
    let names = dice.below(10) == 0;
    Verdict {
        post: overheard::post::PostId::from_bytes([0; 16]),
        model: ModelId("made-up".to_owned()),
        ruleset: ruleset.id.clone(),
        at: Timestamp::UNIX_EPOCH,
        language: Language { code: "en".to_owned(), confidence: 1.0 },
        sentiment: Sentiment { label: labels[dice.below(3) as usize], score: 0.8, probs: None },
        topics,
        signals: Vec::new(),
        accounts: if names { vec![account(dice)] } else { Vec::new() },
    }
}

/// Numbers that look like chance, the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most.max(1)
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A rank below `most`, the lower the likelier (Zipf's law).
    fn zipf(&mut self, most: u64) -> u64 {
        let rank = (most as f64).powf(self.share()) - 1.0;
        #[expect(clippy::cast_sign_loss, reason = "a power of something above one, less one")]
        let rank = rank.max(0.0) as u64;
        rank.min(most - 1)
    }

    fn direction(&mut self) -> Vec<f32> {
        unit((0..DIMENSIONS).map(|_| (self.share() - 0.5) as f32).collect())
    }

    /// A text that makes the claim whose texts point that way: a cosine of about 0.65 to another of them.
    fn near(&mut self, centre: &[f32]) -> Embedding {
        let own = self.direction();
        let mixed = centre.iter().zip(own).map(|(shared, own)| 0.8 * shared + 0.6 * own);
        Embedding(unit(mixed.collect()))
    }
}

fn unit(mut values: Vec<f32>) -> Vec<f32> {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    for value in &mut values {
        *value /= length;
    }
    values
}
