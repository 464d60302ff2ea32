//! The store's folder: whose it is, in which format, and who has it open.
//!
//! ```text
//! FORMAT            "overheard store 3": the layout of everything else
//! lock              held while the store is open; says whose pid and which command opened it last
//! socket            by which other processes of ours reach whoever holds it for long (see `remote`)
//! desk/             what stays: sources, hosts, the ledger, labels
//!   sled/           its database
//!   acknowledged    how many batches were acknowledged
//! months/2026-11/   the posts that arrived in a month (UTC), their verdicts and embeddings
//!   sled/
//!   acknowledged
//!   ids             which posts it may hold; made anew where it is missing
//!   closed          what is counted in it, while it is closed; made anew where it is missing
//! anew-desk/, dropped-desk/, months/anew-…, months/dropped-…  while one is written anew
//! put-aside/        what was left of months that were restored from a backup: yours to delete
//! ```
//!
//! A format before ours is brought up to date one step at a time when the store is opened: format 1 had
//! everything in one database, `sled/`. A format after ours is refused, and so is a folder that is not
//! ours: nothing is written into either.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreError;

/// The layout this version writes.
const FORMAT: u32 = 3;

const FORMAT_FILE: &str = "FORMAT";
const NEW_FORMAT_FILE: &str = "FORMAT.new";
const FORMAT_WORDS: &str = "overheard store ";
const LOCK_FILE: &str = "lock";
const ROOM_FILE: &str = "room";

/// What there must be room for before writing is tried again: some segments of sled's, and a batch.
const ROOM_BYTES: usize = 8 << 20;

/// Of the command that holds a store, so much is said.
const COMMAND_CHARS: usize = 120;

/// The command whose arguments are told nobody.
const ERASE: &str = "erase";

/// No lock file of ours is longer.
const LOCK_FILE_BYTES: u64 = 1_000;
const DESK_FOLDER: &str = "desk";
const MONTHS_FOLDER: &str = "months";
const ASIDE_FOLDER: &str = "put-aside";

/// The database of format 1, and its count beside it.
const WHOLE_FOLDER: &str = "sled";
const WHOLE_COUNT: &str = "acknowledged";

/// Who holds a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// What it was called with; empty where that is not known.
    pub command: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl Holder {
    /// Whether it was started as the service.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.command.split(' ').any(|word| word == "serve")
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, command, since } = self;
        if command.is_empty() {
            write!(f, "another process (pid {pid}")?;
        } else {
            write!(f, "`{command}` (pid {pid}")?;
        }
        if let Some(since) = since {
            write!(f, ", since {}", since.strftime("%Y-%m-%d %H:%M UTC"))?;
        }
        f.write_str(")")
    }
}

/// A folder that is a store in our format, and ours alone while this lives.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder, making it if there is none.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::NotAStore`], [`StoreError::Full`] or [`StoreError::Io`].
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let failed = |error| StoreError::of_io(path, error);
        // Looked at before anything is written, the lock included.
        let found = look(path)?;
        if found == Found::Nothing {
            make_private(path).map_err(failed)?;
        }
        let lock = lock(path)?;
        // Somebody may have been faster.
        if look(path)? == Found::Nothing {
            write_format(path, FORMAT).map_err(failed)?;
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where what stays is.
    pub(super) fn desk(&self) -> PathBuf {
        self.path.join(DESK_FOLDER)
    }

    /// Where the months are.
    pub(super) fn months(&self) -> PathBuf {
        self.path.join(MONTHS_FOLDER)
    }

    /// Where months are put that are damaged.
    pub(super) fn aside(&self) -> PathBuf {
        self.path.join(ASIDE_FOLDER)
    }

    /// Where format 1 had everything.
    pub(super) fn whole(&self) -> PathBuf {
        self.path.join(WHOLE_FOLDER)
    }

    /// Where format 1 counted its batches.
    pub(super) fn whole_acknowledged(&self) -> PathBuf {
        self.path.join(WHOLE_COUNT)
    }

    /// The format of what is in it.
    pub(super) fn format(&self) -> io::Result<u32> {
        let words = fs::read_to_string(self.path.join(FORMAT_FILE))?;
        read_format(&words).ok_or_else(|| io::Error::other("it does not name a format"))
    }

    /// Says that all of it is of this format now.
    pub(super) fn set_format(&self, format: u32) -> io::Result<()> {
        write_format(&self.path, format)
    }

    /// Whether there is room for what is written next.
    pub(super) fn find_room(&self) -> io::Result<()> {
        let path = self.path.join(ROOM_FILE);
        let tried = File::create(&path).and_then(|mut file| {
            file.write_all(&vec![0; ROOM_BYTES]).and_then(|()| file.sync_all())
        });
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => tried.and(Err(error)),
            _ => tried,
        }
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl StoreError {
    /// What the system said about the store at `folder`.
    pub(super) fn of_io(folder: &Path, source: io::Error) -> Self {
        let folder = folder.display().to_string();
        match source.kind() {
            // FileTooLarge is what a limit on file sizes says: to the user it is the same.
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full { folder },
            _ => Self::Io { folder, source },
        }
    }

    fn not_a_store(folder: &Path, why: String) -> Self {
        Self::NotAStore { folder: folder.display().to_string(), why }
    }
}

#[derive(PartialEq, Eq)]
enum Found {
    Nothing,
    Ours,
}

fn look(path: &Path) -> Result<Found, StoreError> {
    let failed = |error| StoreError::of_io(path, error);
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(StoreError::not_a_store(path, "it is a file, not a folder".to_owned()));
        }
        Err(error) => return Err(failed(error)),
    };
    let mut foreign = None;
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        if name == FORMAT_FILE {
            return check_format(path);
        }
        // Left by an opening that was cut short.
        if name != LOCK_FILE && name != NEW_FORMAT_FILE {
            foreign = Some(name);
        }
    }
    match foreign {
        None => Ok(Found::Nothing),
        Some(name) => Err(StoreError::not_a_store(
            path,
            format!(
                "it holds {} but no {FORMAT_FILE}; name an empty or a new folder",
                name.display()
            ),
        )),
    }
}

