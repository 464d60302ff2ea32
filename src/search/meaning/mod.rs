//! The meaning index: which posts are near in meaning to a text or a post.
//!
//! It holds what the classifier's embeddings come to, a row a post, and nothing the store does not. A
//! month of arrival is two files: `heads`, with the signs of each embedding, read into memory and scanned
//! whole, and `bodies`, with its numbers in a byte each, of which the few thousand nearest by sign are read.
//! Nothing is approximate but the first step, and the answer's likenesses come from the second (recall
//! measured by `make bench-meaning`).
//!
//! A graph (HNSW: usearch, hnsw_rs, instant-distance) answers faster, and was left: vectors and graph have to
//! be in memory, half a gigabyte for a million posts at the least; what is deleted stays in its bytes; it is
//! written as a whole or not at all; and a filter that few posts pass makes it slow or wrong.
//!
//! The index follows the store's changes; how far it has read them stands in its own files, written after
//! the rows. What it does not understand, or what is damaged, it forgets and reads again. A row that goes
//! is overwritten with zeros: nothing of an erased post stays in its bytes. Any number of processes may have
//! it open; one writes at a time, and whoever comes after takes up what it wrote.

mod month;
mod row;
mod scan;
mod writing;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use self::month::Rows;
use self::row::{Kind, NewRow, key_of};
use self::scan::Scan;
use self::writing::Writing;
use crate::digest::Window;
use crate::month::Month;
use crate::post::PostId;
use crate::source::SourceId;
use crate::store::{Change, Mark, Store, StoreError};
use crate::verdict::{Embedding, ModelId};

/// Changes asked of the store at a time: whole posts, whose texts may be long.
const CHANGES: usize = 256;

/// Changes written with one sync: a few megabytes of rows, and a second's work to do again after a crash.
const COMMIT_EVERY: usize = 4_096;

/// Rows whose numbers are read for one answer, at least: the nearest by sign. Of 27,653 real texts 1,000
/// hold 99.9 % of the nearest 50; how many are needed grows far slower than the rows do.
const LOOKED_INTO: usize = 4_000;

/// And so many for each one that is wanted.
const LOOKED_INTO_EACH: usize = 8;

/// Rows read of one month at most, however many are at one distance: a million copies of one post.
const MOST_LOOKED_INTO: usize = 50_000;

/// For nobody else's eyes.
const PRIVATE: u32 = 0o700;

/// The index could not do it.
#[derive(Debug, thiserror::Error)]
pub enum MeaningError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its own files could not be read or written.
    #[error(
        "the meaning index {folder}: {source}; nothing is lost, delete the folder and it is made again"
    )]
    Io {
        /// Which folder.
        folder: String,
        /// What the system said.
        source: io::Error,
    },
    /// A month's bytes are not what was written; [`Meaning::forget`] and [`Meaning::catch_up`] mend it.
    #[error("the meaning index of {0} is damaged; it is made again from the store")]
    Damaged(Month),
}

/// Which posts may be found.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'f> {
    /// Said in this window.
    pub window: Window,
    /// Heard at these sources; any, where none is given.
    pub sources: Option<&'f HashSet<SourceId>>,
    /// In this language; any, where none is given.
    pub language: Option<&'f str>,
    /// Among these posts; any, where none is given.
    pub posts: Option<&'f HashSet<PostId>>,
}

impl Filter<'_> {
    /// What was said in `window`, by whomever.
    #[must_use]
    pub const fn said_in(window: Window) -> Self {
        Self { window, sources: None, language: None, posts: None }
    }
}

/// A post that is near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Which.
    pub post: PostId,
    /// The cosine of the angle between the two: 1 for the same meaning.
    pub likeness: f32,
    /// When it was said.
    pub when: Timestamp,
}

/// What catching up came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Caught {
    /// Changes read.
    pub changes: u64,
    /// Months that were read from the beginning.
    pub made_again: u64,
    /// Whether somebody broke off before all was read.
    pub broken_off: bool,
}

