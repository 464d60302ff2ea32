//! The one place where the parts are put together.

mod classifiers;
mod encoders;
mod indexes;
mod keys;
mod pages;
pub mod reports;
pub mod service;
pub mod upkeep;

pub use self::classifiers::{classifier, taught_by, taught_classifier};
pub use self::encoders::{check_encoder, encoder, encoder_on_demand, encoder_to_ask};
pub use self::indexes::{bring_up_to_date, erase_from_indexes, meaning_folder, words_folder};
pub use self::keys::links;
pub use self::pages::Beside;

use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::classify::{Classifier, Encoder};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Market};
use crate::crawl::addresses::Places;
use crate::crawl::http::Http;
use crate::crawl::visit::{Known, Visitor};
use crate::crawl::waiting::Haste;
use crate::deliver::outbox::{self, Outbox};
use crate::deliver::sender::{Content, NoPages, Sender};
use crate::delivery::DeliveryId;
use crate::digest::{self, Useful};
use crate::host::HostMemory;
use crate::label::Label;
use crate::pipeline::{self, Event, Morning, Pipeline, PipelineError, Summary, Visits};
use crate::post::PostId;
use crate::reader::{Mail, Reader};
use crate::search::meaning::Meaning;
use crate::search::{self, Followed};
use crate::source::SourceId;
use crate::store::remote::{self, Lent, Listening};
use crate::store::{SledStore, Store, StoreError};
use crate::views::Links;
use crate::visit::Memory;

/// Everything a run needs.
pub struct App {
    // Before the store: whoever calls is answered until the end.
    _listening: Option<Listening>,
    /// The encoder, for whoever calls.
    lent: Lent,
    config: Config,
    market: Arc<Market>,
    labels: Vec<Label>,
    held: Arc<SledStore>,
    store: Arc<dyn Store>,
    visitor: Arc<Visitor>,
    encoder: Arc<dyn Encoder>,
    classifier: Arc<Classifier>,
    clock: Arc<dyn Clock>,
    places: Places,
    /// Tells our messages from those of another overheard.
    installation: String,
    links: Links,
    /// The market in force, for who goes on beside.
    market_now: watch::Sender<Arc<Market>>,
}

impl App {
    /// Opens the store and the model and puts a run together. Other commands reach the store through
    /// this process while it lasts.
    ///
    /// # Errors
    /// The store is locked or damaged, or the model is not there.
    pub fn new(config: Config, market: Market, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        Self::in_town(config, market, clock, &Places::default())
    }

    /// The same with some hosts played by a server of ours, at the places it says.
    ///
    /// # Errors
    /// See [`App::new`].
    pub fn in_town(
        config: Config,
        market: Market,
        clock: Arc<dyn Clock>,
        places: &Places,
    ) -> anyhow::Result<Self> {
        let mut market = market;
        let folder = config.data.join("store");
        let held = Arc::new(SledStore::open(&folder)?);
        let store: Arc<dyn Store> = Arc::clone(&held) as Arc<dyn Store>;
        finish_erasing(&config, &*store, &*clock);
        let lent = Lent::default();
        let listening = Listening::lending(Arc::clone(&store), lent.clone(), &folder)
            .inspect_err(|error| {
                tracing::warn!(%error, "other commands cannot reach the store while this one runs");
            })
            .ok();
        let visitor = guest(&config, &store, &clock, places)?;
        let links = links(&config)?;
        // Now, not when the first text comes: what is wrong with it is to be known before anybody is
        // visited.
        let encoder = encoder(&config)?;
        lent.lend(Arc::clone(&encoder));
        let labels = store.labels()?;
        market.learn(labels.clone());
        let classifier = Arc::new(taught_by(&encoder, &market, &*store)?);
        let market = Arc::new(market);
        Ok(Self {
            _listening: listening,
            lent,
            config,
            market_now: watch::Sender::new(Arc::clone(&market)),
            market,
            labels,
            held,
            store,
            visitor,
            encoder,
            classifier,
            clock,
            places: places.clone(),
            installation: installation_of(&folder),
            links,
        })
    }

