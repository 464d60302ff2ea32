//! The index by meaning beside an exact scan of f32 numbers: `make bench-meaning POSTS=1000000 EXPORT=real.jsonl`.
//!
//! EXPORT is what `overheard export` writes of a store of real posts: their embeddings are asked about and
//! searched as they are, and enlarged to POSTS by copies of one, two parts of it and one of another, with
//! noise. Without it embeddings are made up. Copies lie closer together than a million real posts would, so
//! that recall at that size is an upper bound; time, memory and disk are what they are.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use overheard::digest::Window;
use overheard::post::{Post, PostId, Said};
use overheard::search::meaning::{Filter, Meaning};
use overheard::store::{Judged, SledStore, Store};
use overheard::topic::RulesetId;
use overheard::verdict::{Embedding, Language, ModelId, Sentiment, Verdict};

const WIDTH: usize = 384;

/// Questions asked of each index.
const QUESTIONS: usize = 200;

/// How many are asked for.
const WANTED: usize = 50;

/// Posts read for an answer.
const READ: usize = 400;

/// Posts kept at a time.
const BATCH: usize = 500;

/// Posts are said over a year, so that there are months.
const MINUTES: i64 = 365 * 24 * 60;

fn main() -> Result<(), Box<dyn Error>> {
    let setting =
        |name: &str| std::env::args().find_map(|a| a.strip_prefix(name).map(str::to_owned));
    let posts: usize =
        setting("posts=").filter(|p| !p.is_empty()).map_or(Ok(100_000), |p| p.parse())?;
    let real = match setting("export=").filter(|path| !path.is_empty()) {
        Some(path) => exported(Path::new(&path))?,
        None => Vec::new(),
    };
    if !real.is_empty() {
        println!("{} real posts, as they are", real.len());
        measure(&real, &real)?;
    }
    println!(
        "{posts} posts, {}",
        if real.is_empty() { "made up" } else { "copies of the real ones" }
    );
    let (made, asked) = enlarged(&real, posts);
    measure(&made, &asked)
}

/// Builds an index of these embeddings through a store, and asks it about some of `asked`.
fn measure(embeddings: &[Vec<f32>], asked: &[Vec<f32>]) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let store = SledStore::open(&folder.path().join("store"))?;
    let ids = kept(&store, embeddings)?;
    let place = folder.path().join("meaning");

    let before = resident_kb();
    let begun = Instant::now();
    let mut meaning = Meaning::open(&place)?;
    meaning.catch_up(&store, &mut |_| {})?;
    let built = begun.elapsed();
    let begun = Instant::now();
    meaning.catch_up(&store, &mut |_| {})?;
    let nothing_new = begun.elapsed();
    let with_store = resident_kb();
    drop(meaning);
    let begun = Instant::now();
    let meaning = Meaning::open(&place)?;
    let opened = begun.elapsed();
    let disk: u64 = fs::read_dir(&place)?
        .map(|file| file.map_or(0, |f| f.metadata().map_or(0, |m| m.len())))
        .sum();
    println!(
        "  built in {built:.1?} ({:.0} posts a second), nothing new in {nothing_new:.1?}, opened in {opened:.1?}, \
         {} MB on disk; resident {} MB, of which the store before {} MB",
        embeddings.len() as f64 / built.as_secs_f64(),
        disk >> 20,
        with_store >> 10,
        before >> 10,
    );

    let always = Filter::said_in(Window { from: Timestamp::MIN, until: Timestamp::MAX });
    let model = ModelId("bench".to_owned());
    let step = asked.len().div_ceil(QUESTIONS).max(1);
    let (mut ours, mut exact, mut at_10, mut at_50, mut worst) =
        (vec![], vec![], 0.0, 0.0, 1.0_f64);
    for question in asked.iter().step_by(step) {
        let begun = Instant::now();
        let near = meaning.nearest(&Embedding(question.clone()), &model, &always, WANTED)?;
        ours.push(begun.elapsed());
        let begun = Instant::now();
        let truth = scanned(embeddings, question);
        exact.push(begun.elapsed());
        let share = |wanted: usize| {
            let right = near.iter().take(wanted);
            let right = right.filter(|near| truth[..wanted].iter().any(|at| ids[*at] == near.post));
            right.count() as f64 / wanted as f64
        };
        at_10 += share(10.min(truth.len()));
        at_50 += share(WANTED.min(truth.len()));
        worst = worst.min(share(WANTED.min(truth.len())));
    }
    let mut answers = Vec::new();
    for question in asked.iter().step_by(step) {
        let begun = Instant::now();
        let near = meaning.nearest(&Embedding(question.clone()), &model, &always, READ)?;
        let near: Vec<PostId> = near.iter().map(|near| near.post).collect();
        store.judged_many(&near)?;
        for id in near {
            store.post(id)?;
        }
        answers.push(begun.elapsed());
    }
    let (read_50, read_99) = percentiles(&mut answers);
    let asked = ours.len() as f64;
    let [(p50, p99), (exact_50, exact_99)] = [percentiles(&mut ours), percentiles(&mut exact)];
    println!(
        "  recall@10 {:.4}, @50 {:.4} (worst {worst:.2}); ours p50 {p50:.1?}, p99 {p99:.1?}; {READ} nearest with their \
         posts and verdicts p50 {read_50:.1?}, p99 {read_99:.1?}; exact f32 scan p50 {exact_50:.1?}, p99 \
         {exact_99:.1?}, {} MB in memory",
        at_10 / asked,
        at_50 / asked,
        (embeddings.len() * WIDTH * 4) >> 20
    );
    Ok(())
}

