//! The classifier from the outside: bad input, rules, reasons. Most tests use an encoder that
//! hashes words, so that they are exact and quick; two open the real model.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use overheard::account::Account;
use overheard::classify::readable::readable;
use overheard::classify::rust_bert::{RustBertEncoder, Settings};
use overheard::classify::sentiment::branch::Branch;
use overheard::classify::sentiment::pieces::Pieces;
use overheard::classify::{
    Classifier, ClassifierError, Detail, Encoder, EncoderError, Judgement, Reading, Target, Text,
};
use overheard::topic::{Ruleset, Topic};
use overheard::verdict::{Band, Embedding, ModelId, SentimentLabel};
use serde::Deserialize;

/// An embedding that says which words a text holds, and nothing of their meaning.
pub(crate) struct WordHasher {
    id: ModelId,
}

impl WordHasher {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { id: ModelId("word-hasher".to_owned()) })
    }
}

impl Encoder for WordHasher {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        Ok(texts.iter().map(|text| hashed(text)).collect())
    }
}

fn hashed(text: &str) -> Embedding {
    let mut sum = vec![0.0_f32; 384];
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        // Function words would make all texts alike.
        if word.len() > 3 {
            let hash = word.bytes().fold(7_usize, |hash, byte| hash * 31 % 100_003 + byte as usize);
            sum[hash % 384] += 1.0;
        }
    }
    let norm = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm == 0.0 {
        return Embedding::default();
    }
    Embedding(sum.into_iter().map(|value| value / norm).collect())
}

#[derive(Deserialize)]
struct Topics {
    topic: Vec<Topic>,
}

pub(crate) fn topics(toml: &str) -> Vec<Topic> {
    toml::from_str::<Topics>(toml).unwrap().topic
}

fn classifier(rules: Vec<Topic>, accounts: Vec<Account>) -> Result<Classifier, ClassifierError> {
    Classifier::new(WordHasher::new(), &Ruleset::of(rules), accounts)
}

fn judged(classifier: &Classifier, text: &str, detail: Detail) -> Judgement {
    let text = Text { text, ..Text::default() };
    classifier.judge(&[text], detail).unwrap().remove(0)
}

pub(crate) fn account(toml: &str) -> Account {
    toml::from_str(toml).unwrap()
}

/// The mention and score of the first account found in a text, and why.
fn named(account: &Account, text: &str) -> Option<(String, f32, String)> {
    let classifier = classifier(fees(), vec![account.clone()]).unwrap();
    let mut accounts = judged(&classifier, text, Detail::OverThreshold).accounts;
    (!accounts.is_empty()).then(|| {
        let found = accounts.remove(0);
        (found.mention, found.score, found.why)
    })
}

fn fees() -> Vec<Topic> {
    topics(
        r#"
        [[topic]]
        name = "fees"
        description = "Egress fees for moving data between clouds"
        examples = ["Moving data costs egress fees", "Data egress fees are robbery", "Fees for data egress"]
        any = ["egress fee"]
        none = ["school fees"]

        [[topic]]
        name = "outage"
        kind = "signal"
        description = "The service failed for customers"
        examples = ["The login service failed", "Customers report errors", "Nothing works since morning"]
        any = ["outage", "is down"]
        "#,
    )
}

#[test]
fn a_word_is_shown_as_the_post_wrote_it() {
    let classifier = classifier(fees(), Vec::new()).unwrap();
    let text = "Why are the EGRESS-FEES for our data so high?";
    let judgement = judged(&classifier, text, Detail::OverThreshold);
    assert_eq!(judgement.topics.len(), 1, "{judgement:?}");
    assert!(judgement.topics[0].why.starts_with("says “EGRESS-FEES”"), "{judgement:?}");
    assert!(judgement.signals.is_empty(), "{judgement:?}");
}

#[test]
fn a_word_of_none_rules_a_topic_out() {
    let classifier = classifier(fees(), Vec::new()).unwrap();
    let text = "Egress fees for our data are like school fees";
    let judgement = judged(&classifier, text, Detail::All);
    assert_eq!(judgement.topics[0].band, Band::No);
    assert_eq!(judgement.topics[0].why, "says “school fees”, which rules it out");
}

#[test]
fn a_missing_word_of_all_is_named() {
    let mut rules = fees();
    rules[0].all = vec!["backup".to_owned()];
    let classifier = classifier(rules, Vec::new()).unwrap();
    let judgement = judged(&classifier, "Egress fees for our data", Detail::All);
    assert_eq!(judgement.topics[0].why, "does not say “backup”");
    let judgement = judged(&classifier, "Egress fees for our data backups", Detail::OverThreshold);
    assert_eq!(judgement.topics.len(), 1);
}