fn check_format(path: &Path) -> Result<Found, StoreError> {
    let mut words = String::new();
    File::open(path.join(FORMAT_FILE))
        .and_then(|file| file.take(1_000).read_to_string(&mut words))
        .map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => unreadable(path),
            _ => StoreError::of_io(path, error),
        })?;
    let format = read_format(&words).ok_or_else(|| unreadable(path))?;
    if (1..=FORMAT).contains(&format) {
        return Ok(Found::Ours);
    }
    let why =
        format!("its format is {format} and this version knows {FORMAT}; use a later version");
    Err(StoreError::not_a_store(path, why))
}

fn read_format(words: &str) -> Option<u32> {
    words.trim_end().strip_prefix(FORMAT_WORDS)?.parse().ok()
}

fn unreadable(path: &Path) -> StoreError {
    StoreError::not_a_store(path, format!("its {FORMAT_FILE} file does not name a format"))
}

/// What a market said to a company is nobody else's business on a shared machine.
fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let failed = |error| StoreError::of_io(path, error);
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path.join(LOCK_FILE))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let folder = path.display().to_string();
            return Err(StoreError::Locked { folder, holder: holder(file) });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    let said = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}\n{}", std::process::id(), our_command()));
    match said.map_err(failed) {
        // Who holds it goes unsaid then: no reason not to read what is there.
        Err(StoreError::Full { .. }) | Ok(()) => Ok(file),
        Err(error) => Err(error),
    }
}

/// Who wrote into the lock file; none where that cannot be read.
fn holder(file: File) -> Option<Holder> {
    let since = file.metadata().and_then(|about| about.modified()).ok();
    let mut words = String::new();
    file.take(LOCK_FILE_BYTES).read_to_string(&mut words).ok()?;
    let mut lines = words.lines();
    Some(Holder {
        pid: lines.next()?.trim().parse().ok()?,
        command: lines.next().unwrap_or_default().to_owned(),
        since: since.and_then(|since| Timestamp::try_from(since).ok()),
    })
}

/// What this process was called with, on one line; whoever is to be erased is not named.
fn our_command() -> String {
    let words = std::env::args_os().enumerate().map(|(place, word)| {
        let name = Path::new(&word).file_name().filter(|_| place == 0).unwrap_or(&word);
        name.to_string_lossy().into_owned()
    });
    let mut words: Vec<String> = words.collect();
    if words.iter().any(|word| word == ERASE) {
        words.truncate(1);
        words.push(ERASE.to_owned());
    }
    let line = words.join(" ");
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(COMMAND_CHARS).collect()
}

/// Before anything else of ours, and all at once: a folder with anything in it and no format is not
/// ours.
fn write_format(path: &Path, format: u32) -> io::Result<()> {
    let new = path.join(NEW_FORMAT_FILE);
    let mut file = File::create(&new)?;
    writeln!(file, "{FORMAT_WORDS}{format}")?;
    file.sync_all()?;
    fs::rename(&new, path.join(FORMAT_FILE))?;
    sync_folder(path)?;
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