/// The nearest by an exact scan.
fn scanned(embeddings: &[Vec<f32>], asked: &[f32]) -> Vec<usize> {
    let dot = |row: &[f32]| {
        let (row, asked) = (row.as_chunks::<8>().0, asked.as_chunks::<8>().0);
        let mut sums = [0.0_f32; 8];
        for (row, asked) in row.iter().zip(asked) {
            for at in 0..8 {
                sums[at] += row[at] * asked[at];
            }
        }
        sums.iter().sum::<f32>()
    };
    let mut near: Vec<(f32, usize)> =
        embeddings.iter().enumerate().map(|(at, row)| (dot(row), at)).collect();
    let wanted = WANTED.min(near.len().saturating_sub(1));
    near.select_nth_unstable_by(wanted, |a, b| b.0.total_cmp(&a.0));
    near.truncate(wanted.max(1));
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().map(|(_, at)| at).collect()
}

fn kept(store: &SledStore, embeddings: &[Vec<f32>]) -> Result<Vec<PostId>, Box<dyn Error>> {
    let begin: Timestamp = "2025-01-01T00:00:00Z".parse()?;
    let source = "bench".parse()?;
    let mut ids = Vec::with_capacity(embeddings.len());
    for (batch, rows) in embeddings.chunks(BATCH).enumerate() {
        let (mut posts, mut judged) = (Vec::new(), Vec::new());
        for (at, row) in rows.iter().enumerate() {
            let number = batch * BATCH + at;
            let minutes = i64::try_from(number)? * MINUTES / i64::try_from(embeddings.len())?;
            let said = Said {
                key: number.to_string(),
                text: format!("Post {number}."),
                ..Said::default()
            };
            let post = Post::new(&source, said, begin + SignedDuration::from_mins(minutes));
            ids.push(post.id);
            judged.push(Judged {
                verdict: verdict(post.id, begin),
                embedding: Embedding(row.clone()),
            });
            posts.push(post);
        }
        store.keep(&posts)?;
        store.judge(&judged)?;
    }
    Ok(ids)
}

fn verdict(post: PostId, at: Timestamp) -> Verdict {
    Verdict {
        post,
        model: ModelId("bench".to_owned()),
        ruleset: RulesetId("bench".to_owned()),
        at,
        language: Language { code: "en".to_owned(), confidence: 1.0 },
        sentiment: Sentiment::unknown(),
        topics: Vec::new(),
        signals: Vec::new(),
        accounts: Vec::new(),
    }
}

/// Embeddings enlarged to so many, and what to ask: one in ten of the originals, disturbed.
fn enlarged(real: &[Vec<f32>], posts: usize) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
    let mut chance = Chance(1);
    let made_up: Vec<Vec<f32>> =
        (0..2_000).map(|_| unit((0..WIDTH).map(|_| chance.normal()).collect())).collect();
    let base = if real.is_empty() { &made_up } else { real };
    let mut made = Vec::with_capacity(posts);
    for _ in 0..posts {
        let (a, b) = (chance.below(base.len()), chance.below(base.len()));
        let part = 0.6 + 0.4 * chance.unit();
        let noise = 0.6 / (WIDTH as f32).sqrt();
        let mixed = base[a].iter().zip(&base[b]);
        made.push(unit(
            mixed.map(|(a, b)| part * a + (1.0 - part) * b + noise * chance.normal()).collect(),
        ));
    }
    let asked = base.iter().step_by(10).map(|row| {
        let noise = 0.5 / (WIDTH as f32).sqrt();
        unit(row.iter().map(|number| number + noise * chance.normal()).collect())
    });
    let asked = asked.collect();
    (made, asked)
}

fn unit(numbers: Vec<f32>) -> Vec<f32> {
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    numbers.into_iter().map(|number| number / length).collect()
}

/// The embeddings in an export.
fn exported(path: &Path) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let mut found: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for line in BufReader::new(fs::File::open(path)?).lines() {
        let entry: serde_json::Value = serde_json::from_str(&line?)?;
        let entry = &entry["entry"];
        let hex = entry["judged"]["embedding"].as_str().unwrap_or_default();
        if hex.len() == WIDTH * 4 {
            let half = |at: usize| u16::from_str_radix(&hex[at * 4..at * 4 + 4], 16).map(from_half);
            let numbers: Result<Vec<f32>, _> = (0..WIDTH).map(half).collect();
            found.insert(
                entry["post"]["id"].as_str().unwrap_or_default().to_owned(),
                unit(numbers?),
            );
        }
    }
    Ok(found.into_values().collect())
}

fn from_half(half: u16) -> f32 {
    let (sign, rest) = (u32::from(half & 0x8000) << 16, u32::from(half & 0x7fff));
    let size = if rest < 0x0400 {
        (rest as f32 / 16_777_216.0).to_bits()
    } else {
        (rest << 13) + 0x3800_0000
    };
    f32::from_bits(sign | size)
}

fn percentiles(times: &mut [Duration]) -> (Duration, Duration) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    (at(50), at(99))
}

fn resident_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// Near enough to normal: the sum of twelve.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }
}
