//! Delivery: where a rendered digest goes.
//!
//! [`outbox`] says what goes when, and keeps count; [`sender`] hands it over by [`mail`] or [`webhook`], which say
//! exactly how far they came when they could not.

pub mod folder;
pub mod mail;
pub mod outbox;
pub mod reports;
pub mod secret;
pub mod sender;
pub mod webhook;

use std::time::Duration;

use crate::store::StoreError;

/// Asked when the next byte may be acted on: whoever is told yes has kept that first, and whoever is not
/// says no more.
pub type Begin<'a> = &'a (dyn Fn() -> Result<(), Missed> + Sync);

/// Something was not delivered.
#[derive(Debug)]
pub enum Missed {
    /// The channel cannot be had now, by nobody: nothing was handed over.
    Unreached {
        /// Why.
        words: String,
        /// How long it asks us to stay away.
        wait: Option<Duration>,
    },
    /// This message was refused for now.
    Later(String),
    /// This message was refused for good.
    Never(String),
    /// It may have been taken.
    Unknown(String),
    /// Another process is at it.
    Taken,
    /// What is to be done could not be kept first, and so it was not done.
    Store(StoreError),
}

impl Missed {
    fn unreached(words: String) -> Self {
        Self::Unreached { words, wait: None }
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Unreached { words, .. }
            | Self::Later(words)
            | Self::Never(words)
            | Self::Unknown(words) => words.clone(),
            Self::Taken => "another process is at it".to_owned(),
            Self::Store(error) => error.to_string(),
        }
    }
}
