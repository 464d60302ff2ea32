//! Overheard's own poll, without the encoder: due → visit → keep.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use overheard::classify::{Classifier, Encoder, EncoderError};
use overheard::clock::{Clock, FixedClock};
use overheard::config::Market;
use overheard::crawl::addresses::Places;
use overheard::crawl::http::{Http, Settings};
use overheard::crawl::visit::Visitor;
use overheard::pipeline::{Event, Pipeline, Visits};
use overheard::post::{Post, PostId, Said};
use overheard::reader::Mail;
use overheard::source::SourceId;
use overheard::store::{SledStore, Store};
use overheard::verdict::{Embedding, ModelId};

use crate::market::Feeds;
use crate::process::Since;

/// After this long every source is due again, whatever its pace.
const LATER: SignedDuration = SignedDuration::from_hours(25);

/// How long a host may say nothing here: nobody is far away on loopback.
const FIRST_BYTE_MS: u64 = 5_000;

/// Posts kept in one transaction while a store is filled.
const BATCH: usize = 200;

/// No post is judged here.
struct NoEncoder(ModelId);

impl Encoder for NoEncoder {
    fn id(&self) -> &ModelId {
        &self.0
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        Ok(vec![Embedding::default(); texts.len()])
    }
}

/// Polls twice and prints what the second poll cost.
pub(crate) fn poll(feeds: &Feeds, address: &str, folder: &Path) {
    let market = Market::parse(&[("poll.toml".into(), toml(*feeds))]).unwrap();
    let encoder = Arc::new(NoEncoder(ModelId("none".to_owned())));
    let classifier = Arc::new(Classifier::new(encoder, &market.ruleset, vec![]).unwrap());
    let clock = Arc::new(FixedClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
    let store: Arc<dyn Store> = Arc::new(SledStore::open(folder).unwrap());
    let reactor = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let hanging = feeds.host(0);

    let once = || {
        let hosts: Vec<String> = (0..feeds.hosts).map(|n| feeds.host(n)).collect();
        let places = Places::all_at(hosts.iter().map(String::as_str), address.parse().unwrap());
        let settings = Settings {
            feed_gap_ms: 0,
            first_byte_timeout_ms: FIRST_BYTE_MS,
            ..Settings::default()
        };
        let kept = Arc::clone(&store);
        let known = move |source: &SourceId, key: &str| {
            kept.known(PostId::of(source, key)).unwrap_or(false)
        };
        let http = Http::in_town(settings, &places).unwrap();
        let time = Arc::clone(&clock) as Arc<dyn Clock>;
        let (known, recall) = (Arc::new(known), Arc::new(|_: &SourceId, _: &str| None));
        let visitor = Arc::new(Visitor { http, clock: time, known, recall });
        let since = Since::now();
        let others = Mutex::new(0.0);
        let watch = |event: Event<'_>| {
            if let Event::Visited { source } = event
                && market.source(source).is_some_and(|source| source.owner.to_string() != hanging)
            {
                *others.lock().unwrap() = since.wall();
            }
        };
        let pipeline = Pipeline {
            market: &market,
            store: &store,
            visitor: &visitor,
            classifier: &classifier,
            clock: &*clock,
            visits: Visits::Due,
            digests: folder,
            mail: Mail::None,
            links: &overheard::views::Links::none(),
            watch: &watch,
            stop: &|| false,
        };
        let summary = reactor.block_on(pipeline.visit()).unwrap();
        assert!(summary.visits.len() > feeds.sources * 9 / 10, "{}", summary.visits.len());
        let others = *others.lock().unwrap();
        since.cost(others)
    };
    once();
    clock.advance(LATER);
    once().write();
}

/// Fills a store with posts of other sources.
pub(crate) fn fill(folder: &Path, posts: usize) {
    let store = SledStore::open(folder).unwrap();
    let heard: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let text = "What was said about the backlog of that week, at some length. ".repeat(12);
    let numbers: Vec<usize> = (0..posts).collect();
    for batch in numbers.chunks(BATCH) {
        let batch: Vec<Post> = batch
            .iter()
            .map(|n| {
                let source: SourceId = format!("old-{}", n % 5_000).parse().unwrap();
                let said = Said {
                    key: format!("key-{n}"),
                    url: Some(format!("https://old.example/{n}")),
                    title: Some(format!("Number {n}")),
                    text: text.clone(),
                    published: Some(heard),
                    ..Said::default()
                };
                Post::new(&source, said, heard)
            })
            .collect();
        store.keep(&batch).unwrap();
    }
    store.close().unwrap();
}

fn toml(feeds: Feeds) -> String {
    (0..feeds.sources).fold(String::new(), |mut toml, n| {
        let (host, path) = (feeds.host(n), Feeds::path(n));
        write!(
            toml,
            "[[source]]\nid = \"s{n}\"\nkind = \"feed\"\nvoice = \"blog\"\nowner = {host:?}\n\
             url = \"http://{host}{path}\"\n"
        )
        .unwrap();
        toml
    })
}
