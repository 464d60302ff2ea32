//! The classifier from the outside: bad input, rules, reasons. They use an encoder that
//! hashes words, so that they are exact and quick; the real ones are tested in `encoders`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use overheard::account::Account;
use overheard::classify::sentiment::branch::Branch;
use overheard::classify::{
    Classifier, ClassifierError, Detail, Encoder, EncoderError, Judgement, Text,
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

pub(crate) fn judged(classifier: &Classifier, text: &str, detail: Detail) -> Judgement {
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

pub(crate) fn fees() -> Vec<Topic> {
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
