//! The pipeline over its real parts: HTTP on loopback, the feed adapter, sled.

#![expect(clippy::unwrap_used, reason = "what fails here fails its test")]

mod clocks;
mod guest;
mod judging;
mod kill;
mod languages;
mod memory;
mod mornings;
mod owed;
mod silence;
mod tasks;
mod watched;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use overheard::classify::{Classifier, Encoder, EncoderError};
use overheard::clock::{Clock, FixedClock};
use overheard::config::Market;
use overheard::crawl::http::{Http, Settings};
use overheard::crawl::visit::Visitor;
use overheard::pipeline::{Pipeline, PipelineError, Summary, Visits};
use overheard::post::PostId;
use overheard::reader::Mail;
use overheard::source::SourceId;
use overheard::store::Store;
use overheard::verdict::{Embedding, ModelId};

use crate::crawl::server::{Asked, Reply, answer, ok};

/// Thinks alike of every text: the model is not what is tested here.
struct Indifferent(ModelId);

impl Encoder for Indifferent {
    fn id(&self) -> &ModelId {
        &self.0
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        let same = Embedding([vec![1.0], vec![0.0; 383]].concat());
        Ok(vec![same; texts.len()])
    }
}

/// Everything a run needs but the store.
struct Parts {
    market: Market,
    classifier: Arc<Classifier>,
    clock: Arc<FixedClock>,
}

impl Parts {
    /// A market of these feeds, and no reader.
    fn of(feeds: &[(&str, String)]) -> Self {
        let toml = feeds.iter().fold(String::new(), |mut toml, (id, url)| {
            write!(
                toml,
                "[[source]]\nid = {id:?}\nkind = \"feed\"\nvoice = \"blog\"\nurl = {url:?}\n"
            )
            .unwrap();
            toml
        });
        Self::of_market(Market::parse(&[("mine.toml".into(), toml)]).unwrap())
    }

    /// A market as it is.
    fn of_market(market: Market) -> Self {
        let encoder = Arc::new(Indifferent(ModelId("indifferent".to_owned())));
        let classifier = Classifier::new(encoder, &market.ruleset, vec![]).unwrap();
        let clock = FixedClock::at("2026-03-02T06:00:00Z".parse().unwrap());
        Self { market, classifier: Arc::new(classifier), clock: Arc::new(clock) }
    }

    /// One run over this store, as a process just started would make it.
    async fn run(
        &self,
        store: &Arc<dyn Store>,
        digests: &Path,
        change: impl FnOnce(&mut Settings),
    ) -> Result<Summary, PipelineError> {
        let mut settings = Settings {
            allowed_hosts: vec!["127.0.0.1".into()],
            feed_gap_ms: 0,
            ..Settings::default()
        };
        change(&mut settings);
        let kept = Arc::clone(store);
        let known = move |source: &SourceId, key: &str| {
            kept.known(PostId::of(source, key)).unwrap_or(false)
        };
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let http = Http::new(settings).unwrap();
        let kept = Arc::clone(store);
        let recall = move |source: &SourceId, key: &str| {
            Some(kept.post(PostId::of(source, key)).ok()??.said)
        };
        let (known, recall) = (Arc::new(known), Arc::new(recall));
        let visitor = Arc::new(Visitor { http, clock, known, recall });
        let pipeline = Pipeline {
            market: &self.market,
            store,
            visitor: &visitor,
            classifier: &self.classifier,
            clock: &*self.clock,
            visits: Visits::Due,
            digests,
            mail: Mail::None,
            links: &overheard::views::Links::none(),
            watch: &|_| {},
            stop: &|| false,
        };
        pipeline.run().await
    }
}

/// A feed of so many posts that answers 304 to whoever knows its ETag.
fn feed_of(posts: usize) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    move |asked| match asked.header("If-None-Match") {
        Some("\"all\"") => answer("304 Not Modified", &[], b""),
        _ => ok(&["ETag: \"all\"", "Content-Type: application/rss+xml"], &rss(posts)),
    }
}

fn rss(posts: usize) -> String {
    let items = (0..posts).fold(String::new(), |mut items, n| {
        let link = format!("https://blog.example/{n}");
        write!(items, "<item><guid>{link}</guid><link>{link}</link><title>Post {n}</title></item>")
            .unwrap();
        items
    });
    format!("<rss version=\"2.0\"><channel><title>Blog</title>{items}</channel></rss>")
}

/// Whether each request of a row asked "has it changed?".
fn conditional(asked: &[Asked]) -> Vec<bool> {
    asked.iter().map(|asked| asked.header("If-None-Match").is_some()).collect()
}
