//! Evaluations: how well a part does on real material that others gathered. Each is one command, and
//! none of it runs in the service.

pub mod accounts;
pub mod asking;
pub mod counts;
pub mod dedupe;
pub mod extraction;
pub mod feeds;
pub mod feelings;
pub mod golden;
pub mod languages;
#[cfg(feature = "rust-bert")]
pub mod rows;
pub mod sentiment;
pub mod signals;
pub mod social;
pub mod topics;

mod confusion;
mod expectation;
mod gofeed;
mod matching;

/// The material could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file is missing or unreadable.
    #[error("{path}: {why}")]
    Data {
        /// Which file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The encoder failed.
    #[error(transparent)]
    Encoder(#[from] crate::classify::EncoderError),
}
