//! The one place where the parts are put together.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;

use crate::classify::{Classifier, Encoder, RustBertEncoder, SentimentHead};
use crate::clock::Clock;
use crate::config::{Config, Market};
use crate::crawl::http::Http;
use crate::pipeline::{Event, Pipeline, Summary};
use crate::store::{SledStore, Store};

/// Everything a run needs.
pub struct App {
    config: Config,
    market: Market,
    store: Arc<dyn Store>,
    http: Http,
    classifier: Arc<Classifier>,
    clock: Arc<dyn Clock>,
}

impl App {
    /// Opens the store and the model and puts a run together.
    ///
    /// # Errors
    /// The store is locked or damaged, or the model is not there.
    pub fn new(config: Config, market: Market, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let store = open_store(&config)?;
        let http = Http::new(config.fetch.clone(), Arc::clone(&clock))?;
        let classifier = Arc::new(classifier(&config, &market)?);
        Ok(Self { config, market, store, http, classifier, clock })
    }

    /// Runs every stage once, and tells `watch` what is going on.
    ///
    /// # Errors
    /// A stage as a whole failed. A source or post that fails is no error.
    pub async fn run(&self, watch: &(dyn Fn(Event<'_>) + Sync)) -> anyhow::Result<Summary> {
        let pipeline = Pipeline {
            market: &self.market,
            store: &self.store,
            http: &self.http,
            classifier: &self.classifier,
            clock: &*self.clock,
            digests: &digests_folder(&self.config),
            watch,
        };
        Ok(pipeline.run().await?)
    }

    /// What the run listens to, and tells whom.
    #[must_use]
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// Where everything is kept.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }
}

/// Opens the store of these settings.
///
/// # Errors
/// It is locked, damaged, not a store, or from a later version.
pub fn open_store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    Ok(Arc::new(SledStore::open(&config.data.join("store"))?))
}

/// The folder the digests are written to.
#[must_use]
pub fn digests_folder(config: &Config) -> PathBuf {
    config.data.join("digests")
}

/// Opens the encoder of these settings.
///
/// # Errors
/// Its files are missing or damaged.
pub fn encoder(config: &Config) -> anyhow::Result<Arc<dyn Encoder>> {
    let folder = config.encoder_folder();
    let encoder = RustBertEncoder::open(&folder, config.classify.threads)
        .with_context(|| format!("opening the encoder in {}", folder.display()))?;
    Ok(Arc::new(encoder))
}

/// Puts the classifier of a market together.
///
/// # Errors
/// The encoder's files are missing or damaged, or the rules cannot be used.
pub fn classifier(config: &Config, market: &Market) -> anyhow::Result<Classifier> {
    let encoder = encoder(config)?;
    let head = SentimentHead::shipped()?;
    Ok(Classifier::new(encoder, head, market.ruleset.clone(), market.accounts.clone())?)
}
