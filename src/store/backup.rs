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

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::erase::Sealed;
use super::export::{self, ExportError, Part, Selection, TakenIn};
use super::{Counts, Damaged, Filed, SledStore, Store, StoreError};
use crate::month::Month;

/// The format this version writes.
const FORMAT: u32 = 1;

const MANIFEST: &str = "manifest.json";
const SCRATCH: &str = "scratch";
const DESK: &str = "desk";
const ENDING: &str = ".jsonl.zst";

/// Bytes of a part's SHA-256 in its name.
const NAME_BYTES: usize = 6;

/// No manifest is larger: some hundred bytes a month, and some forty for what an erased post is known by.
const LARGEST_MANIFEST_BYTES: u64 = 256 << 20;

/// How often a month is written that is written anew meanwhile.
const TRIES: u32 = 3;

/// zstd's own default.
const LEVEL: i32 = 3;

/// A backup that could not be made, or is none.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder failed.
    #[error("the backup {folder}: {source}")]
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
        "the backup {folder} is damaged: {what}; use another, or leave that part out with --month"
    )]
    Damaged {
        /// Which folder.
        folder: String,
        /// Which part, and what is wrong with it.
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

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    overheard_backup: u32,
    /// When it was made.
    pub at: Timestamp,
    /// Its parts: what stays, then the months.
    pub parts: Vec<Kept>,
    /// What was erased, and stays out wherever it is restored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<Sealed>,
}

/// A part of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
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
    state: Option<State>,
}

/// Two states of a month are the same while these are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    batches: u64,
    anew: Option<Timestamp>,
}

