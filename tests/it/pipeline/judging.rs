//! Judging again: what the model has read is not read twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use overheard::classify::topics::Taught;
use overheard::classify::{Classifier, Encoder, EncoderError};
use overheard::clock::FixedClock;
use overheard::config::Market;
use overheard::label::{Answer, Label};
use overheard::pipeline::changes::Changes;
use overheard::pipeline::{Depth, Judging, PipelineError, Turn, lessons, queue};
use overheard::post::{Post, Said};
use overheard::store::{SledStore, Store};
use overheard::verdict::{Band, Embedding, ModelId};

use super::watched::Watched;

/// An encoder that knows three words, and counts the texts it is given.
struct Counting {
    id: ModelId,
    texts: AtomicUsize,
}

impl Counting {
    fn named(id: &str) -> Arc<Self> {
        Arc::new(Self { id: ModelId(id.to_owned()), texts: AtomicUsize::new(0) })
    }

    fn texts(&self) -> usize {
        self.texts.swap(0, Ordering::SeqCst)
    }
}

impl Encoder for Counting {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        self.texts.fetch_add(texts.len(), Ordering::SeqCst);
        let embedding = |text: &&str| {
            let text = text.to_lowercase();
            let mut numbers = vec![0.05_f32; 384];
            for (place, word) in ["bill", "hire", "outage", "monday"].iter().enumerate() {
                numbers[place] = text.matches(word).count() as f32 * 2.0;
            }
            let length = numbers.iter().map(|x| x * x).sum::<f32>().sqrt();
            Embedding(numbers.into_iter().map(|x| x / length).collect())
        };
        Ok(texts.iter().map(embedding).collect())
    }
}

fn market(topics: &str) -> Market {
    Market::parse(&[("mine.toml".into(), topics.to_owned())]).unwrap()
}

const COST: &str = "[[topic]]\nname = \"cost\"\ndescription = \"The bill for it\"\n\
    examples = [\"What a bill\", \"The bill doubled\"]\n";
const PEOPLE: &str = "[[topic]]\nname = \"people\"\ndescription = \"Whom to hire\"\n";

fn classifier(encoder: &Arc<Counting>, market: &Market) -> Classifier {
    let encoder = Arc::clone(encoder) as Arc<dyn Encoder>;
    Classifier::new(encoder, &market.ruleset, market.accounts.clone()).unwrap()
}

fn post(n: usize) -> Post {
    let about = ["Nobody can explain the bill we got", "They want to hire another person there"];
    let said = Said {
        key: n.to_string(),
        text: format!("{} number {n} of this week.", about[n % 2]),
        language: Some("en".to_owned()),
        ..Said::default()
    };
    Post::new(&"press".parse().unwrap(), said, "2026-03-01T08:00:00Z".parse().unwrap())
}

/// A store with so many posts.
fn store(posts: usize) -> (tempfile::TempDir, SledStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    store.keep(&(0..posts).map(post).collect::<Vec<_>>()).unwrap();
    (folder, store)
}

/// Judges what waits; what became of it, and how many texts the model read for it.
fn judge(
    encoder: &Arc<Counting>,
    market: &Market,
    store: &SledStore,
    taught: Vec<Taught>,
) -> (Vec<Turn>, usize) {
    let classifier = classifier(encoder, market).taught(&market.ruleset.id, taught);
    encoder.texts();
    let clock = FixedClock::at("2026-03-02T06:00:00Z".parse().unwrap());
    let judging = Judging { market, store, classifier: &classifier, clock: &clock };
    let mut all = Vec::new();
    judging.waiting(&|_| {}, &mut |turns| all.extend_from_slice(turns)).unwrap();
    (all, encoder.texts())
}

#[test]
fn a_store_that_forgets_verdicts_ends_the_judging() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Watched::open(&folder.path().join("store"), |_, _| Ok(()));
    store.forgets_verdicts = true;
    store.keep(&[post(0)]).unwrap();
    let (market, clock) = (market(COST), FixedClock::at("2026-03-02T06:00:00Z".parse().unwrap()));
    let classifier = classifier(&Counting::named("one"), &market);
    let judging =
        Judging { market: &market, store: &store, classifier: &classifier, clock: &clock };
    let ended = judging.waiting(&|_| {}, &mut |_| {});
    assert!(matches!(ended, Err(PipelineError::Forgotten(id)) if id == post(0).id), "{ended:?}");
}

