//! The encoder on rust-bert: all-MiniLM-L6-v2 with its published safetensors, as they are.
//!
//! It lives on long-lived threads of its own: rust-bert panics inside tokio's reactor, and libtorch
//! leaks a thread pool for every thread that infers.

mod checkpoint;
mod forms;
mod heads;
mod network;
pub mod other;

use std::ops::Range;
use std::path::Path;

use tch::Kind;

use self::network::Network;
use super::passes::{Cutter, Pass};
use super::precision::Precision;
use super::rows::Row;
use super::sentiment::branch::Branch;
use super::sentiment::pieces::Pieces;
pub use super::threads::Settings;
use super::threads::{self, Threads, guarded};
use super::{Encoder, EncoderError, Read, Reading, checksum};
use crate::verdict::{Embedding, ModelId};

/// all-MiniLM-L6-v2 on libtorch: mean-pooled, unit length, 384 numbers; and the sentiment branch.
#[derive(Debug)]
pub struct RustBertEncoder {
    id: ModelId,
    threads: Threads,
}

/// The tokens that the sentiment branch gets, for whoever trains one.
#[derive(Debug)]
pub struct SentimentTokens(Cutter);

impl SentimentTokens {
    /// Reads the vocabulary in `folder`.
    ///
    /// # Errors
    /// [`EncoderError::Files`] if it is missing or damaged.
    pub fn open(folder: &Path) -> Result<Self, EncoderError> {
        checksum::verify(folder)?;
        Ok(Self(Cutter::open(folder, Settings { max_chunks: 1, ..Settings::default() })?))
    }

    /// The tokens of the first sequence of a text, with the special ones at both ends, and those of
    /// each target; from 0 until 0 for one that is not read.
    #[must_use]
    pub fn of(&self, pieces: &Pieces) -> (Vec<i64>, Vec<Range<usize>>) {
        self.0.first_sequence(pieces)
    }
}

impl RustBertEncoder {
    /// What the encoder with this branch is called; known before it is opened, for only the published
    /// weights are. Numbers of another size give other answers, and have another name.
    #[must_use]
    pub fn named(branch: &Branch, precision: Precision) -> ModelId {
        let (weights, sentiment) = (checksum::weights_digits(), branch.name());
        let mark = if kind(precision) == Kind::Float { "" } else { "-bf16" };
        ModelId(format!("all-MiniLM-L6-v2{mark}:{weights}+sentiment:{sentiment}"))
    }

    /// Opens the model in `folder` with this branch on it, and checks its files against the project's
    /// list of checksums.
    ///
    /// # Errors
    /// [`EncoderError::Files`] names the file that is missing, damaged or of another model.
    pub fn open(folder: &Path, branch: &Branch, settings: Settings) -> Result<Self, EncoderError> {
        checksum::verify(folder)?;
        let id = Self::named(branch, settings.precision);
        let kind = kind(settings.precision);
        let cutter = Cutter::open(folder, settings)?;
        let first = guarded(|| Network::open(folder, branch, kind))?;
        let mut networks: Vec<Network> = (1..settings.thread_count())
            .map(|_| guarded(|| first.sibling()))
            .collect::<Result<_, _>>()?;
        networks.push(first);
        let ready = |network: Network| {
            move || {
                network::compute_on_one_core();
                Ok(network)
            }
        };
        let networks = networks.into_iter().map(ready).collect();
        let threads = Threads::start(cutter, Some(branch.temperatures()), networks)?;
        Ok(Self { id, threads })
    }

    /// Whether the files in `folder` are those of the project's list of checksums.
    ///
    /// # Errors
    /// As for [`RustBertEncoder::open`].
    pub fn check(folder: &Path) -> Result<(), EncoderError> {
        checksum::verify(folder)
    }
}

fn kind(precision: Precision) -> Kind {
    match precision {
        Precision::Bf16 => Kind::BFloat16,
        Precision::Auto if network::multiplies_bf16() => Kind::BFloat16,
        Precision::Auto | Precision::F32 => Kind::Float,
    }
}

impl Encoder for RustBertEncoder {
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
        self.rows_of(pass)
    }
}