impl State {
    fn of(filed: &Filed) -> Self {
        Self { batches: filed.batches, anew: filed.anew.as_ref().map(|anew| anew.at) }
    }
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Made {
    /// What it holds.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// Parts that were written; the others stood as they are.
    pub written: usize,
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
    let mut fresh: Vec<Kept> = Vec::new();
    let mut parts = vec![write_part(store, folder, Part::Desk, None)?];
    let months = store.months()?;
    // Of a month that is damaged, what was written of it while it was whole is all there is.
    for Damaged { month, .. } in store.damaged()? {
        let name = month.to_string();
        parts.extend(old.iter().filter(|kept| kept.part == name).cloned());
    }
    for (place, filed) in months.iter().enumerate() {
        watch(months.len() - place);
        let (name, state) = (filed.month.to_string(), State::of(filed));
        let stands = |kept: &&Kept| kept.part == name && kept.state.as_ref() == Some(&state);
        if let Some(kept) = old.iter().find(stands).filter(|kept| is_whole(folder, kept)) {
            parts.push(kept.clone());
            continue;
        }
        if let Some(kept) = write_month(store, folder, filed)? {
            fresh.push(kept.clone());
            parts.push(kept);
        }
    }
    watch(0);
    fresh.push(parts[0].clone());
    prove(folder, &fresh)?;
    let sealed = with_those_of(store.sealed()?, before.map(|manifest| manifest.sealed));
    let manifest = Manifest { overheard_backup: FORMAT, at, parts, sealed };
    replace(folder, &manifest).map_err(failed)?;
    Ok(Made { manifest, written: fresh.len() })
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

/// What a store keeps out, and what a backup did before, which may be of another store.
fn with_those_of(mut sealed: Vec<Sealed>, before: Option<Vec<Sealed>>) -> Vec<Sealed> {
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

/// Reads the manifest of a backup.
///
/// # Errors
/// [`BackupError`].
pub fn manifest(folder: &Path) -> Result<Manifest, BackupError> {
    let why = format!("it holds no {MANIFEST}");
    look(folder)?
        .ok_or_else(|| BackupError::NotABackup { folder: folder.display().to_string(), why })
}

/// Reads the parts that are wanted through, without keeping anything, and counts them.
///
/// # Errors
/// [`BackupError::Damaged`] names the part.
pub fn check(folder: &Path, wanted: Wanted) -> Result<Counts, BackupError> {
    let mut counts = Counts::default();
    for kept in wanted_parts(folder, wanted)? {
        check_part(folder, &kept)?;
        counts = sum(counts, kept.counts);
    }
    Ok(counts)
}

/// Keeps what is wanted of a backup in a store; what is there already is not doubled. Tells `watch` of
/// each part how many are left.
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
    for (place, kept) in parts.iter().rev().enumerate() {
        watch(parts.len() - place);
        let selection = Selection { until: wanted.until };
        let of_part = read_part(folder, kept, |input| export::take_in(store, input, selection))?;
        taken = taken.and(of_part);
    }
    watch(0);
    Ok(taken)
}

fn wanted_parts(folder: &Path, wanted: Wanted) -> Result<Vec<Kept>, BackupError> {
    let mut parts = manifest(folder)?.parts;
    if let Some(month) = wanted.month {
        let name = month.to_string();
        parts.retain(|kept| kept.part == name);
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

/// The manifest of what is in a folder; none where it is empty or not there.
fn look(folder: &Path) -> Result<Option<Manifest>, BackupError> {
    let shown = || folder.display().to_string();
    let failed = |source| BackupError::Io { folder: shown(), source };
    let mut text = String::new();
    match File::open(folder.join(MANIFEST)) {
        Ok(file) => {
            file.take(LARGEST_MANIFEST_BYTES).read_to_string(&mut text).map_err(failed)?;
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
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| BackupError::Damaged {
        folder: shown(),
        what: format!("{MANIFEST}: {error}"),
    })?;
    if manifest.overheard_backup != FORMAT {
        let (format, known) = (manifest.overheard_backup, FORMAT);
        let why =
            format!("its format is {format} and this version knows {known}; use a later version");
        return Err(BackupError::NotABackup { folder: shown(), why });
    }
    // A manifest is a stranger's file: it names files beside it, and none elsewhere.
    match manifest.parts.iter().find(|kept| !is_part(&kept.file)) {
        Some(kept) => {
            let what = format!("{MANIFEST}: {:?} is no part's name", kept.file);
            Err(BackupError::Damaged { folder: shown(), what })
        }
        None => Ok(Some(manifest)),
    }
}

fn is_part(name: &str) -> bool {
    let stem = name.strip_suffix(ENDING).and_then(|stem| stem.rsplit_once('-'));
    stem.is_some_and(|(part, digits)| {
        let is_known = part == DESK || part.parse::<Month>().is_ok();
        is_known && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Writes a month as it stands, though it be written anew meanwhile; none where it is gone by then.
fn write_month(
    store: &dyn Store,
    folder: &Path,
    filed: &Filed,
) -> Result<Option<Kept>, BackupError> {
    let mut state = State::of(filed);
    for _ in 0..TRIES {
        let kept = write_part(store, folder, Part::Month(filed.month), Some(state.clone()))?;
        // A walk through a month that gives way to another may miss some of it.
        let now = store.months()?.into_iter().find(|now| now.month == filed.month);
        let Some(now) = now else { return Ok(None) };
        if state.anew == now.anew.as_ref().map(|anew| anew.at) {
            return Ok(Some(kept));
        }
        state = State::of(&now);
    }
    let why = format!("{} is written anew again and again; try again later", filed.month);
    let source = io::Error::other(why);
    Err(BackupError::Io { folder: folder.display().to_string(), source })
}

fn write_part(
    store: &dyn Store,
    folder: &Path,
    part: Part,
    state: Option<State>,
) -> Result<Kept, BackupError> {
    let failed = |source| BackupError::Io { folder: folder.display().to_string(), source };
    let name = match part {
        Part::Desk => DESK.to_owned(),
        Part::Month(month) => month.to_string(),
    };
    let fresh = folder.join(format!("{name}-fresh{ENDING}"));
    let file = BufWriter::new(private_file(&fresh).map_err(failed)?);
    let mut packer = zstd::Encoder::new(file, LEVEL).map_err(failed)?;
    let counts = export::export_part(store, part, &mut packer).map_err(|error| match error {
        ExportError::Store(error) => BackupError::Store(error),
        ExportError::Io(error) => failed(error),
        error @ ExportError::Damaged { .. } => failed(io::Error::other(error)),
    })?;
    let file = packer.finish().and_then(|file| Ok(file.into_inner()?)).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let sha256 = digest(&fresh).map_err(failed)?;
    let file = format!("{name}-{}{ENDING}", &sha256[..2 * NAME_BYTES]);
    fs::rename(&fresh, folder.join(&file)).map_err(failed)?;
    Ok(Kept { part: name, file, sha256, bytes, counts, state })
}

/// Restores parts into a scratch store, looks it over and counts it.
fn prove(folder: &Path, parts: &[Kept]) -> Result<(), BackupError> {
    let failed = |source| BackupError::Io { folder: folder.display().to_string(), source };
    let scratch = folder.join(SCRATCH);
    if scratch.exists() {
        fs::remove_dir_all(&scratch).map_err(failed)?;
    }
    {
        let store = SledStore::open(&scratch)?;
        let mut promised = Counts::default();
        for kept in parts {
            read_part(folder, kept, |input| export::import(&store, input))?;
            promised = sum(promised, kept.counts);
        }
        let damaged = |what| BackupError::Damaged { folder: folder.display().to_string(), what };
        if let Some(problem) = store.verify()?.first() {
            return Err(damaged(format!("restored on trial it is not whole: {problem}")));
        }
        let found = store.counts()?;
        if found != promised {
            let what = format!("restored on trial it holds {found:?} instead of {promised:?}");
            return Err(damaged(what));
        }
        store.close()?;
    }
    fs::remove_dir_all(&scratch).map_err(failed)
}

fn check_part(folder: &Path, kept: &Kept) -> Result<(), BackupError> {
    let damaged = |what: String| BackupError::Damaged {
        folder: folder.display().to_string(),
        what: format!("{}: {what}", kept.file),
    };
    let sha256 = digest(&folder.join(&kept.file)).map_err(|error| damaged(error.to_string()))?;
    if sha256 != kept.sha256 {
        return Err(damaged("it is not what was written".to_owned()));
    }
    let counts = read_part(folder, kept, export::check)?;
    if counts == kept.counts {
        Ok(())
    } else {
        Err(damaged(format!("it holds {counts:?}, and {:?} were written", kept.counts)))
    }
}

fn is_whole(folder: &Path, kept: &Kept) -> bool {
    digest(&folder.join(&kept.file)).is_ok_and(|sha256| sha256 == kept.sha256)
}

fn read_part<T>(
    folder: &Path,
    kept: &Kept,
    read: impl FnOnce(&mut dyn io::BufRead) -> Result<T, ExportError>,
) -> Result<T, BackupError> {
    let damaged = |what: String| BackupError::Damaged {
        folder: folder.display().to_string(),
        what: format!("{}: {what}", kept.file),
    };
    let file = File::open(folder.join(&kept.file)).map_err(|error| damaged(error.to_string()))?;
    let unpacker = zstd::Decoder::new(file).map_err(|error| damaged(error.to_string()))?;
    read(&mut BufReader::new(unpacker)).map_err(|error| match error {
        ExportError::Store(error) => BackupError::Store(error),
        ExportError::Io(error) => damaged(error.to_string()),
        ExportError::Damaged { line, why } => damaged(format!("line {line}: {why}")),
    })
}

/// Puts the manifest in the place of that of before, and deletes the parts that nobody names any more.
fn replace(folder: &Path, manifest: &Manifest) -> io::Result<()> {
    let fresh = folder.join("manifest.new");
    let mut file = private_file(&fresh)?;
    serde_json::to_writer_pretty(&mut file, manifest)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(MANIFEST))?;
    File::open(folder)?.sync_all()?;
    let named: BTreeSet<&str> = manifest.parts.iter().map(|kept| kept.file.as_str()).collect();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| is_part(name) && !named.contains(name)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn sum(a: Counts, b: Counts) -> Counts {
    Counts {
        posts: a.posts + b.posts,
        verdicts: a.verdicts + b.verdicts,
        sources: a.sources + b.sources,
        digests: a.digests + b.digests,
    }
}

fn digest(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut file = File::open(path)?;
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut bytes)?;
        if read == 0 {
            break;
        }
        hash.update(&bytes[..read]);
    }
    Ok(hash.finalize().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")))
}

/// What a market said to a company is nobody else's business on a shared machine.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file(path: &Path) -> io::Result<File> {
    // What an earlier backup left has the rights it was given.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