    /// Takes up other settings and another market, and the labels that were given since; the store stays
    /// the one that is open.
    ///
    /// # Errors
    /// They cannot be used; what was in force before is then.
    pub fn take_up(&mut self, config: Config, market: Market) -> anyhow::Result<()> {
        let mut market = market;
        let config = Config { data: self.config.data.clone(), ..config };
        let visitor = guest(&config, &self.store, &self.clock, &self.places)?;
        let links = links(&config)?;
        let encoder = if config.classify == self.config.classify {
            Arc::clone(&self.encoder)
        } else {
            encoder(&config)?
        };
        let labels = self.store.labels()?;
        market.learn(labels.clone());
        let classifier = Arc::new(taught_by(&encoder, &market, &*self.store)?);
        (self.config, self.market, self.labels) = (config, Arc::new(market), labels);
        (self.visitor, self.encoder, self.classifier) = (visitor, encoder, classifier);
        self.lent.lend(Arc::clone(&self.encoder));
        self.links = links;
        self.market_now.send_replace(Arc::clone(&self.market));
        Ok(())
    }

    /// Whether other labels stand by now than those that were learnt from.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn has_other_labels(&self) -> Result<bool, StoreError> {
        Ok(self.store.labels()? != self.labels)
    }

    /// Takes up the labels that were given since; settings and market stay.
    ///
    /// # Errors
    /// They cannot be learnt from, which is tried again with other labels, settings or sources only.
    pub fn learn(&mut self) -> anyhow::Result<()> {
        self.labels = self.store.labels()?;
        let mut market = (*self.market).clone();
        market.learn(self.labels.clone());
        let classifier = Arc::new(taught_by(&self.encoder, &market, &*self.store)?);
        (self.market, self.classifier) = (Arc::new(market), classifier);
        self.begin_anew()
    }

    /// Begins anew with what is remembered of hosts, as another process would.
    ///
    /// # Errors
    /// The settings cannot be used.
    pub fn begin_anew(&mut self) -> anyhow::Result<()> {
        self.visitor = guest(&self.config, &self.store, &self.clock, &self.places)?;
        Ok(())
    }

    /// Runs every stage once, and tells `watch` what is going on.
    ///
    /// # Errors
    /// A stage as a whole failed. A source or post that fails is no error.
    pub async fn run(&self, watch: &(dyn Fn(Event<'_>) + Sync)) -> anyhow::Result<Summary> {
        Ok(self.run_until(&|| false, watch).await?)
    }

    /// The same, until `stop` says to leave off: what is at work then is kept.
    ///
    /// # Errors
    /// See [`App::run`]; [`PipelineError::Stopped`] where it left off.
    pub async fn run_until(
        &self,
        stop: &(dyn Fn() -> bool + Sync),
        watch: &(dyn Fn(Event<'_>) + Sync),
    ) -> Result<Summary, PipelineError> {
        let digests = digests_folder(&self.config);
        let pipeline = Pipeline { stop, ..self.pipeline(&digests, Visits::Due, watch) };
        let mut summary = pipeline.run().await?;
        summary.deliveries = self.outbox(stop).send().await?;
        Ok(summary)
    }

    /// When the next delivery is to be tried.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn next_delivery(&self) -> Result<Option<Timestamp>, StoreError> {
        outbox::next(&*self.store, self.clock.now())
    }

    fn outbox<'a>(&'a self, stop: &'a (dyn Fn() -> bool + Sync)) -> Outbox<'a> {
        let sender = Sender {
            market: &self.market,
            mail: &self.config.mail,
            http: &self.visitor.http,
            clock: &*self.clock,
            installation: &self.installation,
            pages: &self.links,
            links: &self.links,
        };
        Outbox { store: &*self.store, sender, stop }
    }

    fn mails(&self) -> Mail {
        if self.config.mail.is_there() { Mail::Served } else { Mail::None }
    }

    /// Reads and judges these sources, if they may be visited; writes no digest, which would speak
    /// of a part of the market as if it were the whole.
    ///
    /// # Errors
    /// See [`App::run`].
    pub async fn read(
        &self,
        sources: &[SourceId],
        haste: Haste,
        watch: &(dyn Fn(Event<'_>) + Sync),
    ) -> anyhow::Result<Summary> {
        let digests = digests_folder(&self.config);
        Ok(self.pipeline(&digests, Visits::Only(sources, haste), watch).read().await?)
    }

    /// Brings the indexes of words and of meaning up to date. What cannot be indexed is told and no more:
    /// everything is kept, and the next run, search or question goes on with it.
    pub fn index(&self, watch: &(dyn Fn(Event<'_>) + Sync)) {
        self.index_until(&|| false, watch);
    }

    /// The same, until `stop` says to leave off: the next round goes on with it.
    pub fn index_until(&self, stop: &dyn Fn() -> bool, watch: &(dyn Fn(Event<'_>) + Sync)) {
        let go_on = || if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        match bring_up_to_date(&self.config, &*self.store, watch, &mut |_| go_on()) {
            Ok(Followed { anew: Some(why), .. }) if why != search::THERE_WAS_NONE => {
                tracing::warn!(%why, "the index was built anew");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the index is behind: `overheard search` may miss posts");
            }
        }
        let meaning = Meaning::open(&meaning_folder(&self.config));
        let caught =
            meaning.and_then(|mut held| held.catch_up_while(&*self.store, &mut |_| go_on()));
        if let Err(error) = caught {
            tracing::warn!(%error, "the index by meaning is behind: `overheard ask` goes on with it");
        }
    }

    /// How well we can listen, as of the last visits.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn listening(&self) -> anyhow::Result<digest::Listening> {
        Ok(Morning { market: &self.market, store: &*self.store, silent: &[], calendars: None }
            .listening()?)
    }

    /// Reads and judges what is due, and writes each reader's digest of the morning of `until`.
    ///
    /// # Errors
    /// See [`App::run`].
    pub async fn read_and_tell(
        &self,
        until: Timestamp,
        watch: &(dyn Fn(Event<'_>) + Sync),
    ) -> anyhow::Result<Summary> {
        let digests = digests_folder(&self.config);
        let pipeline = self.pipeline(&digests, Visits::Due, watch);
        let mut summary = pipeline.read().await?;
        for reader in &self.market.readers {
            let date = digest::morning(reader, until);
            summary.digests.push(pipeline.digest(reader, date)?);
        }
        Ok(summary)
    }

    /// Where everything is kept.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    fn pipeline<'a>(
        &'a self,
        digests: &'a Path,
        visits: Visits<'a>,
        watch: &'a (dyn Fn(Event<'_>) + Sync),
    ) -> Pipeline<'a> {
        Pipeline {
            market: &self.market,
            store: &self.store,
            visitor: &self.visitor,
            classifier: &self.classifier,
            clock: &*self.clock,
            visits,
            digests,
            mail: self.mails(),
            links: &self.links,
            watch,
            stop: &|| false,
        }
    }
}

/// What tells messages of this store from those of another: where it is.
fn installation_of(store: &Path) -> String {
    std::path::absolute(store).unwrap_or_else(|_| store.to_owned()).display().to_string()
}

/// Hands a few words over to a reader by a channel, to see whether they arrive; what was answered.
///
/// # Errors
/// The settings cannot be used; or, in words, they did not arrive.
pub async fn test_delivery(
    config: &Config,
    market: &Market,
    reader: &Reader,
    channel: &str,
) -> anyhow::Result<Result<String, String>> {
    let (http, clock) = (Http::new(config.fetch.clone())?, SystemClock);
    let at = clock.now();
    let sender = Sender {
        market,
        mail: &config.mail,
        http: &http,
        clock: &clock,
        installation: &installation_of(&config.data),
        pages: &NoPages,
        links: &Links::none(),
    };
    let date = at.to_zoned(reader.time_zone.clone()).date();
    let id = DeliveryId { date, reader: reader.id.clone(), channel: channel.to_owned() };
    let sent = sender.hand_over(reader, &id, Content::Test(at), &|| Ok(())).await;
    Ok(sent.map_err(|missed| missed.words()))
}

/// A guest that knows what is kept, so that nothing is fetched in vain.
fn guest(
    config: &Config,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    places: &Places,
) -> anyhow::Result<Arc<Visitor>> {
    let http = Http::in_town(config.fetch.clone(), places)?;
    let kept = Arc::clone(store);
    // A store that cannot be asked costs a fetch of what we may have, never a post.
    let known = move |source: &SourceId, key: &str| {
        let id = PostId::of(source, key);
        // What was erased is not fetched, only to be thrown away.
        kept.known(id).unwrap_or(false) || kept.refuses(id).unwrap_or(false)
    };
    let kept = Arc::clone(store);
    let recall =
        move |source: &SourceId, key: &str| Some(kept.post(PostId::of(source, key)).ok()??.said);
    let (known, recall) = (Arc::new(known), Arc::new(recall));
    Ok(Arc::new(Visitor { http, clock: Arc::clone(clock), known, recall }))
}

/// A guest that visits without keeping anything: whoever only looks. What hosts asked for when we
/// were last there holds for it, too; what they ask of it is for [`remember_hosts`].
///
/// # Errors
/// The store is locked or damaged, or the settings cannot be used.
pub async fn visitor(
    config: &Config,
    market: &Market,
    known: Arc<Known>,
    memories: &Memories,
) -> anyhow::Result<Visitor> {
    let http = Http::new(config.fetch.clone())?;
    if has_store(config) {
        http.recall(open_store(config)?.hosts()?, SystemClock.now());
    }
    let recall = Arc::new(|_: &SourceId, _: &str| None);
    let visitor = Visitor { http, clock: Arc::new(SystemClock), known, recall };
    for listened in &market.sources {
        if let Some(memory) = memories.get(&listened.source.id) {
            visitor.keep_quiet(&*listened.adapter, memory).await;
        }
    }
    Ok(visitor)
}

/// Remembers what hosts asked of a guest. Where there is no store yet, one is made only for a host that
/// wants to be left alone: the next guest is to know it.
///
/// What cannot be kept is told and no more: what was found is worth as much without it.
pub fn remember_hosts(config: &Config, visitor: &Visitor) {
    let hosts = visitor.http.changed_hosts();
    let now = SystemClock.now();
    let is_quiet = |memory: &HostMemory| memory.quiet_until.is_some_and(|until| until > now);
    let has_quiet = hosts.iter().any(|(_, memory)| memory.as_ref().is_some_and(is_quiet));
    if !has_quiet && !has_store(config) {
        return;
    }
    let kept = open_store(config).and_then(|store| Ok(store.remember_hosts(&hosts)?));
    if let Err(error) = kept {
        tracing::warn!(%error, "what hosts asked of us could not be kept");
    }
}

/// What topics and sources earned by readers' answers; nothing where there is no store yet.
///
/// # Errors
/// The store is locked or damaged.
pub fn earned(config: &Config, now: Timestamp) -> anyhow::Result<Useful> {
    if !config.data.join("store").is_dir() {
        return Ok(Useful::default());
    }
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    Ok(Useful::of_all(&open_store(config)?.feedback(jiff::civil::Date::MIN)?, today))
}

/// What is remembered of sources, by id.
pub type Memories = HashMap<SourceId, Memory>;

/// What is remembered of every source; nothing where there is no store yet.
///
/// # Errors
/// The store is locked or damaged.
pub fn memories(config: &Config) -> anyhow::Result<Memories> {
    if !has_store(config) {
        return Ok(Memories::new());
    }
    Ok(open_store(config)?.memories()?.into_iter().collect())
}

/// Whether there is a store of these settings, or something that keeps us from seeing whether there is.
pub fn has_store(config: &Config) -> bool {
    let found = std::fs::metadata(config.data.join("store"));
    !matches!(found, Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// Opens the store of these settings, or reaches it by the process that has it open.
///
/// # Errors
/// It is locked, damaged, not a store, or from a later version.
pub fn open_store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    Ok(remote::open(&config.data.join("store"))?)
}

/// Opens a store that is there already: whoever only looks makes no new one.
///
/// # Errors
/// There is none, or see [`open_store`].
pub fn open_kept_store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    anyhow::ensure!(
        has_store(config),
        "there is no store in {}: `overheard run` makes one; name another folder with --data",
        config.data.display()
    );
    open_store(config)
}

/// Opens a store that is there already for an answer, and says which months the answer is without.
///
/// # Errors
/// See [`open_kept_store`].
pub fn open_store_to_answer(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    let store = open_kept_store(config)?;
    for damaged in store.damaged()? {
        tracing::error!("this answer is without what is damaged: {damaged}");
    }
    Ok(store)
}

/// Finishes an erasing that was cut short, and its receipt. Where it cannot be, that is told and no more: what
/// is to go is noted, and stays out.
pub fn finish_erasing(config: &Config, store: &dyn Store, clock: &dyn Clock) {
    let digests = digests_folder(config);
    let links = match links(config) {
        Ok(links) => links,
        Err(error) => {
            tracing::error!(%error, "an erasing that was cut short is not finished yet");
            return;
        }
    };
    let erasure =
        pipeline::Erasure { store, data: &config.data, digests: &digests, links: &links, clock };
    match erasure.finish() {
        Ok(receipts) => {
            for receipt in receipts {
                let receipt = receipt.display();
                tracing::warn!(%receipt, "an erasing that was cut short is finished; its receipt says what is left to do");
            }
        }
        Err(error) => {
            tracing::error!(%error, "an erasing that was cut short is not finished yet");
        }
    }
}

/// The folder the digests are written to.
#[must_use]
pub fn digests_folder(config: &Config) -> PathBuf {
    config.data.join("digests")
}
