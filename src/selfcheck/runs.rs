//! T3 and T7: whole runs, as a timer starts them, over a store of their own.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::guest::{BEGIN, hurried, ok, unchanged, url, visitor};
use super::{Row, SelfcheckError, row};
use crate::classify::{Classifier, Encoder, EncoderError};
use crate::clock::{Clock as _, FixedClock};
use crate::config::Market;
use crate::crawl::http::Settings;
use crate::pipeline::{Pipeline, PipelineError, Visits};
use crate::reader::Mail;
use crate::store::{SledStore, Store};
use crate::verdict::{Embedding, ModelId};
use crate::web::mirror::Mirror;

/// Feeds of the site; chance is seen in their differences.
const FEEDS: usize = 20;
/// Readers of all of them.
const READERS: usize = 3;

pub(super) async fn rows(settings: &Settings) -> Result<Vec<Row>, SelfcheckError> {
    let desk = Desk::open(&hurried(settings))?;
    let market = market("feed", "")?;
    desk.run(&market).await?;
    let mut paths = desk.site.paths();
    let first = paths.len();
    paths.sort_unstable();
    paths.dedup();
    let once = row(
        "T7",
        "fetch a source once, however many people read about it",
        format!("{first} requests for {FEEDS} feeds that {READERS} people read"),
        (first, paths.len()) == (FEEDS, FEEDS),
    );

    let due = desk.due(&market)?;
    let wait = |due: Option<&Timestamp>| {
        due.map(|due| due.duration_since(desk.clock.now()).as_mins()).unwrap_or_default()
    };
    let (soonest, latest) = (wait(due.iter().min()), wait(due.iter().max()));
    // Another process each time: as it was, with another wish, and with other names.
    desk.clock.advance(SignedDuration::from_mins(59));
    for market in [&market, &self::market("feed", "15m")?, &self::market("renamed", "")?] {
        desk.run(market).await?;
    }
    let early = desk.site.paths().len() - first;
    desk.clock.advance(SignedDuration::from_mins((latest - 58).max(0)));
    desk.run(&market).await?;
    let in_time = desk.site.paths().len() - first - early;
    let later = row(
        "T3",
        "add chance to the interval only to come later; a restart polls nothing",
        format!(
            "{FEEDS} hourly feeds are due after {soonest} to {latest} min; after 59 min a restart, a \
             shorter interval and other names ask {early} of them, and in time a run asks {in_time}"
        ),
        soonest >= 60 && latest > soonest && (early, in_time) == (0, FEEDS),
    );
    Ok(vec![later, once])
}

/// A site, and what a row of processes shares: settings, the time, and a store on disk.
struct Desk {
    settings: Settings,
    site: Mirror,
    clock: Arc<FixedClock>,
    folder: Folder,
}

impl Desk {
    fn open(settings: &Settings) -> Result<Self, SelfcheckError> {
        let site = Mirror::open(|asked| {
            if asked.is_conditional() { unchanged(&[]) } else { ok(&["ETag: \"1\""], "a") }
        })?;
        let begin = Timestamp::from_second(BEGIN).unwrap_or_default();
        let clock = Arc::new(FixedClock::at(begin));
        Ok(Self { settings: settings.clone(), site, clock, folder: Folder::new()? })
    }

    /// What one process does: it visits what is due, and keeps what it hears.
    async fn run(&self, market: &Market) -> Result<(), SelfcheckError> {
        let store: Arc<dyn Store> = Arc::new(self.store()?);
        let visitor = Arc::new(visitor(&self.settings, &self.site, &self.clock)?);
        let broke = |why: String| SelfcheckError::Run(PipelineError::Broke(why));
        let classifier = Classifier::new(Arc::new(Deaf::default()), &market.ruleset, Vec::new())
            .map_err(|why| broke(why.to_string()))?;
        let pipeline = Pipeline {
            market,
            store: &store,
            visitor: &visitor,
            classifier: &Arc::new(classifier),
            clock: &*self.clock,
            visits: Visits::Due,
            digests: &self.folder.0,
            mail: Mail::None,
            links: &crate::views::Links::none(),
            watch: &|_| {},
            stop: &|| false,
        };
        pipeline.visit().await?;
        Ok(())
    }

    /// When each source of a market is due.
    fn due(&self, market: &Market) -> Result<Vec<Timestamp>, SelfcheckError> {
        let store = self.store()?;
        let mut due = Vec::new();
        for listened in &market.sources {
            let memory = store.memory(&listened.source.id).map_err(PipelineError::from)?;
            due.extend(memory.and_then(|memory| memory.next_visit));
        }
        Ok(due)
    }

    fn store(&self) -> Result<SledStore, SelfcheckError> {
        Ok(SledStore::open(&self.folder.0.join("store")).map_err(PipelineError::from)?)
    }
}

/// Feeds with ids that begin so and this wish, and people who read them.
fn market(id: &str, every: &str) -> Result<Market, SelfcheckError> {
    let wish = if every.is_empty() { String::new() } else { format!("every = {every:?}\n") };
    let feeds = (0..FEEDS).map(|n| {
        let url = url(&format!("/{n}"));
        format!(
            "[[source]]\nid = \"{id}-{n}\"\nkind = \"feed\"\nvoice = \"blog\"\nurl = {url:?}\n{wish}"
        )
    });
    let readers = (0..READERS).map(|n| format!("[[reader]]\nid = \"r{n}\"\nname = \"R\"\n"));
    let toml: String = feeds.chain(readers).collect();
    Ok(Market::parse(&[(PathBuf::from("selfcheck.toml"), toml)])?)
}

/// Hears nothing in any text: visits judge nothing.
struct Deaf(ModelId);

impl Default for Deaf {
    fn default() -> Self {
        Self(ModelId("deaf".to_owned()))
    }
}

impl Encoder for Deaf {
    fn id(&self) -> &ModelId {
        &self.0
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        Ok(vec![Embedding(Vec::new()); texts.len()])
    }
}

/// A folder that is gone when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, SelfcheckError> {
        let folder = env::temp_dir().join(format!("overheard-selfcheck-{}", process::id()));
        // What a process of this number left behind when it was killed.
        remove(&folder);
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

fn remove(folder: &Path) {
    // It is not there, or the system's own cleaning will see to it.
    let _ = fs::remove_dir_all(folder);
}