#[test]
fn every_problem_of_the_rules_is_told_at_once() {
    let mut rules = fees();
    rules[1].name = "Fees".to_owned();
    rules[1].description = " ".to_owned();
    let accounts =
        vec![account("name = 'The'"), account("name = 'Acme'"), account("name = 'acme'")];
    let Err(error) = classifier(rules, accounts) else { panic!("these rules are wrong") };
    let lines: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    assert_eq!(
        lines,
        [
            "topic “Fees”: there are two of this name; rename one",
            "topic “Fees”: it has no description; say in a sentence what belongs to it",
            "account “The”: every text holds this word; give it a domain or say what it does in `about`",
            "account “acme”: there are two of this name; rename one",
        ]
    );
}

#[test]
fn nothing_to_read_is_never_judged() {
    let classifier = classifier(fees(), vec![account("name = 'Acme'")]).unwrap();
    for text in
        ["", " \n\t", "🔥🔥🔥", "\0\0\0", "12345 67", "https://example.com/egress-fees", "..."]
    {
        let judgement = judged(&classifier, text, Detail::All);
        assert_eq!(judgement.language.code, "und", "{text:?}");
        assert_eq!(judgement.sentiment.label, SentimentLabel::Unknown, "{text:?}");
        assert!(judgement.sentiment.probs.is_none(), "{text:?}");
        assert!(judgement.topics.is_empty() && judgement.signals.is_empty(), "{text:?}");
        assert!(judgement.embedding.0.is_empty(), "{text:?}");
    }
}

#[test]
fn another_language_is_unknown_and_not_neutral() {
    let classifier = classifier(fees(), vec![account("name = 'Acme'")]).unwrap();
    let text = "Die Gebühren von Acme sind schon wieder gestiegen, und keiner weiß, warum.";
    let judgement = judged(&classifier, text, Detail::All);
    assert_eq!(judgement.language.code, "de");
    assert_eq!(judgement.sentiment.label, SentimentLabel::Unknown);
    assert!(judgement.topics.is_empty() && judgement.signals.is_empty());
    assert_eq!(judgement.accounts[0].mention, "Acme", "a name is a name in any language");
}

#[test]
fn an_account_is_found_by_its_names_and_shown_verbatim() {
    let acme = account("name = 'Acme Robotics, Inc.'\naliases = ['ACMR']\ndomain = 'acme.example'");
    let mention = |text: &str| named(&acme, text).map(|found| found.0);
    assert_eq!(mention("We bought it from Acme  Robotics."), Some("Acme  Robotics".to_owned()));
    assert_eq!(mention("acme robotics' arms are fine"), Some("acme robotics".to_owned()));
    assert_eq!(mention("Is $ACMR a buy?"), Some("ACMR".to_owned()));
    assert_eq!(
        mention("More at https://blog.acme.example/arms."),
        Some("https://blog.acme.example/arms".to_owned())
    );
    assert_eq!(mention("Mail sales@acme.example now"), Some("sales@acme.example".to_owned()));
    assert_eq!(mention("See notacme.example or acme.example.net for more"), None);
    assert_eq!(mention("The MacMR scanner has arms"), None);
}

#[test]
fn an_english_word_needs_more_than_a_capital() {
    let slate = account("name = 'Slate'\ndomain = 'slate.example'");
    assert_eq!(named(&slate, "The roof is made of slate and lasts."), None);
    assert_eq!(named(&slate, "Slate is what the roof is made of."), None);
    let (mention, score, why) = named(&slate, "The new pricing of Slate Inc. is absurd.").unwrap();
    assert_eq!(mention, "Slate");
    assert!((0.5..0.9).contains(&score), "{score}");
    assert!(why.contains("followed by “Inc.”"), "{why}");
    let (_, score, why) = named(&slate, "Slate again: https://slate.example/blog for all").unwrap();
    assert!(score > 0.9 && why.contains("links to slate.example"), "{score} {why}");
}

#[test]
fn a_word_of_not_near_the_name_means_somebody_else() {
    let acme = account("name = 'Acme'\ndomain = 'acme.example'\nnot = ['anvil']");
    assert_eq!(named(&acme, "The new anvils from Acme are heavy."), None);
    assert!(named(&acme, "The new servers from Acme are fast.").is_some());
    let linked = "Acme anvils are a joke of https://acme.example/april";
    assert!(named(&acme, linked).is_some(), "its own site speaks louder");
}

#[test]
fn what_an_account_does_tells_it_from_a_namesake() {
    let acme =
        account("name = 'Acme'\nabout = 'Billing software that sends invoices for subscriptions'");
    let ours = "Acme billing software sends our invoices and subscriptions twice";
    let theirs = "The Acme Brewery opens another garden near the river this summer";
    let (_, ours, why) = named(&acme, ours).unwrap();
    assert!(ours > 0.8 && why.contains("fits what it does"), "{ours} {why}");
    assert_eq!(named(&acme, theirs), None);
}

