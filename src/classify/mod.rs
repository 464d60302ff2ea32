//! The classifier: a post → a verdict, with reasons. No I/O after it is opened, and no clock.

mod checksum;
pub mod language;
pub mod rust_bert;
pub mod words;

use crate::verdict::{Embedding, ModelId};

/// Turns texts into embeddings: one pass feeds every head.
pub trait Encoder: Send + Sync {
    /// Names the encoder and its weights.
    fn id(&self) -> &ModelId;

    /// One embedding per text, in order; unit length, or empty for a text without any token.
    ///
    /// # Errors
    /// Where the model itself fails; nothing is returned for any text then.
    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError>;
}

/// The model could not be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EncoderError {
    /// A file of the model is missing, damaged, or does not fit the others.
    #[error("the encoder's {file}: {why}; run `make setup` to fetch it again")]
    Files {
        /// Which file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// The model failed on a batch.
    #[error("the encoder failed: {0}")]
    Failed(String),
}