/// The index, opened.
#[derive(Debug)]
pub struct Meaning {
    folder: PathBuf,
    months: BTreeMap<Month, Rows>,
    /// How often it had been written to when `months` was read.
    times: u64,
}

impl Meaning {
    /// Opens the index in `folder`, which is made if it is not there. A month that cannot be read comes
    /// again with [`Meaning::catch_up`].
    ///
    /// # Errors
    /// [`MeaningError::Io`].
    pub fn open(folder: &Path) -> Result<Self, MeaningError> {
        let failed = |source| MeaningError::Io { folder: folder.display().to_string(), source };
        // As private as the store: an embedding tells much of what it was made from.
        fs::DirBuilder::new().recursive(true).mode(PRIVATE).create(folder).map_err(failed)?;
        let times = writing::times(folder).map_err(failed)?;
        let months = read(folder).map_err(failed)?;
        Ok(Self { folder: folder.to_owned(), months, times })
    }

    /// Reads what changed in the store since; `told` hears how many changes were read, as it goes on.
    ///
    /// # Errors
    /// [`MeaningError`]; what was read is kept but for the last few thousand changes.
    pub fn catch_up(
        &mut self,
        store: &dyn Store,
        told: &mut dyn FnMut(usize),
    ) -> Result<Caught, MeaningError> {
        self.catch_up_while(store, &mut |changes| {
            told(changes);
            ControlFlow::Continue(())
        })
    }

    /// The same, until `go_on`, who hears the same, says that it is enough: what was read is kept, and the
    /// next one goes on from there.
    ///
    /// # Errors
    /// See [`Meaning::catch_up`].
    pub fn catch_up_while(
        &mut self,
        store: &dyn Store,
        go_on: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Caught, MeaningError> {
        let writing = self.write()?;
        let there: Vec<Month> = store.months()?.into_iter().map(|filed| filed.month).collect();
        // Those that could not be read among them.
        let filed = month::filed(&self.folder).map_err(|source| self.failed(source))?;
        for month in filed.into_iter().filter(|month| !there.contains(month)) {
            self.drop_month(month)?;
        }
        let mut caught = Caught::default();
        for month in there {
            self.follow(store, month, None, &mut caught, go_on)?;
            if caught.broken_off {
                break;
            }
        }
        self.times = writing.end().map_err(|source| self.failed(source))?;
        Ok(caught)
    }

    /// Forgets a month; it comes again with [`Meaning::catch_up`] while the store has it.
    ///
    /// # Errors
    /// [`MeaningError::Io`].
    pub fn forget(&mut self, month: Month) -> Result<(), MeaningError> {
        let writing = self.write()?;
        self.drop_month(month)?;
        self.times = writing.end().map_err(|source| self.failed(source))?;
        Ok(())
    }

    /// Waits until nobody else writes, and takes up what they wrote.
    fn write(&mut self) -> Result<Writing, MeaningError> {
        let failed =
            |source| MeaningError::Io { folder: self.folder.display().to_string(), source };
        let writing = Writing::begin(&self.folder).map_err(failed)?;
        if !writing.was_seen_at(self.times) {
            self.months = read(&self.folder).map_err(failed)?;
        }
        Ok(writing)
    }

    fn drop_month(&mut self, month: Month) -> Result<(), MeaningError> {
        self.months.remove(&month);
        month::delete(&self.folder, month).map_err(|source| self.failed(source))
    }

    /// Up to `most` posts near to `asked`, an embedding of `model`, the nearest first.
    ///
    /// # Errors
    /// [`MeaningError::Damaged`] or [`MeaningError::Io`].
    pub fn nearest(
        &self,
        asked: &Embedding,
        model: &ModelId,
        filter: &Filter<'_>,
        most: usize,
    ) -> Result<Vec<Near>, MeaningError> {
        if asked.0.is_empty() || most == 0 {
            return Ok(Vec::new());
        }
        let (passing, scan) = (Passing::of(filter, model), Scan::of(&asked.0));
        let of_width = self.months.iter().filter(|(_, rows)| rows.width() == asked.0.len());
        let scanned: Vec<(Month, &Rows, Vec<u16>)> =
            of_width.map(|(month, rows)| (*month, rows, rows.distances(&scan, &passing))).collect();
        let wanted = LOOKED_INTO.max(most.saturating_mul(LOOKED_INTO_EACH));
        let furthest = scan::cut(scanned.iter().map(|(.., far)| far.as_slice()), wanted);
        let mut found = Vec::new();
        for (month, rows, distances) in scanned {
            let near = (0..).zip(distances).filter(|(_, distance)| *distance <= furthest);
            for (at, _) in near.take(MOST_LOOKED_INTO) {
                let read = rows.read(at).map_err(|source| self.failed(source))?;
                let body = read.ok_or(MeaningError::Damaged(month))?;
                if filter.posts.is_none_or(|posts| posts.contains(&body.post)) {
                    let likeness = body.likeness(rows.scale(at), &asked.0);
                    found.push(Near { post: body.post, likeness, when: rows.when(at) });
                }
            }
        }
        found.sort_by(|a, b| {
            b.likeness.total_cmp(&a.likeness).then_with(|| (b.when, b.post).cmp(&(a.when, a.post)))
        });
        found.truncate(most);
        Ok(found)
    }

    /// How many posts pass a filter, whatever they mean.
    #[must_use]
    pub fn count(&self, filter: &Filter<'_>, model: &ModelId) -> usize {
        let passing = Passing::of(filter, model);
        self.months.values().map(|rows| rows.passing(&passing)).sum()
    }

    /// How many posts there are that this model read.
    #[must_use]
    pub fn of_model(&self, model: &ModelId) -> usize {
        let always = Window { from: Timestamp::MIN, until: Timestamp::MAX };
        self.count(&Filter::said_in(always), model)
    }

    /// The first moment in the window that each of these sources was heard to say something, where it was.
    #[must_use]
    pub fn first_said<'s>(
        &self,
        sources: impl IntoIterator<Item = &'s SourceId>,
        window: Window,
    ) -> BTreeMap<SourceId, Timestamp> {
        let mut first: HashMap<u64, Timestamp> = HashMap::new();
        for rows in self.months.values() {
            rows.first_said(window, &mut first);
        }
        let heard =
            |source: &SourceId| Some((source.clone(), *first.get(&key_of(source.as_str()))?));
        sources.into_iter().filter_map(heard).collect()
    }