#[test]
fn other_rules_are_judged_by_from_what_is_kept_without_the_model() {
    let (_folder, store) = store(300);
    let encoder = Counting::named("one");
    let (first, read) = judge(&encoder, &market(COST), &store, vec![]);
    assert_eq!((first.len(), read), (300, 300));
    assert!(first.iter().all(|turn| turn.before.is_none()));

    let both = market(&format!("{COST}{PEOPLE}"));
    let (second, read) = judge(&encoder, &both, &store, vec![]);
    assert_eq!((second.len(), read), (300, 0));
    let mut changes = Changes::default();
    changes.count(&second);
    assert_eq!((changes.0["people"].gained, changes.0["cost"].before), (150, 150));
    for turn in &second {
        let before = turn.before.as_ref().unwrap();
        assert_eq!(before.sentiment, turn.now.sentiment);
        assert_eq!((&before.language, &before.accounts), (&turn.now.language, &turn.now.accounts));
        assert_eq!(turn.now.ruleset, both.ruleset.id);
        assert_eq!(store.judged(turn.now.post).unwrap().unwrap().verdict, turn.now);
    }
    assert_eq!(judge(&encoder, &both, &store, vec![]), (vec![], 0));

    // What it did not read, it reads: words that changed, and everything where it is another model.
    let said = Said { text: "The bill is lower on this monday.".into(), ..post(3).said };
    store.keep(&[Post { said, ..post(3) }]).unwrap();
    let (third, read) = judge(&encoder, &both, &store, vec![]);
    assert_eq!((third.len(), read), (1, 1));
    let other = Counting::named("two");
    let (fourth, read) = judge(&other, &both, &store, vec![]);
    assert_eq!((fourth.len(), read), (300, 300));
}

#[test]
fn other_accounts_take_only_those_through_the_model_that_may_name_one() {
    let (_folder, store) = store(20);
    let said = |text: &str| Said { text: text.to_owned(), ..post(20).said };
    store.keep(&[Post { said: said("Acme sent a bill of twelve pages."), ..post(20) }]).unwrap();
    let encoder = Counting::named("one");
    judge(&encoder, &market(COST), &store, vec![]);
    let accounts = || store.judged(post(20).id).unwrap().unwrap().verdict.accounts;
    assert_eq!(accounts(), []);

    let with_acme = market(&format!("{COST}[[account]]\nname = \"Acme\"\n"));
    let (turns, read) = judge(&encoder, &with_acme, &store, vec![]);
    assert_eq!((turns.len(), read), (21, 1));
    assert_eq!(accounts()[0].name, "Acme");
    assert_eq!(judge(&encoder, &with_acme, &store, vec![]), (vec![], 0));

    // Rules alone change nothing of it; and whoever is an account no more is named no more.
    let both = market(&format!("{COST}{PEOPLE}[[account]]\nname = \"Acme\"\n"));
    assert_eq!(judge(&encoder, &both, &store, vec![]).1, 0);
    assert_eq!(accounts()[0].name, "Acme");
    let (turns, read) = judge(&encoder, &market(COST), &store, vec![]);
    assert_eq!((turns.len(), read, accounts()), (21, 0, vec![]));
}

#[test]
fn a_reprint_is_read_once() {
    let (_folder, store) = store(1);
    let wire = |n: usize| {
        let said = Said { text: "The bill for the outage is sent.".into(), ..post(n).said };
        let source = format!("paper-{n}").parse().unwrap();
        Post::new(&source, said, "2026-03-01T08:00:00Z".parse().unwrap())
    };
    // More than are judged at a time, so that some are reprints of what was judged before.
    store.keep(&(1..=200).map(wire).collect::<Vec<_>>()).unwrap();
    let encoder = Counting::named("one");
    let (turns, read) = judge(&encoder, &market(COST), &store, vec![]);
    assert_eq!((turns.len(), read), (201, 2));
    let embedding = |n| store.judged(wire(n).id).unwrap().unwrap().embedding;
    assert_eq!(embedding(1), embedding(200));
    assert_eq!(embedding(1).0.len(), 384);
}

