//! The encoders with the real weights, from the outside: rust-bert and the light one, whichever this
//! build has, and how near they are to each other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "rust-bert")]
use overheard::classify::Read;
#[cfg(feature = "light")]
use overheard::classify::light::LightEncoder;
#[cfg(feature = "rust-bert")]
use overheard::classify::precision::Precision;
use overheard::classify::readable::readable;
#[cfg(feature = "rust-bert")]
use overheard::classify::rust_bert::RustBertEncoder;
use overheard::classify::sentiment::branch::Branch;
use overheard::classify::sentiment::pieces::Pieces;
use overheard::classify::threads::Settings;
use overheard::classify::{Classifier, Detail, Encoder, EncoderError, Reading, Target, Text};
use overheard::topic::Ruleset;
use overheard::verdict::SentimentLabel;
use serde::Deserialize;

use crate::classify::{account, fees, judged, topics};

fn model_folder() -> PathBuf {
    let root = std::env::var_os("OVERHEARD_MODELS").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/overheard");
    root.unwrap_or_else(home).join("all-MiniLM-L6-v2")
}

fn on(threads: usize) -> Settings {
    Settings { threads, ..Settings::default() }
}

type Opened = Result<Arc<dyn Encoder>, EncoderError>;

#[cfg(feature = "rust-bert")]
fn rust_bert(folder: &Path, precision: Precision) -> Opened {
    let settings = Settings { precision, ..on(1) };
    Ok(Arc::new(RustBertEncoder::open(folder, &Branch::committed().unwrap(), settings)?))
}

#[cfg(feature = "light")]
fn light(folder: &Path, threads: usize) -> Opened {
    Ok(Arc::new(LightEncoder::open(folder, &Branch::committed().unwrap(), on(threads))?))
}

/// A folder with the published files, as links.
#[cfg(feature = "light")]
fn linked_model() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "vocab.txt", "model.safetensors"] {
        std::os::unix::fs::symlink(model_folder().join(file), folder.path().join(file)).unwrap();
    }
    folder
}

#[cfg(feature = "rust-bert")]
#[test]
fn a_model_that_is_damaged_or_missing_is_named_with_its_remedy() {
    damage_is_named(|folder| rust_bert(folder, Precision::F32));
}

#[cfg(feature = "light")]
#[test]
fn the_light_encoder_names_what_is_damaged_or_missing_with_its_remedy() {
    damage_is_named(|folder| {
        for file in ["config.json", "vocab.txt"] {
            std::fs::copy(model_folder().join(file), folder.join(file)).unwrap();
        }
        light(folder, 1)
    });
}

fn damage_is_named(open: impl Fn(&Path) -> Opened) {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |folder: &Path| {
        let error = open(folder).err().unwrap();
        assert!(matches!(error, EncoderError::Files { .. }), "{error:?}");
        error.to_string()
    };
    let missing = refusal(folder.path());
    assert!(missing.contains("model.safetensors: is missing; run `make setup"), "{missing}");

    // As a download that broke off leaves it.
    std::fs::write(folder.path().join("model.safetensors"), [0x40, 0, 0, 0, 0, 0, 0, 0, b'{'])
        .unwrap();
    let cut = refusal(folder.path());
    assert!(cut.contains("model.safetensors: its SHA-256 begins"), "{cut}");
    assert!(cut.contains("should begin 53aa51172d14"), "{cut}");
}

#[cfg(all(feature = "light", not(feature = "rust-bert")))]
#[test]
fn what_this_build_does_not_have_is_said_with_what_to_do() {
    let mut config = overheard::config::Config::default();
    assert!(overheard::app::encoder(&config).is_ok(), "it takes what it has");
    config.classify.backend = overheard::config::Backend::RustBert;
    let error = overheard::app::encoder(&config).err().unwrap().to_string();
    assert!(error.contains("built without rust-bert: set `backend = \"light\"`"), "{error}");
}

