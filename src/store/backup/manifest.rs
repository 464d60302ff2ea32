//! The manifest of a backup: what it holds, and which of the files beside it belong to it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::parts::{DESK, ENDING, private_file};
use super::{BackupError, Wanted};
use crate::month::Month;
use crate::store::erase::Sealed;
use crate::store::{Counts, Filed};

/// The format this version writes.
pub(super) const FORMAT: u32 = 1;

const MANIFEST: &str = "manifest.json";

/// The scratch store in which parts are proven.
pub(super) const SCRATCH: &str = "scratch";

/// No manifest is larger: some hundred bytes a month, and some forty for what an erased post is known by.
const LARGEST_MANIFEST_BYTES: u64 = 256 << 20;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub(super) overheard_backup: u32,
    /// When it was made.
    pub at: Timestamp,
    /// Its parts: what stays, then the months.
    pub parts: Vec<Entry>,
    /// What was erased, and stays out wherever it is restored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
}

impl Manifest {
    /// How many months it holds.
    #[must_use]
    pub fn months(&self) -> usize {
        self.parts.iter().filter(|entry| entry.part != DESK).count()
    }
}

/// A part of a backup, as the manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// `desk`, or which month.
    pub part: String,
    /// Its file.
    pub file: String,
    /// The file's SHA-256, in hexadecimal.
    pub sha256: String,
    /// The file's size.
    pub bytes: u64,
    /// What it holds.
    pub counts: Counts,
    /// What the month was like when it was written; none for what stays.
    pub(super) state: Option<State>,
}

/// Two states of a month are the same while these are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) batches: u64,
    pub(super) anew: Option<Timestamp>,
}

impl State {
    pub(super) fn of(filed: &Filed) -> Self {
        Self { batches: filed.batches, anew: filed.anew.as_ref().map(|anew| anew.at) }
    }
}

/// Reads the manifest of a backup.
///
/// # Errors
/// [`BackupError`].
pub fn manifest(folder: &Path) -> Result<Manifest, BackupError> {
    let why = || match folder.try_exists() {
        Ok(false) => "there is no such folder".to_owned(),
        _ => format!("it holds no {MANIFEST}"),
    };
    look(folder)?
        .ok_or_else(|| BackupError::NotABackup { folder: folder.display().to_string(), why: why() })
}

/// The parts that are wanted of a backup.
pub(super) fn wanted_parts(folder: &Path, wanted: Wanted) -> Result<Vec<Entry>, BackupError> {
    let mut parts = manifest(folder)?.parts;
    if let Some(month) = wanted.month {
        let name = month.to_string();
        parts.retain(|entry| entry.part == name);
        if parts.is_empty() {
            let what = format!("it has no posts of {month}");
            return Err(BackupError::NotABackup {
                folder: folder.display().to_string(),
                why: what,
            });
        }
    }
    Ok(parts)
}

/// What a store keeps out, and what a backup did before, which may be of another store.
pub(super) fn with_those_of(mut sealed: Vec<Sealed>, before: Option<Vec<Sealed>>) -> Vec<Sealed> {
    for Sealed { key, seals } in before.unwrap_or_default() {
        match sealed.iter_mut().find(|known| known.key == key) {
            Some(known) => {
                known.seals.extend(seals);
                known.seals.sort_unstable();
                known.seals.dedup();
            }
            None => sealed.push(Sealed { key, seals }),
        }
    }
    sealed
}

/// The manifest of what is in a folder; none where it is empty or not there.
pub(super) fn look(folder: &Path) -> Result<Option<Manifest>, BackupError> {
    let shown = || folder.display().to_string();
    let failed = |source| BackupError::Io { folder: shown(), source };
    let unreadable = |why: String| BackupError::NoManifest {
        folder: shown(),
        what: format!("its {MANIFEST} is damaged ({why})"),
    };
    let mut text = String::new();
    match File::open(folder.join(MANIFEST)) {
        Ok(file) => {
            let read = file.take(LARGEST_MANIFEST_BYTES).read_to_string(&mut text);
            read.map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => unreadable("it is no text".to_owned()),
                _ => failed(error),
            })?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut entries = match fs::read_dir(folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(failed(error)),
            };
            // What a first backup left that was cut short.
            let foreign = entries.find_map(|entry| {
                let name = entry.ok()?.file_name();
                let is_ours = name.to_str().is_some_and(|name| is_part(name) || name == SCRATCH);
                (!is_ours).then_some(name)
            });
            return match foreign {
                None => Ok(None),
                Some(name) => {
                    let name = name.display();
                    let why =
                        format!("it holds {name} and no {MANIFEST}; name an empty or a new folder");
                    Err(BackupError::NotABackup { folder: shown(), why })
                }
            };
        }
        Err(error) => return Err(failed(error)),
    }
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    if manifest.overheard_backup != FORMAT {
        let (format, known) = (manifest.overheard_backup, FORMAT);
        let why =
            format!("its format is {format} and this version knows {known}; use a later version");
        return Err(BackupError::NotABackup { folder: shown(), why });
    }
    // A manifest is a stranger's file: it names files beside it, and none elsewhere.
    match manifest.parts.iter().find(|entry| !is_part(&entry.file)) {
        Some(entry) => Err(unreadable(format!("{:?} is no part's name", entry.file))),
        None => Ok(Some(manifest)),
    }
}

/// Puts the manifest in the place of that of before, and deletes the parts that nobody names any more.
pub(super) fn replace(folder: &Path, manifest: &Manifest) -> io::Result<()> {
    let fresh = folder.join("manifest.new");
    let mut file = private_file(&fresh)?;
    serde_json::to_writer_pretty(&mut file, manifest)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(MANIFEST))?;
    File::open(folder)?.sync_all()?;
    let named: BTreeSet<&str> = manifest.parts.iter().map(|entry| entry.file.as_str()).collect();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| is_part(name) && !named.contains(name)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn is_part(name: &str) -> bool {
    let stem = name.strip_suffix(ENDING).and_then(|stem| stem.rsplit_once('-'));
    stem.is_some_and(|(part, digits)| {
        let is_known = part == DESK || part.parse::<Month>().is_ok();
        is_known && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}