#[test]
fn judging_that_was_broken_off_goes_on_where_it_was() {
    let (_folder, store) = store(40);
    let encoder = Counting::named("one");
    judge(&encoder, &market(COST), &store, vec![]);
    let both = market(&format!("{COST}{PEOPLE}"));
    let clock = FixedClock::at("2026-03-02T06:00:00Z".parse().unwrap());
    let classifier = classifier(&encoder, &both);
    let judging = Judging { market: &both, store: &store, classifier: &classifier, clock: &clock };
    let some = store.unjudged(classifier.model(), classifier.ruleset(), 15).unwrap();
    judging.batch(&some, Depth::New).unwrap();
    assert_eq!(judge(&encoder, &both, &store, vec![]).0.len(), 25);
    encoder.texts();
    assert_eq!(judging.batch(&some, Depth::Every).unwrap().len(), 15);
    assert_eq!(encoder.texts(), 15, "afresh means through the model");
}

#[test]
fn a_label_moves_its_like_and_taking_it_back_restores_every_verdict() {
    let (_folder, store) = store(30);
    let encoder = Counting::named("one");
    let mut market = market(COST);
    let bare = market.ruleset.clone();
    judge(&encoder, &market, &store, vec![]);
    let likely = |n: usize| {
        let verdict = store.judged(post(n).id).unwrap().unwrap().verdict;
        verdict.topics.first().map_or(0.0, |topic| topic.score)
    };
    let (before, hiring) = (likely(0), likely(1));
    assert!(before > 0.5 && hiring < 0.5, "{before} {hiring}");
    let at = "2026-03-02T06:00:00Z".parse().unwrap();
    let label = Label { topic: "cost".into(), post: post(0).id, answer: Answer::IsNot, at };
    let gone = Label { topic: "gone".into(), ..label.clone() };
    store.teach(&[label, gone], at).unwrap();
    market.ruleset = bare.clone().taught(store.labels().unwrap());
    assert_eq!(market.ruleset.labels.len(), 1, "labels of no topic wait");

    let taught = lessons(&market, &store, &classifier(&encoder, &market)).unwrap();
    encoder.texts();
    let (turns, read) = judge(&encoder, &market, &store, taught);
    assert_eq!((turns.len(), read), (30, 0));
    assert!(likely(0) < 0.5 && likely(2) < before, "{} {}", likely(0), likely(2));

    store.unteach().unwrap();
    market.ruleset = bare.taught(store.labels().unwrap());
    judge(&encoder, &market, &store, vec![]);
    assert!((likely(0) - before).abs() < 1e-6 && (likely(1) - hiring).abs() < 1e-6);
}

#[test]
fn a_draw_is_kept_and_asked_again_until_it_is_labelled() {
    let (_folder, store) = store(60);
    let encoder = Counting::named("one");
    judge(&encoder, &market(COST), &store, vec![]);
    let at = "2026-03-02T06:00:00Z".parse().unwrap();
    let drawn = |labels: &[Label], limit| queue::drawn(&store, labels, "cost", limit, at).unwrap();
    let first = drawn(&[], 12);
    assert!(first.iter().any(|asked| asked.verdict.is_none()), "some of what is not said, too");
    assert!(first.iter().any(|a| a.verdict.as_ref().is_some_and(|v| v.band == Band::Yes)));
    let names = |asked: &[queue::Asked]| {
        let mut ids: Vec<_> = asked.iter().map(|asked| asked.post).collect();
        ids.sort();
        ids
    };
    assert_eq!(names(&drawn(&[], first.len())), names(&first));
    let label = Label { topic: "cost".into(), post: first[0].post, answer: Answer::Is, at };
    let next = drawn(&[label], first.len());
    assert!(!names(&next).contains(&first[0].post), "what is labelled is not asked again");
    assert!(store.draws().unwrap().iter().all(|draw| draw.topic == "cost" && draw.among > 0));
}

#[test]
fn the_queue_asks_once_about_what_is_said_alike() {
    let (_folder, store) = store(60);
    let encoder = Counting::named("one");
    let vague = "[[topic]]\nname = \"cost\"\ndescription = \"A bill on a monday\"\n";
    judge(&encoder, &market(vague), &store, vec![]);
    let asked = queue::nearest(&store, &[], &["cost"], 20).unwrap();
    // Thirty posts say the same but for their number.
    assert!(asked.len() <= 2, "{asked:?}");
    for one in &asked {
        assert!(one.verdict.as_ref().is_some_and(|verdict| verdict.band != Band::No), "{one:?}");
    }
}