/// One test opens the model for everything that needs it: opening takes longer than judging.
#[cfg(feature = "rust-bert")]
#[test]
fn the_real_model_judges_hostile_and_honest_texts() {
    let encoder = rust_bert(&model_folder(), Precision::F32).unwrap();
    judges_hostile_and_honest_texts(&encoder, Tolerance { embedding: 1e-5, feelings: 1e-4 });
}

#[cfg(feature = "light")]
#[test]
fn the_light_encoder_judges_hostile_and_honest_texts_from_weights_made_once() {
    let folder = linked_model();
    drop(light(folder.path(), 1).unwrap());
    // What was made is enough.
    std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    let encoder = light(folder.path(), 2).unwrap();
    judges_hostile_and_honest_texts(&encoder, Tolerance { embedding: 0.008, feelings: 0.06 });
    company_changes_nothing(encoder.as_ref());

    // A byte that tipped over is found before it is believed.
    let kept = folder.path().join("model.bytes");
    let mut bytes = std::fs::read(&kept).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&kept, bytes).unwrap();
    let error = light(folder.path(), 1).err().unwrap().to_string();
    assert!(error.contains("model.safetensors: is missing; run `make setup"), "{error}");
}

#[cfg(feature = "light")]
#[test]
fn weights_that_cannot_be_kept_are_made_at_every_start() {
    let folder = linked_model();
    // A folder in its place: even root cannot write the file there.
    std::fs::create_dir(folder.path().join("model.bytes")).unwrap();
    let encoder = light(folder.path(), 1).unwrap();
    assert_eq!(encoder.encode(&["Our cloud bill doubled."]).unwrap()[0].0.len(), 384);
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 4, "nothing half-written is left");
}

/// How far numbers may be from the published ones.
#[derive(Clone, Copy)]
struct Tolerance {
    embedding: f32,
    feelings: f32,
}

fn judges_hostile_and_honest_texts(encoder: &Arc<dyn Encoder>, tolerance: Tolerance) {
    hostile_texts_get_an_answer(encoder.as_ref());
    long_texts_are_read_in_chunks(encoder.as_ref());
    its_numbers_are_those_of_sentence_transformers(encoder.as_ref(), tolerance.embedding);
    its_feelings_are_those_of_the_training(encoder.as_ref(), tolerance.feelings);
    feelings_have_a_direction(Arc::clone(encoder));
    targets_anywhere_in_hostile_texts_get_an_answer(Arc::clone(encoder));
    labelled_posts_are_judged_well(Arc::clone(encoder));
}

/// To the bit: neither the order of the texts, nor which thread reads them, nor what else a pass holds.
#[cfg(feature = "light")]
fn company_changes_nothing(encoder: &dyn Encoder) {
    let texts: Vec<String> = (1..24)
        .map(|n| "Our cloud bill doubled again. ".repeat(n % 7 + 1)[n..].to_owned())
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let backwards: Vec<&str> = texts.iter().rev().copied().collect();
    let together = encoder.encode(&texts).unwrap();
    let mut reversed = encoder.encode(&backwards).unwrap();
    reversed.reverse();
    assert_eq!(together, reversed);
    for (&text, embedding) in texts.iter().zip(&together) {
        assert_eq!(&encoder.encode(&[text]).unwrap()[0], embedding, "{text}");
    }
}

fn hostile_texts_get_an_answer(encoder: &dyn Encoder) {
    let megabyte = "spam and eggs ".repeat(75_000);
    let one_word = "x".repeat(1_000_000);
    let marks = "\u{301}\u{302}".repeat(500);
    let texts = ["", " ", "\0", "a\0b", "🔥", &marks, "\u{fffd}\u{202e}", &one_word, &megabyte];
    let embeddings = encoder.encode(&texts).unwrap();
    assert_eq!(embeddings.len(), texts.len());
    for (text, embedding) in texts.iter().zip(&embeddings) {
        let norm: f32 = embedding.0.iter().map(|value| value * value).sum();
        let start: String = text.chars().take(8).collect();
        assert!(embedding.0.is_empty() || (norm - 1.0).abs() < 1e-4, "{start:?}: {norm}");
    }
    assert!(embeddings[0].0.is_empty() && embeddings[1].0.is_empty());
    assert_eq!(embeddings[8].0.len(), 384);
    assert!(encoder.encode(&[]).unwrap().is_empty());
}

