//! Backups: a folder with one compressed export for each month and one for what stays, and a manifest
//! that says what they hold. A month that nothing was written to since the last time is not written again.
//!
//! ```text
//! manifest.json                      every part, with its SHA-256 and its counts; replaced last
//! 2026-11-1f0c9a3b77d2.jsonl.zst     a month, named by its content
//! desk-88a1…                         what stays
//! ```
//!
//! The desk is written first: what a digest tells, or a validator vouches for, was kept before, and so is
//! in the months that follow. A part counts as good when it was restored into a scratch store, looked
//! over and counted there.

mod manifest;
mod parts;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

pub use self::manifest::{Entry, Manifest, manifest};
use self::manifest::{FORMAT, State, look, replace, wanted_parts, with_those_of};
use self::parts::{DESK, check_part, is_whole, prove, read_part, write_month, write_part};
use super::erase::Sealed;
use super::export::{self, Part, Selection, TakenIn};
use super::{Counts, Damaged, Store, StoreError, rights};
use crate::month::Month;

/// A backup that could not be made, or is none.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder failed.
    #[error("the backup {folder}: {}", rights::in_words(Path::new(folder), source))]
    Io {
        /// Which folder.
        folder: String,
        /// What the system said.
        source: io::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is there is not what was written.
    #[error(
        "the backup {folder} is damaged: {what}; use another, or restore the months that are whole one by one \
         with --month"
    )]
    Damaged {
        /// Which folder.
        folder: String,
        /// Which part, and what is wrong with it.
        what: String,
    },
    /// What says what it holds cannot be read.
    #[error(
        "the backup {folder} cannot be restored: {what}. Without it nobody knows which of its files belong \
         together: use another backup, and name a new folder for the next one"
    )]
    NoManifest {
        /// Which folder.
        folder: String,
        /// What is wrong with it.
        what: String,
    },
    /// It is none of ours.
    #[error("{folder} is no backup: {why}")]
    NotABackup {
        /// Which folder.
        folder: String,
        /// Why.
        why: String,
    },
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Made {
    /// What it holds.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// Parts that were written; the others stood as they are.
    pub written: usize,
    /// Of these, the months whose part was not as it had been written, and is mended.
    pub mended: Vec<String>,
    /// Damaged months whose part is damaged, too: what they held is in no good place here.
    pub broken: Vec<String>,
}

/// What is wanted of a backup.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Only the posts of this month.
    pub month: Option<Month>,
    /// Only what was heard before.
    pub until: Option<Timestamp>,
}

/// Brings the backup in `folder` up to date, and tells `watch` of each part how many are left. It is good
/// when this has returned `Ok`; until then that of before stands.
///
/// # Errors
/// [`BackupError`].
pub fn back_up(
    store: &dyn Store,
    folder: &Path,
    at: Timestamp,
    watch: &dyn Fn(usize),
) -> Result<Made, BackupError> {
    let failed = |source| BackupError::Io { folder: folder.display().to_string(), source };
    let before = look(folder)?;
    make_private(folder).map_err(failed)?;
    let _alone = alone(folder).map_err(failed)?;
    let old = before.as_ref().map(|manifest| manifest.parts.as_slice()).unwrap_or_default();
    let mut fresh: Vec<Entry> = Vec::new();
    let mut parts = vec![write_part(store, folder, Part::Desk, None)?];
    let months = store.months()?;
    // Of a month that is damaged, what was written of it while it was whole is all there is.
    let mut broken = Vec::new();
    for Damaged { month, .. } in store.damaged()? {
        let name = month.to_string();
        for entry in old.iter().filter(|entry| entry.part == name) {
            if !is_whole(folder, entry) {
                broken.push(name.clone());
            }
            parts.push(entry.clone());
        }
    }
    let mut mended = Vec::new();
    for (place, filed) in months.iter().enumerate() {
        watch(months.len() - place);
        let (name, state) = (filed.month.to_string(), State::of(filed));
        let stands = |entry: &&Entry| entry.part == name && entry.state.as_ref() == Some(&state);
        if let Some(entry) = old.iter().find(stands) {
            if is_whole(folder, entry) {
                parts.push(entry.clone());
                continue;
            }
            mended.push(name);
        }
        if let Some(entry) = write_month(store, folder, filed)? {
            fresh.push(entry.clone());
            parts.push(entry);
        }
    }
    watch(0);
    fresh.push(parts[0].clone());
    prove(folder, &fresh)?;
    let sealed = with_those_of(store.sealed()?, before.map(|manifest| manifest.sealed));
    let manifest = Manifest { overheard_backup: FORMAT, at, parts, sealed };
    replace(folder, &manifest).map_err(failed)?;
    Ok(Made { manifest, written: fresh.len(), mended, broken })
}

/// Notes in a backup what was erased since, so that it does not come back from there. The words are in its
/// parts still, until it is brought up to date.
///
/// # Errors
/// [`BackupError`].
pub fn keep_out(folder: &Path, sealed: Vec<Sealed>) -> Result<(), BackupError> {
    let failed = |source| BackupError::Io { folder: folder.display().to_string(), source };
    let _alone = alone(folder).map_err(failed)?;
    let before = manifest(folder)?;
    let sealed = with_those_of(sealed, Some(before.sealed));
    replace(folder, &Manifest { sealed, ..before }).map_err(failed)
}

/// Keeps others from writing into a backup while this lives.
fn alone(folder: &Path) -> io::Result<File> {
    let held = File::open(folder)?;
    match held.try_lock() {
        Ok(()) => Ok(held),
        Err(TryLockError::WouldBlock) => {
            Err(io::Error::other("another backup is being written there; wait for it to end"))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Reads the parts that are wanted through, without keeping anything, and counts them.
///
/// # Errors
/// [`BackupError::Damaged`] names the part.
pub fn check(folder: &Path, wanted: Wanted) -> Result<Counts, BackupError> {
    let mut counts = Counts::default();
    for entry in wanted_parts(folder, wanted)? {
        check_part(folder, &entry)?;
        counts = sum(counts, entry.counts);
    }
    Ok(counts)
}

/// Keeps what is wanted of a backup in a store; what is there already is not doubled. Tells `watch` of
/// each month how many are left.
///
/// # Errors
/// [`BackupError`]; the parts are read through first, so that a damaged one changes nothing.
pub fn restore(
    folder: &Path,
    store: &dyn Store,
    wanted: Wanted,
    watch: &dyn Fn(usize),
) -> Result<TakenIn, BackupError> {
    check(folder, wanted)?;
    // Before the first post: what was erased since it was kept stays out.
    store.keep_out(&manifest(folder)?.sealed)?;
    let mut taken = TakenIn::default();
    let parts = wanted_parts(folder, wanted)?;
    // The months first: what stays speaks of their posts.
    let months = parts.iter().filter(|entry| entry.part != DESK).count();
    for (place, entry) in parts.iter().rev().enumerate() {
        if place < months {
            watch(months - place);
        }
        let selection = Selection { until: wanted.until };
        let of_part = read_part(folder, entry, |input| export::take_in(store, input, selection))?;
        taken = taken.and(of_part);
    }
    watch(0);
    Ok(taken)
}

fn sum(a: Counts, b: Counts) -> Counts {
    Counts {
        posts: a.posts + b.posts,
        verdicts: a.verdicts + b.verdicts,
        sources: a.sources + b.sources,
        digests: a.digests + b.digests,
    }
}

/// What a market said to a company is nobody else's business on a shared machine.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
