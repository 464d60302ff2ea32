//! What a marketer waits for after a label: `make bench-teach`.
//!
//! 10,000 posts and the topics this project ships; labels in growing numbers on one of the topics, and
//! ten on each of the others. Learning reads the labelled posts from the store and fits every head;
//! judging again writes all the posts' verdicts. Beside it, in the same run, the same posts and verdicts
//! only read from the store. Embeddings are made up (a direction for each topic, and noise): what is
//! timed never looks at what they mean. Times are CPU time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use overheard::classify::{Classifier, Encoder, EncoderError};
use overheard::clock::FixedClock;
use overheard::config::Market;
use overheard::label::{Answer, Label};
use overheard::pipeline::{Judging, lessons};
use overheard::post::{Post, PostId, Said};
use overheard::store::{SledStore, Store};
use overheard::verdict::{Embedding, ModelId};

/// Posts kept: some months of a market.
const POSTS: usize = 10_000;

/// Labels on the topic that is taught: a few, a diligent marketer's, and what is looked at at most.
const LABELS: [usize; 3] = [30, 300, 2_000];

/// Labels on each other topic.
const OTHERS: usize = 10;

/// Posts in a transaction.
const BATCH: usize = 100;

/// Numbers of an embedding.
const WIDTH: usize = 384;

/// Makes an embedding up for each text.
struct MadeUp(ModelId);

impl Encoder for MadeUp {
    fn id(&self) -> &ModelId {
        &self.0
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        Ok(texts.iter().map(|text| embedding(text)).collect())
    }
}

/// Half of it from the beginning of the text, half from the whole: texts that begin alike are near.
fn embedding(text: &str) -> Embedding {
    let begin = text.split('.').next().unwrap_or_default();
    let mut sum: Vec<f32> = noise(begin).zip(noise(text)).map(|(a, b)| a + b).take(WIDTH).collect();
    let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
    for number in &mut sum {
        *number /= length;
    }
    Embedding(sum)
}

fn noise(seed: &str) -> impl Iterator<Item = f32> {
    let mut state = seed.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    std::iter::repeat_with(move || {
        // (Marsaglia, Xorshift RNGs, 2003.)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let topics = root.join("sources/topics.toml");
    let mut market = Market::parse(&[(topics.clone(), std::fs::read_to_string(&topics)?)])?;
    let names: Vec<String> = market.ruleset.topics.iter().map(|topic| topic.name.clone()).collect();
    let folder = tempfile::tempdir()?;
    let store = SledStore::open(&folder.path().join("store"))?;
    let now: Timestamp = "2026-03-02T06:00:00Z".parse()?;
    let posts: Vec<Post> = (0..POSTS).map(|n| post(n, names.len(), now)).collect();
    for batch in posts.chunks(BATCH) {
        store.keep(batch)?;
    }
    let encoder = Arc::new(MadeUp(ModelId("made up".to_owned()))) as Arc<dyn Encoder>;
    let clock = FixedClock::at(now);
    let judge =
        |market: &Market, classifier: &Classifier| -> Result<usize, Box<dyn std::error::Error>> {
            let judging = Judging { market, store: &store, classifier, clock: &clock };
            let mut judged = 0;
            judging.waiting(&|_| {}, &mut |turns| judged += turns.len())?;
            Ok(judged)
        };
    let new = |market: &Market| Classifier::new(Arc::clone(&encoder), &market.ruleset, vec![]);
    judge(&market, &new(&market)?)?;
    let others = names
        .iter()
        .skip(1)
        .enumerate()
        .flat_map(|(topic, name)| (0..OTHERS).map(move |n| (name.as_str(), topic + 1 + n * 7)));
    let others: Vec<Label> =
        others.map(|(name, n)| label(name, &posts[n % POSTS], n, now)).collect();
    store.teach(&others, now)?;

    let begun = on_cpu();
    let rows = walk(&store)?;
    let reading = on_cpu().saturating_sub(begun);
    println!(
        "{POSTS} posts, {} topics: posts and verdicts only read ({rows}): {:.0} ms",
        names.len(),
        ms(reading)
    );
    for many in LABELS {
        let labels: Vec<Label> =
            (0..many).map(|n| label(&names[0], &posts[n * 5 % POSTS], n, now)).collect();
        store.teach(&labels, now)?;
        market.learn(store.labels()?);
        let classifier = new(&market)?;
        let begun = on_cpu();
        let taught = lessons(&market, &store, &classifier)?;
        let read = on_cpu().saturating_sub(begun);
        let classifier = classifier.taught(&market.ruleset.id, taught);
        let learned = on_cpu().saturating_sub(begun);
        let begun = on_cpu();
        let judged = judge(&market, &classifier)?;
        let judging = on_cpu().saturating_sub(begun);
        println!(
            "{many} labels on one topic, {} in all: learned in {:.0} ms ({:.0} of them reading the store); \
             {judged} posts judged again in {:.0} ms, {:.1} times as long as reading them",
            store.labels()?.len(),
            ms(learned),
            ms(read),
            ms(judging),
            judging.as_secs_f64() / reading.as_secs_f64()
        );
    }
    Ok(())
}

fn post(n: usize, topics: usize, at: Timestamp) -> Post {
    let words =
        "They say that it costs more than it did, and that nobody told them so before. ".repeat(6);
    let said = Said {
        key: n.to_string(),
        text: format!(
            "What people tell of subject number {} is this. Post {n}. {words}",
            n % topics
        ),
        language: Some("en".to_owned()),
        ..Said::default()
    };
    Post::new(&"press".parse().unwrap_or_else(|_| unreachable!("it is a name")), said, at)
}

fn label(topic: &str, post: &Post, n: usize, at: Timestamp) -> Label {
    let answer = if n.is_multiple_of(3) { Answer::IsNot } else { Answer::Is };
    Label { topic: topic.to_owned(), post: post.id, answer, at }
}

fn walk(store: &dyn Store) -> Result<usize, Box<dyn std::error::Error>> {
    let (mut last, mut rows) = (None, 0);
    loop {
        let posts = store.kept_after(last, 128)?;
        let Some(end) = posts.last() else { return Ok(rows) };
        last = Some(end.id);
        let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
        rows += store.still_judged(&ids)?.into_iter().flatten().count();
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The time this thread has been on a CPU: others may be busy beside it.
fn on_cpu() -> Duration {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = times.split_whitespace().next().and_then(|time| time.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}
