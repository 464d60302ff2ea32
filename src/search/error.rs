//! What can go wrong with an index, and what to do then. Nothing is ever lost: it holds nothing that the
//! store does not.

use std::io;
use std::path::Path;

use tantivy::TantivyError;
use tantivy::directory::error::{OpenReadError, OpenWriteError};

use crate::store::StoreError;

/// The index could not do it.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// There is none, or none that this version reads.
    #[error("there is no index in {folder} yet; `overheard reindex` makes it")]
    Missing {
        /// Where it should be.
        folder: String,
    },
    /// Another process is writing it.
    #[error("the index {folder} is being written by another process{}; wait for it to end, or stop it",
        holder.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    Locked {
        /// Which folder.
        folder: String,
        /// Who holds it, where that can be told.
        holder: Option<u32>,
    },
    /// What is on the disk is not what was written.
    #[error(
        "the index {folder} is damaged ({what}); `overheard reindex` builds it anew from the store: \
         nothing is lost"
    )]
    Damaged {
        /// Which folder.
        folder: String,
        /// What is wrong.
        what: String,
    },
    /// The disk is full.
    #[error(
        "no space left for the index {folder}; free some and run again: it goes on where it was"
    )]
    Full {
        /// Which folder.
        folder: String,
    },
    /// Reading or writing failed.
    #[error("the index {folder}: {what}")]
    Io {
        /// Which folder.
        folder: String,
        /// What the system said.
        what: String,
    },
    /// The store could not say what is in it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WordsError {
    /// What the system said about the index in `folder`.
    pub(super) fn of_io(folder: &Path, error: &io::Error) -> Self {
        let folder = folder.display().to_string();
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full { folder },
            io::ErrorKind::NotFound
            | io::ErrorKind::InvalidData
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::Other => Self::Damaged { folder, what: in_a_line(&error.to_string()) },
            _ => Self::Io { folder, what: error.to_string() },
        }
    }

    /// What tantivy said about it.
    pub(super) fn of(folder: &Path, error: &TantivyError) -> Self {
        match error {
            TantivyError::IoError(error)
            | TantivyError::OpenReadError(OpenReadError::IoError { io_error: error, .. })
            | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: error, .. }) => {
                Self::of_io(folder, error)
            }
            // Of a thread that gave up we know no more: the files say whether they are whole.
            TantivyError::ErrorInThread(what) | TantivyError::SystemError(what) => {
                Self::Io { folder: folder.display().to_string(), what: in_a_line(what) }
            }
            error => Self::damaged(folder, &error.to_string()),
        }
    }

    /// It is damaged.
    pub(super) fn damaged(folder: &Path, what: &str) -> Self {
        Self::Damaged { folder: folder.display().to_string(), what: in_a_line(what) }
    }
}

fn in_a_line(what: &str) -> String {
    const SHOWN_CHARS: usize = 200;
    let line = what.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(SHOWN_CHARS).collect()
}
