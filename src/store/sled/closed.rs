//! What is known of a month while it is closed: opening one reads its part of the disk, and most questions
//! about a month need five numbers.
//!
//! They are written when a month is closed, and taken away before it is written to. They are believed only
//! while its files are as long and as old as they were: what a person does to them is noticed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::engine::{DATABASE_FOLDER, Engine};
use super::fault::Fault;
use super::pack::PACK_FILE;
use super::posts::changes;
use super::verify::counted;
use crate::store::Mark;

/// Beside the database.
const FILE: &str = "closed";

const MAGIC: &[u8; 8] = b"ovrclsd1";

/// What is known of a month that is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed {
    /// Batches that were written.
    pub(super) batches: u64,
    /// Posts that are kept.
    pub(super) posts: u64,
    /// Verdicts that are kept.
    pub(super) verdicts: u64,
    /// The end of its change log.
    pub(super) mark: Mark,
}

impl Closed {
    /// What will be known of a month once it is closed.
    pub(super) fn of(engine: &Engine) -> Result<Self, Fault> {
        let (posts, verdicts) = counted(engine)?;
        Ok(Self { batches: engine.drafts()?, posts, verdicts, mark: changes::end(engine)? })
    }

    /// Writes it into a month's folder, whose database is closed. It need not last: without it the month
    /// is opened.
    pub(super) fn save(self, month: &Path) -> io::Result<()> {
        let [long, old] = fingerprint(month).ok_or(io::ErrorKind::NotFound)?;
        let Self { batches, posts, verdicts, mark: Mark { born, change } } = self;
        let mut bytes = MAGIC.to_vec();
        for number in [batches, posts, verdicts, born, change, long, old] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        fs::write(file(month), bytes)
    }

    /// Reads it; none where there is none, it is torn, or the database is not as it was.
    pub(super) fn read(month: &Path) -> Option<Self> {
        let bytes = fs::read(file(month)).ok()?;
        let (content, sum) = bytes.split_last_chunk::<4>()?;
        let (numbers, rest) = content.strip_prefix(MAGIC)?.as_chunks::<8>();
        let [batches, posts, verdicts, born, change, long, old] =
            numbers.first_chunk::<7>()?.map(u64::from_be_bytes);
        let is_whole = rest.is_empty()
            && crc32fast::hash(content) == u32::from_be_bytes(*sum)
            && fingerprint(month) == Some([long, old]);
        is_whole.then_some(Self { batches, posts, verdicts, mark: Mark { born, change } })
    }
}

/// The file, in a month's folder.
pub(super) fn file(month: &Path) -> PathBuf {
    month.join(FILE)
}

/// How long the database's file is in a month's folder; 0 where it cannot be told.
pub(super) fn database_bytes(month: &Path) -> u64 {
    fs::metadata(database(month)).map_or(0, |about| about.len())
}

/// How long the database's file and the packed rows are together, and when the later was written, in
/// nanoseconds.
fn fingerprint(month: &Path) -> Option<[u64; 2]> {
    let (mut long, mut old) = (0, 0);
    for file in [database(month), month.join(PACK_FILE)] {
        let about = match fs::metadata(file) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(_) => return None,
        };
        let written = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        long += about.len();
        old = old.max(u64::try_from(written.as_nanos()).ok()?);
    }
    Some([long, old])
}

fn database(month: &Path) -> PathBuf {
    month.join(DATABASE_FOLDER).join("db")
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;

    use super::*;
    use crate::store::sled::table::{Half, Table};

    fn written(engine: &Engine) {
        let mut draft = engine.draft();
        draft.put(Table::PostFacts, b"posts", &7_u64).unwrap();
        draft.commit().unwrap();
    }

    #[test]
    fn what_was_written_down_is_believed_while_the_database_is_as_it_was() {
        let month = tempfile::tempdir().unwrap();
        let engine = Engine::open(month.path(), Half::Posts).unwrap();
        written(&engine);
        let closed = Closed::of(&engine).unwrap();
        assert_eq!((closed.posts, closed.batches), (7, 1));
        engine.close().unwrap();
        closed.save(month.path()).unwrap();
        assert_eq!(Closed::read(month.path()), Some(closed));

        let whole = fs::read(file(month.path())).unwrap();
        fs::write(file(month.path()), &whole[..whole.len() - 1]).unwrap();
        assert_eq!(Closed::read(month.path()), None, "it is torn");
        fs::write(file(month.path()), &whole).unwrap();
        let database = month.path().join(DATABASE_FOLDER).join("db");
        OpenOptions::new().append(true).open(database).unwrap().write_all(b"!").unwrap();
        assert_eq!(Closed::read(month.path()), None, "the database is another");
    }

    #[test]
    fn what_was_written_down_is_gone_before_a_month_is_written_to_again() {
        let month = tempfile::tempdir().unwrap();
        let engine = Engine::open(month.path(), Half::Posts).unwrap();
        let closed = Closed::of(&engine).unwrap();
        engine.close().unwrap();
        closed.save(month.path()).unwrap();
        let engine = Engine::open(month.path(), Half::Posts).unwrap();
        assert!(file(month.path()).exists(), "nothing was written yet");
        written(&engine);
        assert!(!file(month.path()).exists());
    }
}
