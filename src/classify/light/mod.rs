//! The light encoder: the same all-MiniLM-L6-v2 without libtorch, its weights in bytes.
//!
//! It loses about a thousandth of the cosine; it takes a quarter of the space, and less than half of
//! the time (models/light.md has the figures). Nothing but the binary, the vocabulary and 23 MB of weights
//! is needed where it runs; the weights are made there from the published ones.

mod attention;
mod heads;
mod kept;
mod kernels;
mod network;
mod tensor_file;
#[cfg(test)]
mod tests;
mod weights;

use std::path::Path;
use std::sync::Arc;

use self::network::{Layers, Network};
use super::passes::{Cutter, Pass};
use super::rows::Row;
use super::sentiment::branch::Branch;
use super::threads::{self, Settings, Threads, guarded};
use super::{Encoder, EncoderError, Read, Reading, checksum};
use crate::verdict::{Embedding, ModelId};

/// all-MiniLM-L6-v2 in bytes: mean-pooled, unit length, 384 numbers; and the sentiment branch.
#[derive(Debug)]
pub struct LightEncoder {
    id: ModelId,
    threads: Threads,
}

impl LightEncoder {
    /// What the encoder with this branch is called; known before it is opened, for only the published
    /// weights are.
    #[must_use]
    pub fn named(branch: &Branch) -> ModelId {
        let (weights, sentiment) = (checksum::weights_digits(), branch.name());
        let format = kept::FORMAT;
        ModelId(format!("all-MiniLM-L6-v2-{format}:{weights}+sentiment:{sentiment}"))
    }

    /// Opens the model in `folder` with this branch on it. The first time, its smaller weights are
    /// made there from the published ones; these are needed no longer then.
    ///
    /// # Errors
    /// [`EncoderError::Files`] names the file that is missing, damaged or of another model.
    pub fn open(folder: &Path, branch: &Branch, settings: Settings) -> Result<Self, EncoderError> {
        for file in ["config.json", "vocab.txt"] {
            checksum::verify_file(folder, file)?;
        }
        let layers = Arc::new(guarded(|| Ok(Layers::of(kept::weights(folder, branch)?)))?);
        let ready = |layers: Arc<Layers>| {
            move || {
                network::compute_on_one_core()?;
                Ok(Network::new(layers))
            }
        };
        let networks = (0..settings.thread_count()).map(|_| ready(Arc::clone(&layers))).collect();
        let cutter = Cutter::open(folder, settings)?;
        let threads = Threads::start(cutter, Some(branch.temperatures()), networks)?;
        Ok(Self { id: Self::named(branch), threads })
    }
}

impl Encoder for LightEncoder {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        self.threads.encode(texts)
    }

    fn read(&self, readings: &[Reading<'_>]) -> Result<Vec<Read>, EncoderError> {
        self.threads.read(readings)
    }
}

impl threads::Network for Network {
    fn pass(&mut self, pass: &Pass) -> Result<Vec<Row>, EncoderError> {
        self.rows(pass)
    }
}
