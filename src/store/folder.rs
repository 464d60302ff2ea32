//! The store's folder: whose it is, in which format, and who has it open.
//!
//! ```text
//! FORMAT            "overheard store 2": the layout of everything else
//! lock              held while the store is open; holds the pid of whoever opened it last
//! desk/             what stays: sources, hosts, the ledger, labels
//!   sled/           its database
//!   acknowledged    how many batches were acknowledged
//! months/2026-11/   the posts that arrived in a month (UTC), their verdicts and embeddings
//!   sled/
//!   acknowledged
//!   ids             which posts it may hold; made anew where it is missing
//! anew-desk/, dropped-desk/, months/anew-…, months/dropped-…  while one is written anew
//! put-aside/        what was left of months that were restored from a backup: yours to delete
//! ```
//!
//! A format before ours is brought up to date one step at a time when the store is opened: format 1 had
//! everything in one database, `sled/`. A format after ours is refused, and so is a folder that is not
//! ours: nothing is written into either.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::StoreError;

/// The layout this version writes.
const FORMAT: u32 = 2;

const FORMAT_FILE: &str = "FORMAT";
const NEW_FORMAT_FILE: &str = "FORMAT.new";
const FORMAT_WORDS: &str = "overheard store ";
const LOCK_FILE: &str = "lock";
const DESK_FOLDER: &str = "desk";
const MONTHS_FOLDER: &str = "months";
const ASIDE_FOLDER: &str = "put-aside";

/// The database of format 1, and its count beside it.
const WHOLE_FOLDER: &str = "sled";
const WHOLE_COUNT: &str = "acknowledged";

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
            let mut pid = String::new();
            let _ = file.take(20).read_to_string(&mut pid);
            let folder = path.display().to_string();
            return Err(StoreError::Locked { folder, holder: pid.trim().parse().ok() });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(failed)?;
    Ok(file)
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
