//! The classifier of a market, with what its labels teach.

use std::sync::Arc;

use super::encoders::{encoder, encoder_on_demand};
use crate::classify::{Classifier, Encoder, EncoderError};
use crate::config::{Config, Market};
use crate::pipeline;
use crate::store::Store;
use crate::verdict::Embedding;

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