#[test]
fn the_longer_name_wins_over_the_one_inside_it() {
    let accounts = vec![account("name = 'Acme'"), account("name = 'Acme Foods'")];
    let classifier = classifier(fees(), accounts).unwrap();
    let judgement = judged(&classifier, "We met Acme Foods yesterday.", Detail::All);
    let names: Vec<&str> = judgement.accounts.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["Acme Foods"]);
}

#[test]
fn a_branch_that_is_cut_off_is_refused() {
    let bytes = include_bytes!("../../models/sentiment.safetensors");
    for length in [0, 4, 8, 200, 5_000, bytes.len() / 2, bytes.len() - 1] {
        let error = Branch::from_bytes(&bytes[..length]).unwrap_err().to_string();
        assert!(error.contains("restore models/sentiment.safetensors"), "{length}: {error}");
    }
    assert!(Branch::from_bytes(bytes).is_ok());
}

#[test]
fn a_branch_of_another_shape_is_refused_and_the_part_named() {
    let bytes = include_bytes!("../../models/sentiment.safetensors");
    let with = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
        let mut changed = bytes.to_vec();
        changed[at..at + to.len()].copy_from_slice(to.as_bytes());
        Branch::from_bytes(&changed).unwrap_err().to_string()
    };
    let transposed = with("[1536,384]", "[384,1536]");
    assert!(transposed.contains("intermediate.dense.weight` is not of the shape"), "{transposed}");
    let missing = with("author.weight", "writer.weight");
    assert!(missing.contains("it has no `author.weight`"), "{missing}");
    let no_header = with("\"dtype\"", "'dtype'");
    assert!(no_header.contains("its header"), "{no_header}");
}

fn model_folder() -> PathBuf {
    let root = std::env::var_os("OVERHEARD_MODELS").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/overheard");
    root.unwrap_or_else(home).join("all-MiniLM-L6-v2")
}

#[test]
fn a_model_that_is_damaged_or_missing_is_named_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |folder: &Path| {
        let branch = Branch::committed().unwrap();
        let error = RustBertEncoder::open(folder, &branch, Settings::default()).unwrap_err();
        assert!(matches!(error, EncoderError::Files { .. }), "{error:?}");
        error.to_string()
    };
    let missing = refusal(folder.path());
    assert!(missing.contains("model.safetensors: is missing; run `make setup`"), "{missing}");

    // As a download that broke off leaves it.
    std::fs::write(folder.path().join("model.safetensors"), [0x40, 0, 0, 0, 0, 0, 0, 0, b'{'])
        .unwrap();
    let cut = refusal(folder.path());
    assert!(cut.contains("model.safetensors: its SHA-256 begins"), "{cut}");
    assert!(cut.contains("should begin 53aa51172d14"), "{cut}");
}

/// One test opens the model for everything that needs it: opening takes longer than judging.
#[test]
fn the_real_model_judges_hostile_and_honest_texts() {
    let settings = Settings { threads: 1, ..Settings::default() };
    let branch = Branch::committed().unwrap();
    let encoder = Arc::new(RustBertEncoder::open(&model_folder(), &branch, settings).unwrap());
    hostile_texts_get_an_answer(encoder.as_ref());
    long_texts_are_read_in_chunks(encoder.as_ref());
    its_numbers_are_those_of_sentence_transformers(encoder.as_ref());
    its_feelings_are_those_of_the_training(encoder.as_ref());
    feelings_have_a_direction(encoder.clone());
    targets_anywhere_in_hostile_texts_get_an_answer(encoder.clone());
    labelled_posts_are_judged_well(encoder);
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

fn its_numbers_are_those_of_sentence_transformers(encoder: &dyn Encoder) {
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
            assert!((ours - theirs).abs() < 1e-5, "{text}: {ours} {theirs}");
        }
    }
}

fn its_feelings_are_those_of_the_training(encoder: &dyn Encoder) {
    // Negative, neutral, positive as models/training/sentiment.py computes them in f32 from the
    // committed file: of the author, then towards the target.
    let expected: [(&str, &str, [f32; 3], [f32; 3]); 2] = [
        (
            "Acme's outage cost us, so we moved to Globex.",
            "Acme",
            [0.948_31, 0.033_909, 0.017_781],
            [0.908_573, 0.016_478, 0.074_949],
        ),
        (
            "I love the editor 🔥, but the support is sooooo slow #NeverAgain",
            "support",
            [0.561_837, 0.039_685, 0.398_478],
            [0.519_338, 0.046_292, 0.434_371],
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
                assert!((ours - theirs).abs() < 1e-4, "{text}: {ours} {theirs}");
            }
        }
    }
}

fn feelings_have_a_direction(encoder: Arc<RustBertEncoder>) {
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

fn targets_anywhere_in_hostile_texts_get_an_answer(encoder: Arc<RustBertEncoder>) {
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

fn labelled_posts_are_judged_well(encoder: Arc<RustBertEncoder>) {
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