    /// Posts in the index.
    #[must_use]
    pub fn len(&self) -> usize {
        self.months.values().map(Rows::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Follows one month to its end. `width` is that of the embeddings to hold, where others are to be
    /// passed over.
    fn follow(
        &mut self,
        store: &dyn Store,
        month: Month,
        width: Option<usize>,
        caught: &mut Caught,
        go_on: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<(), MeaningError> {
        let mut read: Option<Mark> = self.months.get(&month).map(Rows::mark);
        let mut pending: Pending = Pending::default();
        loop {
            let after = pending.mark.or(read);
            let changes = store.changes(month, after, CHANGES)?;
            if changes.from_start && after.is_some() {
                // Another month by the same name: what is held is of the one before.
                self.drop_month(month)?;
                (read, pending) = (None, Pending::default());
            }
            let caught_up = changes.changes.is_empty();
            if read.is_none() && pending.mark.is_none() {
                caught.made_again += 1;
            }
            caught.changes += changes.changes.len() as u64;
            caught.broken_off = go_on(changes.changes.len()).is_break();
            for change in changes.changes {
                if let Some(other) = pending.take(change, width, self.width(month)) {
                    // The encoder is another: what it reads from now on counts, whatever was before.
                    self.drop_month(month)?;
                    return self.follow(store, month, Some(other), caught, go_on);
                }
            }
            pending.mark = Some(changes.mark);
            let is_over = caught_up || caught.broken_off;
            if is_over || pending.len() >= COMMIT_EVERY {
                let moved = read != pending.mark;
                if moved || !pending.is_empty() {
                    self.commit(month, &std::mem::take(&mut pending))?;
                }
                read = self.months.get(&month).map(Rows::mark);
            }
            if is_over {
                return Ok(());
            }
        }
    }

    fn width(&self, month: Month) -> Option<usize> {
        self.months.get(&month).map(Rows::width).filter(|&width| width > 0)
    }

    /// Writes rows and, after them, how far they go. After an error the month is made again, by the next
    /// [`Meaning::catch_up`].
    fn commit(&mut self, month: Month, pending: &Pending) -> Result<(), MeaningError> {
        let failed =
            |source| MeaningError::Io { folder: self.folder.display().to_string(), source };
        let Some(mark) = pending.mark else { return Ok(()) };
        let width = pending.rows.values().flatten().next().map(NewRow::width);
        let held = self.months.remove(&month);
        let mut rows = match (held, width) {
            (Some(rows), None) => rows,
            (Some(rows), Some(width)) if rows.width() == width => rows,
            // None held yet: an empty month, or one whose posts had no embedding so far.
            (_, width) => Rows::create(&self.folder, month, width.unwrap_or(0)).map_err(failed)?,
        };
        rows.commit(&pending.rows, mark).map_err(failed)?;
        self.months.insert(month, rows);
        Ok(())
    }

    fn failed(&self, source: io::Error) -> MeaningError {
        MeaningError::Io { folder: self.folder.display().to_string(), source }
    }
}

/// Reads every month that can be read; making another anew deletes what is left of it.
fn read(folder: &Path) -> io::Result<BTreeMap<Month, Rows>> {
    let mut months = BTreeMap::new();
    for month in month::filed(folder)? {
        if let Some(rows) = Rows::open(folder, month)? {
            months.insert(month, rows);
        }
    }
    Ok(months)
}

/// Changes read and not written yet: each post with its row, or none where it has none any more.
#[derive(Debug, Default)]
struct Pending {
    rows: HashMap<PostId, Option<NewRow>>,
    mark: Option<Mark>,
    /// The width of the embeddings among them.
    width: Option<usize>,
}

impl Pending {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes a change in. The width of its embedding, where it is not the one that is `held` and none is
    /// `wanted`; what has another than the one that is wanted is passed over.
    fn take(
        &mut self,
        change: Change,
        wanted: Option<usize>,
        held: Option<usize>,
    ) -> Option<usize> {
        let (post, judged) = match change {
            Change::Gone(post) => {
                self.rows.insert(post, None);
                return None;
            }
            Change::Now { post, judged } => (post, judged),
        };
        let row = judged.and_then(|judged| NewRow::of(&post, &judged));
        if let Some(width) = row.as_ref().map(NewRow::width) {
            let held = *wanted.or(held).as_ref().unwrap_or(self.width.get_or_insert(width));
            if width != held {
                self.rows.insert(post.id, None);
                return wanted.is_none().then_some(width);
            }
        }
        self.rows.insert(post.id, row);
        None
    }
}

/// A filter as rows are held against it.
struct Passing {
    from: i64,
    until: i64,
    model: u64,
    sources: Option<HashSet<u64>>,
    language: Option<[u8; 8]>,
    posts: Option<HashSet<u32>>,
}

impl Passing {
    fn of(filter: &Filter<'_>, model: &ModelId) -> Self {
        Self {
            from: filter.window.from.as_microsecond(),
            until: filter.window.until.as_microsecond(),
            model: key_of(&model.space()),
            sources: filter
                .sources
                .map(|sources| sources.iter().map(|source| key_of(source.as_str())).collect()),
            language: filter.language.map(row::language),
            posts: filter.posts.map(|posts| posts.iter().map(row::first_digits).collect()),
        }
    }

    fn kind(&self, kind: &Kind) -> bool {
        kind.model == self.model
            && self.sources.as_ref().is_none_or(|sources| sources.contains(&kind.source))
            && self.language.is_none_or(|language| language == kind.language)
    }
}
