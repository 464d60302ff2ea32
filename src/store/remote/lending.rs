//! The encoder of another process: one that has the store open for long has its model open, too, and opening
//! another takes longer than all else that a question costs.
//!
//! A caller hands over a few short texts and gets their embeddings. Nothing is kept of them, and they wait their
//! turn behind what is being judged: a round is never stopped for a question.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::RemoteStore;
use super::call::Call;
use crate::classify::language::Languages;
use crate::classify::{Encoder, EncoderError};
use crate::store::StoreError;
use crate::verdict::{Embedding, ModelId};

/// Texts read for a caller at once, and their bytes: a question, a name, a page.
const MOST_TEXTS: usize = 8;
const MOST_BYTES: usize = 64 << 10;

/// The encoder that callers may use, which may give way to another.
#[derive(Clone, Default)]
pub struct Lent(Arc<Mutex<Option<Arc<dyn Encoder>>>>);

impl Lent {
    /// Lends this one from now on.
    pub fn lend(&self, encoder: Arc<dyn Encoder>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(encoder);
    }

    fn encoder(&self) -> Option<Arc<dyn Encoder>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is lent; none where nothing is.
    pub(super) fn named(&self) -> Option<Named> {
        let encoder = self.encoder()?;
        Some(Named { id: encoder.id().clone(), languages: encoder.languages().to_string() })
    }

    /// Reads texts for a caller.
    pub(super) fn encode(&self, texts: &[String]) -> Result<Vec<Embedding>, StoreError> {
        let refused = |why: String| StoreError::Service { folder: String::new(), why };
        if texts.len() > MOST_TEXTS || texts.iter().map(String::len).sum::<usize>() > MOST_BYTES {
            return Err(refused("reads no texts as long as these for others".to_owned()));
        }
        let none = || refused("has no encoder open".to_owned());
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let encoder = self.encoder().ok_or_else(none)?;
        encoder.encode(&texts).map_err(|error| refused(format!("could not read it: {error}")))
    }
}

impl std::fmt::Debug for Lent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Lent").field(&self.named()).finish()
    }
}

/// What is lent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Named {
    id: ModelId,
    /// The codes of the languages it reads.
    languages: String,
}

/// The encoder that another process has open.
#[derive(Debug)]
pub struct RemoteEncoder {
    id: ModelId,
    languages: Languages,
    store: RemoteStore,
}

impl RemoteEncoder {
    /// Calls the process that has the store in `folder` open; none where nobody takes calls there, or lends no
    /// encoder.
    ///
    /// # Errors
    /// [`StoreError::Service`]: it does not understand us, or breaks off.
    pub fn connect(folder: &Path) -> Result<Option<Self>, StoreError> {
        let Some(store) = RemoteStore::connect(folder)? else { return Ok(None) };
        let named: Option<Named> = store.ask(&Call::Lends)?;
        Ok(named.and_then(|Named { id, languages }| {
            let codes: Vec<String> = languages.split(',').map(str::to_owned).collect();
            // One that tells more languages than we do is a stranger.
            Some(Self { id, languages: Languages::of(&codes).ok()?, store })
        }))
    }
}

impl Encoder for RemoteEncoder {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn languages(&self) -> &Languages {
        &self.languages
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        self.store
            .ask(&Call::Encode(texts))
            .map_err(|error| EncoderError::Failed(error.to_string()))
    }
}
