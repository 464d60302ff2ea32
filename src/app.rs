//! The one place where the parts are put together.

use std::collections::HashMap;
use std::ops::ControlFlow;
#[cfg(any(feature = "rust-bert", feature = "light"))]
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::classify::language::Languages;
use crate::classify::on_demand::OnDemand;
use crate::classify::precision::Precision;
#[cfg(any(feature = "rust-bert", feature = "light"))]
use crate::classify::sentiment::branch::Branch;
#[cfg(any(feature = "rust-bert", feature = "light"))]
use crate::classify::threads::Settings;
use crate::classify::{Classifier, Encoder, EncoderError};
use crate::clock::{Clock, SystemClock};
#[cfg(any(feature = "rust-bert", feature = "light"))]
use crate::config::ClassifySettings;
use crate::config::{Backend, Config, Market};
use crate::crawl::addresses::Places;
use crate::crawl::http::Http;
use crate::crawl::visit::{Known, Visitor};
use crate::crawl::waiting::Haste;
use crate::digest;
use crate::host::HostMemory;
use crate::pipeline::{self, Event, Morning, Pipeline, Summary, Visits};
use crate::post::PostId;
use crate::search::meaning::Meaning;
use crate::search::{self, Followed, Words, WordsError};
use crate::source::SourceId;
use crate::store::{SledStore, Store};
use crate::verdict::{Embedding, ModelId};
use crate::visit::Memory;

/// Everything a run needs.
pub struct App {
    config: Config,
    market: Market,
    store: Arc<dyn Store>,
    visitor: Arc<Visitor>,
    classifier: Arc<Classifier>,
    clock: Arc<dyn Clock>,
}

impl App {
    /// Opens the store and the model and puts a run together.
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
        let store = open_store(&config)?;
        let http = Http::in_town(config.fetch.clone(), places)?;
        let kept = Arc::clone(&store);
        // A store that cannot be asked costs a fetch of what we may have, never a post.
        let known = move |source: &SourceId, key: &str| {
            kept.known(PostId::of(source, key)).unwrap_or(false)
        };
        let kept = Arc::clone(&store);
        let recall = move |source: &SourceId, key: &str| {
            Some(kept.post(PostId::of(source, key)).ok()??.said)
        };
        let (known, recall) = (Arc::new(known), Arc::new(recall));
        let visitor = Visitor { http, clock: Arc::clone(&clock), known, recall };
        // Now, not when the first text comes: what is wrong with it is to be known before anybody is
        // visited.
        let encoder = encoder(&config)?;
        market.learn(store.labels()?);
        let classifier = Arc::new(taught_by(&encoder, &market, &*store)?);
        Ok(Self { config, market, store, visitor: Arc::new(visitor), classifier, clock })
    }

    /// Runs every stage once, and tells `watch` what is going on.
    ///
    /// # Errors
    /// A stage as a whole failed. A source or post that fails is no error.
    pub async fn run(&self, watch: &(dyn Fn(Event<'_>) + Sync)) -> anyhow::Result<Summary> {
        let digests = digests_folder(&self.config);
        Ok(self.pipeline(&digests, Visits::Due, watch).run().await?)
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
        let go_on = &mut |_| ControlFlow::Continue(());
        match bring_up_to_date(&self.config, &*self.store, watch, go_on) {
            Ok(Followed { anew: Some(why), .. }) if why != search::THERE_WAS_NONE => {
                tracing::warn!(%why, "the index was built anew");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the index is behind: `overheard search` may miss posts")
            }
        }
        let meaning = Meaning::open(&meaning_folder(&self.config));
        if let Err(error) = meaning.and_then(|mut held| held.catch_up(&*self.store, &mut |_| {})) {
            tracing::warn!(%error, "the index by meaning is behind: `overheard ask` goes on with it");
        }
    }

    /// How well we can listen, as of the last visits.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn listening(&self) -> anyhow::Result<digest::Listening> {
        Ok(Morning { market: &self.market, store: &*self.store, silent: &[] }.listening()?)
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
        digests: &'a std::path::Path,
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
            watch,
        }
    }
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
    if config.data.join("store").is_dir() {
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
    if !has_quiet && !config.data.join("store").is_dir() {
        return;
    }
    let kept = open_store(config).and_then(|store| Ok(store.remember_hosts(&hosts)?));
    if let Err(error) = kept {
        tracing::warn!(%error, "what hosts asked of us could not be kept");
    }
}

