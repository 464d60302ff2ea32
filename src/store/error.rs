//! What can go wrong with a store, in words that say what to do.

use std::path::Path;

use super::{Damaged, Holder, rights};
use crate::month::Month;

/// The store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error("the store {folder} is in use by {}; wait for it to end, or stop it",
        holder.as_ref().map_or_else(|| "another process".to_owned(), ToString::to_string))]
    Locked {
        /// Which folder.
        folder: String,
        /// Who holds it, where that can be told.
        holder: Option<Holder>,
    },
    /// The process that has it open could not be asked, or broke off.
    #[error("the store {folder} is held by another process, which {why}")]
    Service {
        /// Which folder.
        folder: String,
        /// What went wrong between us, and what to do.
        why: String,
    },
    /// What is on the disk is not what was written.
    #[error("the store {folder} is damaged: {}", damage_in_words(*month, what))]
    Damaged {
        /// Which folder.
        folder: String,
        /// Which month of it, where it is one.
        month: Option<Month>,
        /// What is wrong.
        what: String,
    },
    /// It was written by a later version, or is not a store.
    #[error("{folder} is not a store this version can open: {why}")]
    NotAStore {
        /// Which folder.
        folder: String,
        /// Why.
        why: String,
    },
    /// The disk is full.
    #[error(
        "no space left for the store {folder}; free some and run again: nothing acknowledged was lost"
    )]
    Full {
        /// Which folder.
        folder: String,
    },
    /// Reading or writing failed.
    #[error("the store {folder}: {}", rights::in_words(Path::new(folder), source))]
    Io {
        /// Which folder.
        folder: String,
        /// What the system said.
        source: std::io::Error,
    },
}

fn damage_in_words(month: Option<Month>, what: &str) -> String {
    match month {
        Some(month) => Damaged { month, what: what.to_owned() }.to_string(),
        None => format!(
            "{what}; restore it with `overheard restore BACKUP --data NEW`, or move the folder away to start anew"
        ),
    }
}