fn long_texts_are_read_in_chunks(encoder: &dyn Encoder) {
    let start = "The database was slow. ".repeat(80);
    let both = format!("{start}{}", "The cake was delicious. ".repeat(80));
    let cake = "The cake was delicious.";
    let embeddings = encoder.encode(&[&start, &both, cake]).unwrap();
    let (without, with) =
        (embeddings[0].cosine(&embeddings[2]), embeddings[1].cosine(&embeddings[2]));
    assert!(with > without + 0.1, "what stands behind 256 tokens is read: {without} {with}");
}

fn its_numbers_are_those_of_sentence_transformers(encoder: &dyn Encoder, tolerance: f32) {
    // The first numbers that sentence-transformers 3.3 gives for these texts with these weights.
    let expected: [(&str, [f32; 4]); 2] = [
        (
            "Our cloud bill doubled and nobody can say why.",
            [-0.003_338_9, -0.024_543_2, 0.096_323_1, -0.004_803_3],
        ),
        (
            "Ça alors! Naïve café prices… 100% up 😡",
            [0.009_764_5, -0.007_381_8, 0.021_482_1, 0.049_546_0],
        ),
    ];
    for (text, numbers) in expected {
        let embedding = &encoder.encode(&[text]).unwrap()[0];
        for (ours, theirs) in embedding.0.iter().zip(numbers) {
            assert!((ours - theirs).abs() < tolerance, "{text}: {ours} {theirs}");
        }
    }
}

fn its_feelings_are_those_of_the_training(encoder: &dyn Encoder, tolerance: f32) {
    // Negative, neutral, positive as models/training/sentiment.py computes them in f32 from the
    // committed file: of the author, then towards the target.
    let expected: [(&str, &str, [f32; 3], [f32; 3]); 2] = [
        (
            "Acme's outage cost us, so we moved to Globex.",
            "Acme",
            [0.862_562, 0.008_526, 0.128_913],
            [0.911_191, 0.009_293, 0.079_515],
        ),
        (
            "I love the editor 🔥, but the support is sooooo slow #NeverAgain",
            "support",
            [0.653_403, 0.042_306, 0.304_291],
            [0.608_673, 0.073_325, 0.318_002],
        ),
    ];
    for (text, target, author, towards) in expected {
        let at = text.find(target).unwrap();
        let place = at..at + target.len();
        let pieces = Pieces::of(text, std::slice::from_ref(&place));
        let text = readable(text);
        let reading = Reading { text: &text, pieces: Some(&pieces) };
        let feelings = encoder.read(&[reading]).unwrap().remove(0).feelings;
        for (ours, theirs) in [(feelings.author, author), (feelings.targets[0], towards)] {
            let ours = ours.unwrap();
            for (ours, theirs) in [ours.negative, ours.neutral, ours.positive].iter().zip(theirs) {
                assert!((ours - theirs).abs() < tolerance, "{text}: {ours} {theirs}");
            }
        }
    }
}

