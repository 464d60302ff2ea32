//! The index's folder: which index is in force, and who writes.
//!
//! ```text
//! CURRENT    "overheard words 1: 7": the format of the index in force, and the folder it is in
//! lock       held by whoever writes; holds their pid
//! 7/         the index in force, as tantivy keeps it
//! 8/         one that is being built, or that was left half built: the next writer deletes it
//! ```
//!
//! An index of another format is as good as none: it is built anew from the store.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::WordsError;

/// The fields, the words read off a text, and tantivy's files: raise it with every change of them.
const FORMAT: u32 = 1;

const CURRENT_FILE: &str = "CURRENT";
const NEW_CURRENT_FILE: &str = "CURRENT.new";
const LOCK_FILE: &str = "lock";
const WORDS: &str = "overheard words ";

/// More than this no such file holds.
const MOST_BYTES: u64 = 1_000;

/// The folder of the index in force; none where there is none of our format.
///
/// # Errors
/// [`WordsError`].
pub(super) fn current(path: &Path) -> Result<Option<PathBuf>, WordsError> {
    let mut words = Vec::new();
    match File::open(path.join(CURRENT_FILE)) {
        Ok(file) => {
            file.take(MOST_BYTES)
                .read_to_end(&mut words)
                .map_err(|error| WordsError::of_io(path, &error))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(WordsError::of_io(path, &error)),
    }
    let number = std::str::from_utf8(&words).ok().and_then(number);
    Ok(number.map(|number| path.join(number.to_string())))
}

/// The folder, ours to write while this lives.
#[derive(Debug)]
pub(super) struct Writing {
    path: PathBuf,
    _lock: File,
}

impl Writing {
    /// Takes the folder, making it if there is none, and deletes what is not in force.
    ///
    /// # Errors
    /// [`WordsError::Locked`] where somebody else writes; or as the disk has it.
    pub(super) fn take(path: &Path) -> Result<Self, WordsError> {
        let failed = |error: io::Error| WordsError::of_io(path, &error);
        make_private(path).map_err(failed)?;
        let lock = lock(path)?;
        let taken = Self { path: path.to_owned(), _lock: lock };
        let current = current(path)?;
        for (_, folder) in taken.numbered().map_err(failed)? {
            if current.as_ref() != Some(&folder) {
                fs::remove_dir_all(&folder).map_err(failed)?;
            }
        }
        Ok(taken)
    }

    /// A new folder beside the one in force.
    ///
    /// # Errors
    /// [`WordsError`].
    pub(super) fn beside(&self) -> Result<PathBuf, WordsError> {
        let failed = |error: io::Error| WordsError::of_io(&self.path, &error);
        let last = self.numbered().map_err(failed)?.into_iter().map(|(number, _)| number).max();
        let folder = self.path.join((last.unwrap_or(0) + 1).to_string());
        make_private(&folder).map_err(failed)?;
        Ok(folder)
    }

    /// Puts an index in force, and deletes the one before. Cut short at any moment, one of the two is.
    ///
    /// # Errors
    /// [`WordsError`].
    pub(super) fn put_in_force(&self, folder: &Path) -> Result<(), WordsError> {
        let failed = |error: io::Error| WordsError::of_io(&self.path, &error);
        let number = folder.file_name().unwrap_or_default().to_string_lossy();
        let before = current(&self.path)?;
        let new = self.path.join(NEW_CURRENT_FILE);
        let written = File::create(&new).and_then(|mut file| {
            writeln!(file, "{WORDS}{FORMAT}: {number}")?;
            file.sync_all()
        });
        written
            .and_then(|()| fs::rename(&new, self.path.join(CURRENT_FILE)))
            .and_then(|()| File::open(&self.path)?.sync_all())
            .map_err(failed)?;
        match before {
            Some(before) if before != folder => match fs::remove_dir_all(&before) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn numbered(&self) -> io::Result<Vec<(u32, PathBuf)>> {
        let mut folders = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            let number = path.file_name().and_then(|name| name.to_str()?.parse().ok());
            if let Some(number) = number.filter(|_| path.is_dir()) {
                folders.push((number, path));
            }
        }
        Ok(folders)
    }
}

/// The number of the folder in force, where it is of our format.
fn number(words: &str) -> Option<u32> {
    let (format, number) = words.trim_end().strip_prefix(WORDS)?.split_once(": ")?;
    (format.parse() == Ok(FORMAT)).then(|| number.parse().ok())?
}

/// Words of posts are nobody else's business on a shared machine.
fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn lock(path: &Path) -> Result<File, WordsError> {
    let failed = |error: io::Error| WordsError::of_io(path, &error);
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
            return Err(WordsError::Locked { folder, holder: pid.trim().parse().ok() });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(failed)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_in_force_whole_or_not_at_all_and_leftovers_go() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("words");
        assert_eq!(current(&path).unwrap(), None);
        let writing = Writing::take(&path).unwrap();
        let first = writing.beside().unwrap();
        assert_eq!(current(&path).unwrap(), None, "it is being built");
        writing.put_in_force(&first).unwrap();
        assert_eq!(current(&path).unwrap(), Some(first.clone()));
        let second = writing.beside().unwrap();
        assert_ne!(first, second);
        drop(writing);

        let writing = Writing::take(&path).unwrap();
        assert!(first.is_dir() && !second.exists(), "what was left half built is deleted");
        let second = writing.beside().unwrap();
        writing.put_in_force(&second).unwrap();
        assert_eq!(current(&path).unwrap(), Some(second));
        assert!(!first.exists());
    }

    #[test]
    fn one_writes_at_a_time_and_the_other_is_told_who() {
        let home = tempfile::tempdir().unwrap();
        let writing = Writing::take(home.path()).unwrap();
        let told = Writing::take(home.path()).unwrap_err().to_string();
        assert!(told.contains(&format!("pid {}", std::process::id())), "{told}");
        drop(writing);
        Writing::take(home.path()).unwrap();
    }

    #[test]
    fn an_index_of_another_format_is_none() {
        let home = tempfile::tempdir().unwrap();
        let written = |words: &[u8]| {
            fs::write(home.path().join(CURRENT_FILE), words).unwrap();
            current(home.path()).unwrap()
        };
        assert_eq!(written(b"overheard words 1: 3\n"), Some(home.path().join("3")));
        for words in
            [&b"overheard words 2: 3"[..], b"overheard words 1: ../3", b"", b"\xff", b"x: 1"]
        {
            assert_eq!(written(words), None);
        }
    }
}
