//! Who writes: one at a time, however many have the index open.
//!
//! The file `lock` holds a count, odd while somebody writes and even when they have ended: whoever opened it
//! at another count, or at an odd one, has not seen all of it. Of a writer that ended before it was done the odd
//! count stays, and the next one goes on from there.

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
    before: u64,
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
        note(&lock, while_writing(before))?;
        Ok(Self { lock, before })
    }

    /// Whether whoever read the index at this count has read all of it.
    pub(super) const fn was_seen_at(&self, times: u64) -> bool {
        self.before == times && times.is_multiple_of(2)
    }

    /// Counts that all is written; the count from now on.
    pub(super) fn end(self) -> io::Result<u64> {
        let ended = while_writing(self.before).wrapping_add(1);
        note(&self.lock, ended)?;
        Ok(ended)
    }
}

/// The next odd count.
const fn while_writing(before: u64) -> u64 {
    before.wrapping_add(1) | 1
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_odd_while_somebody_writes_and_no_reader_of_that_time_has_seen_it_all() {
        let folder = tempfile::tempdir().unwrap();
        let opened = times(folder.path()).unwrap();
        let writing = Writing::begin(folder.path()).unwrap();
        assert!(writing.was_seen_at(opened));
        let meanwhile = times(folder.path()).unwrap();
        // It ends before it is done: nothing is counted.
        drop(writing);
        let writing = Writing::begin(folder.path()).unwrap();
        assert!(!writing.was_seen_at(opened) && !writing.was_seen_at(meanwhile));
        assert_eq!(times(folder.path()).unwrap() % 2, 1);
        let ended = writing.end().unwrap();
        assert_eq!((ended % 2, times(folder.path()).unwrap()), (0, ended));
        let writing = Writing::begin(folder.path()).unwrap();
        assert!(writing.was_seen_at(ended) && !writing.was_seen_at(meanwhile));
    }
}