fn feelings_have_a_direction(encoder: Arc<dyn Encoder>) {
    let accounts = vec![account("name = 'Acme'"), account("name = 'Globex'")];
    let classifier = Classifier::new(encoder, &Ruleset::of(fees()), accounts).unwrap();
    let text = "Acme's outage cost us a day of work, so we moved to Globex and are happy there.";
    let towards = |name: &str| {
        let at = text.find(name).unwrap();
        let target = Target::Named(at..at + name.len());
        let text = Text { text, target: Some(&target), ..Text::default() };
        classifier.judge(&[text], Detail::All).unwrap().remove(0)
    };
    assert_eq!(towards("Acme").sentiment.label, SentimentLabel::Negative);
    assert_eq!(towards("Globex").sentiment.label, SentimentLabel::Positive);

    let judgement = judged(&classifier, text, Detail::OverThreshold);
    let of = |name: &str| {
        let account = judgement.accounts.iter().find(|account| account.name == name).unwrap();
        account.sentiment.as_ref().unwrap().label
    };
    assert_eq!(of("Acme"), SentimentLabel::Negative, "{judgement:?}");
    assert_eq!(of("Globex"), SentimentLabel::Positive, "{judgement:?}");
    assert_eq!(
        towards("Acme").embedding,
        judgement.embedding,
        "whom one asks about does not move the embedding"
    );
}

fn targets_anywhere_in_hostile_texts_get_an_answer(encoder: Arc<dyn Encoder>) {
    let classifier = Classifier::new(encoder, &Ruleset::of(fees()), Vec::new()).unwrap();
    let megabyte = "Acme is dreadful and I hate it. ".repeat(32_000);
    let texts = ["", "\0\0", "🔥🔥🔥", "é Acme is dreadful and I hate it.", &megabyte];
    for text in texts {
        let end = text.len();
        let places = [0..0, 0..1, 1..2, 2..7, 0..end, end..end + 4, end.saturating_sub(9)..end];
        for place in places {
            let target = Target::Named(place.clone());
            let text = Text { text, target: Some(&target), language_hint: Some("en"), links: &[] };
            let judgement = classifier.judge(&[text], Detail::All).unwrap().remove(0);
            if judgement.sentiment.label != SentimentLabel::Unknown {
                let probs = judgement.sentiment.probs.unwrap();
                let sum = probs.negative + probs.neutral + probs.positive;
                assert!((sum - 1.0).abs() < 1e-4, "{place:?}: {probs:?}");
            }
        }
    }
}

#[derive(Deserialize)]
struct LabelledPost {
    text: String,
    labels: Vec<String>,
}

