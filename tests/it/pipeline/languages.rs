//! What the encoder was not trained for: kept, counted, told, and never a voice.

use std::sync::Arc;

use overheard::classify::{Classifier, Encoder, EncoderError};
use overheard::clock::FixedClock;
use overheard::config::Market;
use overheard::pipeline::{Judging, Morning};
use overheard::post::{Post, Said};
use overheard::store::{SledStore, Store};
use overheard::verdict::{Embedding, ModelId, SentimentLabel};
use overheard::views;

/// Thinks alike of every text it is given, and remembers none.
struct Alike(ModelId);

impl Encoder for Alike {
    fn id(&self) -> &ModelId {
        &self.0
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        Ok(vec![Embedding([vec![1.0], vec![0.0; 15]].concat()); texts.len()])
    }
}

const MARKET: &str = "[[source]]\nid = \"press\"\nkind = \"feed\"\nvoice = \"press\"\nurl = \"https://press.example/feed\"\n\
    [[topic]]\nname = \"Cost\"\ndescription = \"What a cloud bill costs\"\nany = [\"rechnung\", \"bill\"]\n\
    [[account]]\nname = \"Kestrelbase\"\ndomain = \"kestrelbase.example\"\n\
    [[reader]]\nid = \"ada\"\nname = \"Ada\"\ntime_zone = \"UTC\"\naccounts = [\"Kestrelbase\"]\n";

const SAID: [&str; 4] = [
    "Our bill from Kestrelbase has doubled and nobody can say why.",
    "Die Rechnung von Kestrelbase hat sich verdoppelt, und niemand weiß, warum. So ein bill!",
    "La facture de Kestrelbase a doublé, et personne ne sait pourquoi.",
    "🔥🔥🔥",
];

fn told(model: &str) -> (String, Vec<(String, SentimentLabel, usize)>) {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    let market = Market::parse(&[("mine.toml".into(), MARKET.to_owned())]).unwrap();
    let posts = SAID.iter().enumerate().map(|(n, text)| {
        let said = Said { key: n.to_string(), text: (*text).to_owned(), ..Said::default() };
        Post::new(&"press".parse().unwrap(), said, "2026-03-01T08:00:00Z".parse().unwrap())
    });
    let posts: Vec<Post> = posts.collect();
    store.keep(&posts).unwrap();
    let encoder = Arc::new(Alike(ModelId(model.to_owned())));
    let classifier = Classifier::new(encoder, &market.ruleset, market.accounts.clone()).unwrap();
    let clock = FixedClock::at("2026-03-02T08:00:00Z".parse().unwrap());
    let judging =
        Judging { market: &market, store: &store, classifier: &classifier, clock: &clock };
    judging.waiting(&|_| {}, &mut |_| {}).unwrap();
    let verdicts = posts
        .iter()
        .map(|post| {
            let verdict = store.judged(post.id).unwrap().unwrap().verdict;
            let said = verdict.topics.len() + verdict.signals.len();
            (verdict.language.code, verdict.sentiment.label, said)
        })
        .collect();
    let morning = Morning { market: &market, store: &store, silent: &[], calendars: None };
    let date = "2026-03-02".parse().unwrap();
    let now = "2026-03-02T08:00:00Z".parse().unwrap();
    let digest = morning.preview(&market.readers[0], date, now).unwrap();
    (views::text(&digest, &views::Links::none()), verdicts)
}

#[test]
fn what_is_not_read_is_counted_in_the_digest_and_is_nobodys_voice() {
    let (digest, verdicts) = told("alike+sentiment:0");
    let codes: Vec<&str> = verdicts.iter().map(|(code, _, _)| code.as_str()).collect();
    assert_eq!(codes, ["en", "de", "fr", "und"]);
    assert!(verdicts[0].2 > 0, "{verdicts:?}");
    for unread in &verdicts[1..] {
        assert_eq!((unread.1, unread.2), (SentimentLabel::Unknown, 0), "{unread:?}");
    }
    let counted = "Not judged, and counted for nothing above: 1 post in German, 1 in French, 1 in a language that \
                   cannot be told.";
    assert!(digest.split_whitespace().collect::<Vec<_>>().join(" ").contains(counted), "{digest}");
    assert!(!digest.contains("Rechnung") && !digest.contains("facture"), "{digest}");
    assert!(!digest.contains("sentiment branch"), "{digest}");
}

#[test]
fn a_digest_without_tone_says_so() {
    let (digest, _) = told("alike");
    assert!(digest.contains("How authors feel is not told"), "{digest}");
}
