//! The change log of a month: every post once, at its newest change, so that whoever follows along
//! (an index) reads only what it has not seen.
//!
//! A post's row among the stamps holds the number of its newest change, so that the row of the one
//! before is found and taken away. An erased post leaves a row with its id. What was dropped from a month
//! leaves none: the month is *born* anew then, and a follower begins again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use crate::post::PostId;
use crate::store::keys::{self, Arrival};
use crate::store::sled::draft::Draft;
use crate::store::sled::engine::Engine;
use crate::store::sled::fault::Fault;
use crate::store::sled::posts::of_month;
use crate::store::sled::table::Table;
use crate::store::{Change, Changes, Mark};

/// The name of the row with the number of the last change.
const LAST_CHANGE: &str = "last change";

/// The name of the row that tells this month from another of its name.
const BORN: &str = "born";

/// What a row of the log leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::sled) enum Logged {
    /// The post with this arrival.
    At(Arrival),
    /// A post that was erased.
    Gone(PostId),
}

/// The log while a draft is made.
#[derive(Debug)]
pub(in crate::store::sled) struct Log {
    last: u64,
}

impl Log {
    /// Goes on with the log of a draft's month.
    pub(in crate::store::sled) fn open(draft: &mut Draft<'_>) -> Result<Self, Fault> {
        if draft.row(Table::PostFacts, BORN.as_bytes())?.is_none() {
            draft.put(Table::PostFacts, BORN.as_bytes(), &new_birth())?;
        }
        let last = draft.value(Table::PostFacts, LAST_CHANGE.as_bytes())?;
        Ok(Self { last: last.unwrap_or(0) })
    }

    /// Notes that a post is now as the draft has it; `before` is its row among the stamps so far, what
    /// comes back is that row from now on.
    pub(in crate::store::sled) fn note(
        &mut self,
        draft: &mut Draft<'_>,
        arrival: Arrival,
        before: Option<&[u8]>,
    ) -> Vec<u8> {
        self.add(draft, before, keys::arrival(arrival))
    }

    /// Notes that a post was erased; `before` is its row among the stamps.
    pub(in crate::store::sled) fn gone(
        &mut self,
        draft: &mut Draft<'_>,
        id: PostId,
        before: Option<&[u8]>,
    ) {
        self.add(draft, before, id.as_bytes().to_vec());
    }

    /// Notes a post under the number it had in the month it is copied from.
    pub(in crate::store::sled) fn again(
        &mut self,
        draft: &mut Draft<'_>,
        arrival: Arrival,
        number: u64,
    ) -> Vec<u8> {
        draft.put_row(Table::Changes, keys::change(number), keys::arrival(arrival));
        self.last = self.last.max(number);
        keys::change(number)
    }

    fn add(&mut self, draft: &mut Draft<'_>, before: Option<&[u8]>, row: Vec<u8>) -> Vec<u8> {
        if let Some(number) = before.and_then(keys::read_change) {
            draft.remove_row(Table::Changes, keys::change(number));
        }
        self.last += 1;
        draft.put_row(Table::Changes, keys::change(self.last), row);
        keys::change(self.last)
    }

    /// Keeps the number of the last change.
    pub(in crate::store::sled) fn close(self, draft: &mut Draft<'_>) -> Result<(), Fault> {
        draft.put(Table::PostFacts, LAST_CHANGE.as_bytes(), &self.last)
    }
}

/// See [`crate::store::Store::changes`].
pub(in crate::store::sled) fn after(
    engine: &Engine,
    after: Option<Mark>,
    limit: usize,
) -> Result<Changes, Fault> {
    let born = engine.count(Table::PostFacts, BORN)?;
    // What a failed write showed may be gone: a mark beyond the log is of no use.
    let last = engine.count(Table::PostFacts, LAST_CHANGE)?;
    let known = after.filter(|mark| mark.born == born && mark.change <= last);
    let mut mark = known.unwrap_or(Mark { born, change: 0 });
    let next = keys::change(mark.change.saturating_add(1));
    let mut changes = Vec::new();
    for row in engine.rows(Table::Changes, &next, None).take(limit) {
        let (key, row) = row?;
        let unreadable = || Fault::damaged(Table::Changes, "a row cannot be read");
        mark.change = keys::read_change(&key).ok_or_else(unreadable)?;
        changes.push(match read(&row).ok_or_else(unreadable)? {
            Logged::Gone(id) => Change::Gone(id),
            Logged::At(arrival) => {
                let post = of_month::post_at(engine, Table::Changes, arrival)?;
                let judged = of_month::still_judged(engine, post.id)?;
                Change::Now { post: Box::new(post), judged: judged.map(Box::new) }
            }
        });
    }
    // Whoever follows notes how far: what a power failure could take back is not told before it is durable.
    if let Err(fault) = engine.flush_unacknowledged() {
        tracing::debug!(%fault, "what was written last cannot be made durable, and is not told of");
        let mark = known.unwrap_or(Mark { born, change: 0 });
        return Ok(Changes {
            from_start: after.is_some() && known.is_none(),
            changes: Vec::new(),
            mark,
        });
    }
    Ok(Changes { from_start: after.is_some() && known.is_none(), changes, mark })
}

