//! Evaluations: how well a part does on real material that others gathered.

pub mod feeds;

mod expectation;
mod gofeed;
mod matching;
//! How good we are, measured on material that others made. Nothing here runs in the service.

pub mod extraction;
//! Evaluations: how well a part does on real material that lies beside the project.

pub mod social;
//! Measurements on real material that lies beside the project, each by one command.

pub mod sentiment;
pub mod topics;
pub mod tweets;

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