/// What is remembered of sources, by id.
pub type Memories = HashMap<SourceId, Memory>;

/// What is remembered of every source; nothing where there is no store yet.
///
/// # Errors
/// The store is locked or damaged.
pub fn memories(config: &Config) -> anyhow::Result<Memories> {
    if !config.data.join("store").is_dir() {
        return Ok(Memories::new());
    }
    Ok(open_store(config)?.memories()?.into_iter().collect())
}

/// Opens the store of these settings.
///
/// # Errors
/// It is locked, damaged, not a store, or from a later version.
pub fn open_store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    Ok(Arc::new(SledStore::open(&config.data.join("store"))?))
}

/// Opens a store that is there already: whoever only looks makes no new one.
///
/// # Errors
/// There is none, or see [`open_store`].
pub fn open_kept_store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    anyhow::ensure!(
        config.data.join("store").is_dir(),
        "there is no store in {}: `overheard run` makes one; name another folder with --data",
        config.data.display()
    );
    open_store(config)
}

/// The folder of the index of words.
#[must_use]
pub fn words_folder(config: &Config) -> PathBuf {
    config.data.join("index/words")
}

/// Brings the index of words up to date with the store, until `go_on` says that it is enough.
///
/// # Errors
/// [`WordsError`].
pub fn bring_up_to_date(
    config: &Config,
    store: &dyn Store,
    watch: &dyn Fn(Event<'_>),
    go_on: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Followed, WordsError> {
    let folder = words_folder(config);
    let held = Words::open(&folder).map_or(0, |words| words.posts());
    let missing = store.counts()?.posts.saturating_sub(held);
    let mut has_begun = false;
    search::catch_up(&folder, store, &mut |posts| {
        if !std::mem::replace(&mut has_begun, true) {
            watch(Event::Indexing { posts: missing.max(posts) as usize });
        }
        watch(Event::Indexed { posts: posts as usize });
        go_on(posts)
    })
}

/// The folder of the index by meaning.
#[must_use]
pub fn meaning_folder(config: &Config) -> PathBuf {
    config.data.join("index").join("meaning")
}

/// The folder the digests are written to.
#[must_use]
pub fn digests_folder(config: &Config) -> PathBuf {
    config.data.join("digests")
}

/// Opens the encoder of these settings.
///
/// # Errors
/// Its files are missing or damaged, or this binary has no such encoder.
pub fn encoder(config: &Config) -> anyhow::Result<Arc<dyn Encoder>> {
    let (_, open) = chosen(config)?;
    open(config)
}

/// The languages of these settings, which the encoder was trained for.
fn languages(config: &Config) -> anyhow::Result<Languages> {
    let languages = config.classify.languages().map_err(anyhow::Error::msg)?;
    anyhow::ensure!(
        languages == Languages::default() || config.checkpoint_folder().is_some(),
        "languages = {:?}: all-MiniLM-L6-v2 was trained for English alone; set `encoder` in [classify] to the \
         folder of a checkpoint that was trained for them",
        config.classify.languages
    );
    Ok(languages)
}

/// What is wrong with the encoder of these settings, as far as its files say without opening it; nothing
/// where the one that `make setup` fetches is only not fetched yet.
///
/// # Errors
/// It cannot be used.
#[cfg(feature = "rust-bert")]
pub fn check_encoder(config: &Config) -> anyhow::Result<()> {
    use anyhow::Context as _;

    use crate::classify::rust_bert::RustBertEncoder;
    use crate::classify::rust_bert::other::CheckpointEncoder;

    chosen(config)?;
    let folder = config.encoder_folder();
    let opening = || format!("the encoder in {}", folder.display());
    if config.checkpoint_folder().is_some() {
        return CheckpointEncoder::check(&folder).with_context(opening);
    }
    if folder.is_dir() || !config.classify.encoder.as_os_str().is_empty() {
        RustBertEncoder::check(&folder).with_context(opening)?;
    }
    Ok(())
}

/// What is wrong with the encoder of these settings.
///
/// # Errors
/// It cannot be used.
#[cfg(not(feature = "rust-bert"))]
pub fn check_encoder(config: &Config) -> anyhow::Result<()> {
    chosen(config).map(|_| ())
}

/// The encoder of these settings, opened when the first text is to be read.
///
/// # Errors
/// This binary has no such encoder, or was built from damaged files. What is wrong with the encoder's own
/// is said when it is opened.
pub fn encoder_on_demand(config: &Config) -> anyhow::Result<Arc<dyn Encoder>> {
    let (name, open) = chosen(config)?;
    let languages = languages(config)?;
    let config = config.clone();
    let open = move || open(&config).map_err(|error| EncoderError::Unopened(format!("{error:#}")));
    Ok(Arc::new(OnDemand::new(name, open).of_languages(languages)))
}

/// An encoder's name, and what opens it.
type Chosen = (ModelId, fn(&Config) -> anyhow::Result<Arc<dyn Encoder>>);

fn chosen(config: &Config) -> anyhow::Result<Chosen> {
    let (backend, precision) = (config.classify.backend, config.classify.precision);
    let is_light = backend == Backend::Light || !cfg!(feature = "rust-bert");
    anyhow::ensure!(
        precision == Precision::F32 || !is_light && config.checkpoint_folder().is_none(),
        "`precision` in [classify] is for rust-bert with the encoder that `make setup` fetches: leave it \
         out, or write \"f32\""
    );
    if let Some(folder) = config.checkpoint_folder() {
        return checkpoint(config, folder);
    }
    languages(config)?;
    match config.classify.backend {
        Backend::RustBert => rust_bert(config),
        Backend::Any if cfg!(feature = "rust-bert") => rust_bert(config),
        Backend::Any | Backend::Light => light(config),
    }
}

#[cfg(feature = "rust-bert")]
fn rust_bert(config: &Config) -> anyhow::Result<Chosen> {
    use crate::classify::rust_bert::RustBertEncoder;

    let name = RustBertEncoder::named(&Branch::committed()?, config.classify.precision);
    Ok((name, |config| {
        opened(config, "encoder", |folder, branch, settings| {
            Ok(Arc::new(RustBertEncoder::open(folder, branch, settings)?))
        })
    }))
}

/// A checkpoint of the operator's.
#[cfg(feature = "rust-bert")]
fn checkpoint(config: &Config, folder: &Path) -> anyhow::Result<Chosen> {
    use anyhow::Context as _;

    use crate::classify::rust_bert::other::CheckpointEncoder;

    anyhow::ensure!(
        config.classify.backend != Backend::Light,
        "the light encoder runs all-MiniLM-L6-v2 alone: set `backend = \"rust-bert\"` in [classify] for the \
         checkpoint in {}",
        folder.display()
    );
    let opening = |folder: &Path| format!("opening the encoder in {}", folder.display());
    let name =
        CheckpointEncoder::named(folder, &languages(config)?).with_context(|| opening(folder))?;
    Ok((name, move |config| {
        let folder = config.encoder_folder();
        let settings = Settings { threads: config.classify.threads, ..Settings::default() };
        let encoder = CheckpointEncoder::open(&folder, languages(config)?, settings)
            .with_context(|| format!("opening the encoder in {}", folder.display()))?;
        Ok(Arc::new(encoder))
    }))
}

#[cfg(not(feature = "rust-bert"))]
fn checkpoint(_: &Config, folder: &std::path::Path) -> anyhow::Result<Chosen> {
    anyhow::bail!(
        "this overheard was built without rust-bert, which runs other encoders than all-MiniLM-L6-v2: build it \
         with --features rust-bert, or leave `encoder` empty instead of {}",
        folder.display()
    )
}

#[cfg(not(feature = "rust-bert"))]
fn rust_bert(_: &Config) -> anyhow::Result<Chosen> {
    anyhow::bail!(
        "this overheard was built without rust-bert: set `backend = \"light\"` in [classify], or build \
         it with --features rust-bert"
    )
}

#[cfg(feature = "light")]
fn light(_: &Config) -> anyhow::Result<Chosen> {
    use crate::classify::light::LightEncoder;

    let name = LightEncoder::named(&Branch::committed()?);
    Ok((name, |config| {
        opened(config, "light encoder", |folder, branch, settings| {
            Ok(Arc::new(LightEncoder::open(folder, branch, settings)?))
        })
    }))
}

#[cfg(not(feature = "light"))]
fn light(_: &Config) -> anyhow::Result<Chosen> {
    anyhow::bail!(
        "this overheard was built without the light encoder: build it with --features light"
    )
}

#[cfg(any(feature = "rust-bert", feature = "light"))]
fn opened(
    config: &Config,
    which: &str,
    open: impl FnOnce(&Path, &Branch, Settings) -> Result<Arc<dyn Encoder>, EncoderError>,
) -> anyhow::Result<Arc<dyn Encoder>> {
    use anyhow::Context as _;

    let folder = config.encoder_folder();
    let ClassifySettings { threads, precision, .. } = config.classify;
    let settings = Settings { threads, precision, ..Settings::default() };
    open(&folder, &Branch::committed()?, settings)
        .with_context(|| format!("opening the {which} in {}", folder.display()))
}

/// Puts the classifier of a market together.
///
/// # Errors
/// The encoder's files are missing or damaged, or the rules cannot be used.
pub fn classifier(config: &Config, market: &Market) -> anyhow::Result<Classifier> {
    let encoder = encoder(config)?;
    Ok(Classifier::new(encoder, &market.ruleset, market.accounts.clone())?)
}

/// Puts the classifier of a market together with what the labels in a store teach; the market's rules
/// are those and the labels from then on. The encoder is opened only if there is a text to read.
///
/// # Errors
/// The rules cannot be used, the store cannot be read, or a text is to be read and the encoder's files
/// are missing or damaged.
pub fn taught_classifier(
    config: &Config,
    market: &mut Market,
    store: &dyn Store,
) -> anyhow::Result<Classifier> {
    let encoder = encoder_on_demand(config)?;
    market.learn(store.labels()?);
    taught_by(&encoder, market, store)
}

/// The same with an encoder that is open, and the labels that the market's rules hold.
///
/// # Errors
/// See [`taught_classifier`].
pub fn taught_by(
    encoder: &Arc<dyn Encoder>,
    market: &Market,
    store: &dyn Store,
) -> anyhow::Result<Classifier> {
    let classifier = Classifier::embedded(
        Arc::clone(encoder),
        &market.ruleset,
        market.accounts.clone(),
        &mut |texts| remembered(store, &**encoder, texts),
    )?;
    let lessons = pipeline::lessons(market, store, &classifier)?;
    Ok(classifier.taught(&market.ruleset.id, lessons))
}

/// Texts of the rules that are remembered at most: more would fill the store with what every change of
/// the rules makes anew.
const MOST_REMEMBERED: usize = 5_000;

/// The embeddings of texts of the rules: those that are kept, and of the others what the model makes of
/// them, kept from then on. A store that cannot be asked or written costs a pass, no more.
fn remembered(
    store: &dyn Store,
    encoder: &dyn Encoder,
    texts: &[&str],
) -> Result<Vec<Embedding>, EncoderError> {
    if texts.len() > MOST_REMEMBERED {
        return encoder.encode(texts);
    }
    let kept = store.anchors(encoder.id(), texts).unwrap_or_default();
    let mut kept: Vec<Option<Embedding>> =
        kept.into_iter().chain(texts.iter().map(|_| None)).collect();
    kept.truncate(texts.len());
    let missing: Vec<&str> =
        texts.iter().zip(&kept).filter(|(_, kept)| kept.is_none()).map(|(text, _)| *text).collect();
    let fresh = encoder.encode(&missing)?;
    let pairs: Vec<(&str, &Embedding)> = missing.iter().copied().zip(&fresh).collect();
    if let Err(error) = store.keep_anchors(encoder.id(), &pairs) {
        tracing::warn!(%error, "the embeddings of the rules could not be kept");
    }
    let mut fresh = fresh.into_iter();
    let whole = |kept: Option<Embedding>| kept.or_else(|| fresh.next()).unwrap_or_default();
    Ok(kept.into_iter().map(whole).collect())
}