/// The mark of who has read all of it.
pub(in crate::store::sled) fn end(engine: &Engine) -> Result<Mark, Fault> {
    let count = |name| engine.count(Table::PostFacts, name);
    Ok(Mark { born: count(BORN)?, change: count(LAST_CHANGE)? })
}

/// Whether every post is in the log: there was none at first.
pub(in crate::store::sled) fn has_all(engine: &Engine) -> Result<bool, Fault> {
    for row in engine.rows(Table::Stamped, &[], None) {
        if keys::read_change(&row?.1).is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What a row of the log leads to.
pub(in crate::store::sled) fn read(row: &[u8]) -> Option<Logged> {
    match <[u8; 16]>::try_from(row) {
        Ok(id) => Some(Logged::Gone(PostId::from_bytes(id))),
        Err(_) => keys::read_change(row).map(Logged::At),
    }
}

/// Gives a month written anew the log's facts of the old one: where it holds all that the old one's log
/// led to, followers may go on where they are.
pub(in crate::store::sled) fn inherit(
    old: &Engine,
    new: &Engine,
    whole: bool,
) -> Result<(), Fault> {
    let mut draft = new.draft();
    let last =
        old.count(Table::PostFacts, LAST_CHANGE)?.max(new.count(Table::PostFacts, LAST_CHANGE)?);
    let born = if whole { old.count(Table::PostFacts, BORN)? } else { new_birth() };
    draft.put(Table::PostFacts, LAST_CHANGE.as_bytes(), &last)?;
    draft.put(Table::PostFacts, BORN.as_bytes(), &born)?;
    draft.write()
}

/// Copies what the log says of posts that were erased.
pub(in crate::store::sled) fn copy_gone(old: &Engine, new: &Engine) -> Result<(), Fault> {
    let mut draft = new.draft();
    for row in old.rows(Table::Changes, &[], None) {
        let (key, row) = row?;
        if matches!(read(&row), Some(Logged::Gone(_))) {
            draft.put_row(Table::Changes, key.to_vec(), row.to_vec());
        }
    }
    draft.write()
}

/// Tells one month from another of its name, as surely as needed: where two were the same, an index
/// would lack posts until it is made anew.
fn new_birth() -> u64 {
    // Keyed at random, as every map of the standard library.
    RandomState::new().build_hasher().finish().max(1)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::month::Month;
    use crate::store::sled::months::Months;

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let to = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &to);
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }

    #[test]
    fn a_follower_is_told_nothing_that_is_not_in_the_files() {
        let home = tempfile::tempdir().unwrap();
        let (store, after_a_crash) = (home.path().join("store"), home.path().join("copy"));
        let (months, _) = Months::open(&store).unwrap();
        let november: Month = "2026-11".parse().unwrap();
        months.make(november).unwrap();
        let id = PostId::from_bytes([7; 16]);
        let told = months.within(november, |engine| {
            let mut draft = engine.draft();
            let mut log = Log::open(&mut draft)?;
            log.gone(&mut draft, id, None);
            log.close(&mut draft)?;
            // Not durable yet, as in the middle of a commit.
            draft.write()?;
            after(engine, None, 10)
        });
        let told = told.unwrap();
        assert!(matches!(told.changes.as_slice(), [Change::Gone(gone)] if *gone == id));
        copy(&store, &after_a_crash);
        let (months, _) = Months::open(&after_a_crash).unwrap();
        let kept = months.within(november, |engine| after(engine, Some(told.mark), 10)).unwrap();
        assert!(!kept.from_start && kept.changes.is_empty(), "{kept:?}");
    }
}
