//! What goes wrong in the database, and what the store calls it.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::table::Table;
use crate::month::Month;
use crate::store::codec::CodecError;
use crate::store::{Holder, StoreError};

/// What is said of files that sled cannot make sense of.
const UNREADABLE: &str = "its database file is not as it was written";

/// What went wrong, before the folder's name is put to it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{}", in_words(.0))]
    Sled(#[from] ::sled::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Damaged(String),
    #[error("{0}")]
    Unfit(CodecError),
    #[error("month {month}: {fault}")]
    Within { month: Month, fault: Box<Fault> },
    /// There is no room for the bytes that were to be written, and none of them was.
    #[error("{error}")]
    NoRoom { bytes: usize, error: io::Error },
    /// A draft may or may not have become durable: nothing more may be written through this engine.
    #[error("{0}")]
    Uncommitted(Box<Fault>),
}

impl Fault {
    /// Damage in a row of `table`.
    pub(super) fn damaged(table: Table, what: impl std::fmt::Display) -> Self {
        Self::Damaged(format!("{}: {what}", table.name()))
    }

    /// What a panic left behind: sled panics where its files are damaged, in words that help nobody.
    pub(super) fn of_panic(panic: &str) -> Self {
        tracing::debug!(%panic, "the database broke off");
        Self::Damaged(UNREADABLE.to_owned())
    }

    /// Whether sled's file is held by another handle.
    pub(super) fn is_locked(&self) -> bool {
        // sled has no variant for it.
        matches!(self, Self::Sled(::sled::Error::Io(error))
            if error.to_string().starts_with("could not acquire lock"))
    }

    /// Whether what is on the disk is not what was written.
    pub(super) fn is_damage(&self) -> bool {
        use ::sled::Error;

        match self {
            Self::Damaged(_)
            | Self::Sled(
                Error::Corruption { .. }
                | Error::ReportableBug(_)
                | Error::CollectionNotFound(_)
                // The folder's format was read before: what sled does not know is none of a later one.
                | Error::Unsupported(_),
            ) => true,
            Self::Sled(Error::Io(error)) => matches!(
                error.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::NotFound
            ),
            Self::Uncommitted(fault) | Self::Within { fault, .. } => fault.is_damage(),
            _ => false,
        }
    }

    /// Whether nothing more may be written through the engine that had it.
    pub(super) fn is_uncommitted(&self) -> bool {
        match self {
            Self::Uncommitted(_) => true,
            // A damaged month is written no more, and the others may be.
            Self::Within { fault, .. } => fault.is_uncommitted() && !fault.is_damage(),
            _ => false,
        }
    }

    /// The bytes for which there was no room; none where that is not what went wrong.
    pub(super) fn no_room(&self) -> Option<usize> {
        match self {
            Self::NoRoom { bytes, .. } => Some(*bytes),
            Self::Within { fault, .. } => fault.no_room(),
            _ => None,
        }
    }

    /// The error of the store in `folder`.
    pub(super) fn named(self, folder: &Path) -> StoreError {
        let shown = folder.display().to_string();
        match self {
            fault if fault.is_locked() => {
                let (pid, command) = (std::process::id(), String::new());
                StoreError::Locked {
                    folder: shown,
                    holder: Some(Holder { pid, command, since: None }),
                }
            }
            Self::Sled(::sled::Error::Io(error)) | Self::Io(error) | Self::NoRoom { error, .. } => {
                StoreError::of_io(folder, error)
            }
            Self::Sled(error @ ::sled::Error::Unsupported(_)) => {
                StoreError::NotAStore { folder: shown, why: in_words(&error) }
            }
            Self::Sled(error) => {
                StoreError::Damaged { folder: shown, month: None, what: in_words(&error) }
            }
            Self::Damaged(what) => StoreError::Damaged { folder: shown, month: None, what },
            Self::Unfit(error) => StoreError::of_io(folder, io::Error::other(error)),
            Self::Uncommitted(fault) => fault.named(folder),
            Self::Within { month, fault } if fault.is_damage() => {
                let what = fault.to_string();
                StoreError::Damaged { folder: shown, month: Some(month), what }
            }
            Self::Within { month, fault } => match fault.named(folder) {
                StoreError::Damaged { folder, what, .. } => {
                    StoreError::Damaged { folder, month: Some(month), what }
                }
                other => other,
            },
        }
    }
}

/// What sled says, in words of ours: its own are about its insides.
fn in_words(error: &::sled::Error) -> String {
    use ::sled::Error;

    tracing::debug!(%error, "the database says");
    match error {
        Error::Io(error) => error.to_string(),
        Error::CollectionNotFound(_) => "a part of its database is missing".to_owned(),
        Error::Unsupported(_) => {
            "its database was made by another program, or its settings are not ours".to_owned()
        }
        Error::Corruption { .. } | Error::ReportableBug(_) => UNREADABLE.to_owned(),
    }
}
