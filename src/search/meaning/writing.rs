//! Who writes: one at a time, however many have the index open.
//!
//! The file `lock` holds how often it was written to, counted when somebody begins and when they end:
//! whoever opened it at another count has not seen all of it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const LOCK_FILE: &str = "lock";

/// How long to wait for another who writes: some hundred thousand changes.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often to look meanwhile.
const LOOK: Duration = Duration::from_millis(20);

/// The right to write, while it lives.
#[derive(Debug)]
pub(super) struct Writing {
    lock: File,
    /// The count before it was ours.
    pub(super) before: u64,
}

impl Writing {
    /// Waits for it, and counts that somebody writes.
    pub(super) fn begin(folder: &Path) -> io::Result<Self> {
        let lock = file(folder)?;
        let since = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if since.elapsed() < PATIENCE => thread::sleep(LOOK),
                Err(TryLockError::WouldBlock) => {
                    let why = "another process has been writing to it for minutes; try again when it is done";
                    return Err(io::Error::other(why));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        let before = count(&lock)?;
        note(&lock, before + 1)?;
        Ok(Self { lock, before })
    }

    /// Counts that all is written; the count from now on.
    pub(super) fn end(self) -> io::Result<u64> {
        note(&self.lock, self.before + 2)?;
        Ok(self.before + 2)
    }
}

/// How often it was written to.
pub(super) fn times(folder: &Path) -> io::Result<u64> {
    count(&file(folder)?)
}

fn file(folder: &Path) -> io::Result<File> {
    let path = folder.join(LOCK_FILE);
    OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)
}

fn count(lock: &File) -> io::Result<u64> {
    let mut bytes = [0; 8];
    match lock.read_exact_at(&mut bytes, 0) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
        read => read.map(|()| u64::from_be_bytes(bytes)),
    }
}

fn note(lock: &File, count: u64) -> io::Result<()> {
    lock.write_all_at(&count.to_be_bytes(), 0)
}