fn labelled_posts_are_judged_well(encoder: Arc<dyn Encoder>) {
    let rules = topics(include_str!("../fixtures/classify/topics.toml"));
    let classifier = Classifier::new(encoder, &Ruleset::of(rules), Vec::new()).unwrap();
    let posts: Vec<LabelledPost> = include_str!("../fixtures/classify/posts.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let texts: Vec<Text<'_>> =
        posts.iter().map(|post| Text { text: &post.text, ..Text::default() }).collect();
    let judgements = classifier.judge(&texts, Detail::OverThreshold).unwrap();

    let (mut right, mut said, mut wanted) = (0.0, 0.0, 0.0);
    for (post, judgement) in posts.iter().zip(&judgements) {
        assert_eq!(judgement.language.code, "en", "{}", post.text);
        wanted += post.labels.len() as f64;
        for verdict in judgement.topics.iter().chain(&judgement.signals) {
            said += 1.0;
            right += f64::from(u8::from(post.labels.contains(&verdict.name)));
        }
    }
    assert!(right / said >= 0.8, "precision {}", right / said);
    assert!(right / wanted >= 0.7, "recall {}", right / wanted);

    let feelings =
        ["I love this, it works beautifully!", "Terrible support, we are leaving in anger."]
            .map(|text| judged(&classifier, text, Detail::OverThreshold).sentiment);
    assert_eq!(feelings[0].label, SentimentLabel::Positive, "{feelings:?}");
    assert_eq!(feelings[1].label, SentimentLabel::Negative, "{feelings:?}");
}

/// How like an encoder's embeddings have to be to those of rust-bert in 32 bits, in the mean and at
/// least, and how far its probabilities of a feeling may be from them, in the mean and at most.
#[cfg(feature = "rust-bert")]
#[derive(Clone, Copy)]
struct Near {
    like: (f32, f32),
    apart: (f32, f32),
}

/// On 2,900 real texts the light encoder had 0.9989 and 0.9974.
#[cfg(all(feature = "rust-bert", feature = "light"))]
const LIGHT: Near = Near { like: (0.998, 0.996), apart: (0.01, 0.08) };

#[cfg(feature = "rust-bert")]
const BF16: Near = Near { like: (0.9999, 0.9998), apart: (0.003, 0.02) };

#[cfg(all(feature = "rust-bert", feature = "light"))]
#[test]
fn the_light_encoder_says_what_rust_bert_says_and_on_two_threads_the_same_bits() {
    let published = rust_bert(&model_folder(), Precision::F32).unwrap();
    let folder = linked_model();
    let (one, two) = (light(folder.path(), 1).unwrap(), light(folder.path(), 2).unwrap());
    assert_ne!(published.id(), one.id());
    let ours = read_posts(one.as_ref());
    assert_eq!(ours, read_posts(two.as_ref()));
    assert_near(&ours, &read_posts(published.as_ref()), LIGHT);
}

#[cfg(feature = "rust-bert")]
#[test]
fn sixteen_bits_say_what_thirty_two_say_under_a_name_of_their_own() {
    let published = rust_bert(&model_folder(), Precision::F32).unwrap();
    let short = rust_bert(&model_folder(), Precision::Bf16).unwrap();
    assert_ne!(published.id(), short.id());
    let ours = read_posts(short.as_ref());
    assert_eq!(ours, read_posts(short.as_ref()), "the same texts give the same bits");
    assert_near(&ours, &read_posts(published.as_ref()), BF16);

    // Which of the two it is depends on the processor, and on nothing else.
    let either = rust_bert(&model_folder(), Precision::Auto).unwrap();
    assert!([published.id(), short.id()].contains(&either.id()));
}

/// What is read of posts, with their first word as somebody named; a long one, and one that the
/// sentiment branch reads otherwise than the embedding, are among them.
#[cfg(feature = "rust-bert")]
fn read_posts(encoder: &dyn Encoder) -> Vec<Read> {
    let mut texts: Vec<String> = include_str!("../fixtures/classify/posts.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<LabelledPost>(line).unwrap().text)
        .collect();
    texts.push(texts.join(" "));
    texts.push("Sooooo happy with the new release 🔥🔥 #GreatDay, the old was dreadful".to_owned());
    let first_word = |text: &str| 0..text.find(' ').unwrap_or(text.len());
    let pieces: Vec<Pieces> =
        texts.iter().map(|text| Pieces::of(text, &[first_word(text)])).collect();
    let readings: Vec<Reading<'_>> = texts
        .iter()
        .zip(&pieces)
        .map(|(text, pieces)| Reading { text, pieces: Some(pieces) })
        .collect();
    encoder.read(&readings).unwrap()
}

#[cfg(feature = "rust-bert")]
fn assert_near(ours: &[Read], theirs: &[Read], near: Near) {
    let (mut like, mut apart) = (Vec::new(), Vec::new());
    for (ours, theirs) in ours.iter().zip(theirs) {
        like.push(ours.embedding.cosine(&theirs.embedding));
        let (ours, theirs) = (&ours.feelings, &theirs.feelings);
        assert_eq!(ours.targets.len(), theirs.targets.len());
        let towards = ours.targets.iter().zip(&theirs.targets);
        for (ours, theirs) in towards.chain([(&ours.author, &theirs.author)]) {
            let (Some(ours), Some(theirs)) = (ours, theirs) else { panic!("all were read") };
            apart.push((ours.negative - theirs.negative).abs());
            apart.push((ours.positive - theirs.positive).abs());
        }
    }
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
    let least = like.iter().copied().fold(1.0, f32::min);
    let most = apart.iter().copied().fold(0.0, f32::max);
    let found = format!("like: {} {least}; apart: {} {most}", mean(&like), mean(&apart));
    assert!(mean(&like) > near.like.0 && least > near.like.1, "{found}");
    assert!(mean(&apart) < near.apart.0 && most < near.apart.1, "{found}");
}
