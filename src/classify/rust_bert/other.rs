//! Another encoder than the published one: a checkpoint of the user's, as it is.
//!
//! It has no sentiment branch: ours fits the published encoder alone.

use std::path::Path;

use super::checkpoint::{Checkpoint, unusable};
use super::forms::FormNetwork;
use super::network::compute_on_one_core;
use crate::classify::language::Languages;
use crate::classify::passes::Cutter;
use crate::classify::threads::{Settings, Threads, guarded};
use crate::classify::{Encoder, EncoderError, Read, Reading};
use crate::verdict::{Embedding, ModelId};

/// A few words that every encoder makes something of; one that does not is no use.
const PROBE: &str = "hello 2026";

/// A checkpoint of the BERT, RoBERTa, XLM-RoBERTa or DistilBERT family on libtorch.
#[derive(Debug)]
pub struct CheckpointEncoder {
    id: ModelId,
    languages: Languages,
    threads: Threads,
}

impl CheckpointEncoder {
    /// Opens the checkpoint in `folder`, which was trained for these languages. They are part of its
    /// id: what is judged depends on them.
    ///
    /// # Errors
    /// [`EncoderError::Checkpoint`] names the file that is missing, damaged, or does not fit the others.
    pub fn open(
        folder: &Path,
        languages: Languages,
        settings: Settings,
    ) -> Result<Self, EncoderError> {
        let checkpoint = guarded(|| Checkpoint::read(folder))?;
        let first = guarded(|| FormNetwork::open(&checkpoint))?;
        let mut networks: Vec<FormNetwork> = (1..settings.thread_count())
            .map(|_| guarded(|| first.sibling()))
            .collect::<Result<_, _>>()?;
        networks.push(first);
        let id = in_full(&checkpoint, &languages);
        let Checkpoint { tokens, max_tokens, weights, .. } = checkpoint;
        let cutter = Cutter::of(tokens, Settings { max_tokens, ..settings });
        let ready = |network: FormNetwork| {
            move || {
                compute_on_one_core();
                Ok(network)
            }
        };
        let threads = Threads::start(cutter, None, networks.into_iter().map(ready).collect())?;
        let opened = Self { id, languages, threads };
        if opened.encode(&[PROBE])?.iter().any(|embedding| embedding.0.is_empty()) {
            let why = "it makes nothing of words: its numbers are damaged, or none";
            let remedy = "copy it again from where the checkpoint came from";
            return Err(unusable(weights.file(), &why, &remedy));
        }
        Ok(opened)
    }

    /// What the checkpoint in `folder` is called, without making the network.
    ///
    /// # Errors
    /// As for [`CheckpointEncoder::open`].
    pub fn named(folder: &Path, languages: &Languages) -> Result<ModelId, EncoderError> {
        Ok(in_full(&guarded(|| Checkpoint::read(folder))?, languages))
    }

    /// Whether the checkpoint in `folder` can be opened, as far as its files say, without making the
    /// network.
    ///
    /// # Errors
    /// As for [`CheckpointEncoder::open`].
    pub fn check(folder: &Path) -> Result<(), EncoderError> {
        guarded(|| Checkpoint::read(folder).map(|_| ()))
    }
}

fn in_full(checkpoint: &Checkpoint, languages: &Languages) -> ModelId {
    let id = &checkpoint.id;
    if *languages == Languages::default() {
        ModelId(id.clone())
    } else {
        ModelId(format!("{id}+languages:{languages}"))
    }
}

impl Encoder for CheckpointEncoder {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn languages(&self) -> &Languages {
        &self.languages
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        self.threads.encode(texts)
    }

    fn read(&self, readings: &[Reading<'_>]) -> Result<Vec<Read>, EncoderError> {
        self.threads.read(readings)
    }
}
