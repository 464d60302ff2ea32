//! The index as it is asked. It is read as it was at its last commit; [`Words::open`] again sees what came
//! since.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use tantivy::collector::{Collector, Count, TopDocs};
use tantivy::query::Query as Asked;
use tantivy::{DocAddress, Index, Order, ReloadPolicy, Searcher, TantivyError};

use super::answer::Counts;
use super::asked::asked;
use super::counted::{Counted, Counting, Ids, IdsOfSegment};
use super::error::WordsError;
use super::fields::{FIELDS, readers};
use super::folder;
use super::query::{Query, Wanted};
use super::segments::search;
use super::tokens;
use crate::post::PostId;
use crate::store::guard::guarded;

/// In which order posts are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Those that say most of what was asked first; the newest where no word was.
    Best,
    /// The newest first.
    Newest,
}

/// A post that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Which.
    pub id: PostId,
    /// How well it fits (BM25); 0 where nothing but filters was asked, or the newest.
    pub score: f32,
}

/// An index of words, to be asked.
pub struct Words {
    folder: PathBuf,
    searcher: Searcher,
}

impl Words {
    /// Opens the index in `folder`.
    ///
    /// # Errors
    /// [`WordsError::Missing`] where there is none that this version reads; [`WordsError::Damaged`].
    pub fn open(folder: &Path) -> Result<Self, WordsError> {
        let current = folder::current(folder)?;
        let missing = || WordsError::Missing { folder: folder.display().to_string() };
        let current = current.ok_or_else(missing)?;
        let searcher = guard(folder, || searcher(&open(&current)?))?;
        Ok(Self { folder: folder.to_owned(), searcher })
    }

    /// How many posts it holds.
    #[must_use]
    pub fn posts(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// How many posts are wanted.
    ///
    /// # Errors
    /// [`WordsError::Damaged`].
    pub fn count(&self, query: &Query) -> Result<u64, WordsError> {
        let found = self.guard(|| search(&self.searcher, &*asked(query), &Count))?;
        Ok(found as u64)
    }

    /// Up to `limit` of the posts that are wanted, in order; the scores are for whoever ranks them with
    /// others.
    ///
    /// # Errors
    /// [`WordsError::Damaged`].
    pub fn ids(&self, query: &Query, sort: Sort, limit: usize) -> Result<Vec<Found>, WordsError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        self.guard(|| {
            let asked = asked(query);
            let found = if sort == Sort::Best && query.has_words() {
                search(&self.searcher, &*asked, &TopDocs::with_limit(limit).order_by_score())?
            } else {
                let newest =
                    TopDocs::with_limit(limit).order_by_fast_field::<i64>("moment", Order::Desc);
                unscored(search(&self.searcher, &*asked, &newest)?)
            };
            self.named(&found)
        })
    }

    /// What [`Words::count`] or [`Words::counted`] and [`Words::ids`] say, in as few passes as is quickest.
    ///
    /// # Errors
    /// [`WordsError::Damaged`].
    pub(super) fn matched(
        &self,
        query: &Query,
        sort: Sort,
        limit: usize,
        counts: Counts,
    ) -> Result<(Counted, Vec<Found>), WordsError> {
        if limit == 0 {
            return Ok((self.guard(|| self.tallied(&*asked(query), counts))?, Vec::new()));
        }
        self.guard(|| {
            let (asked, top) = (asked(query), TopDocs::with_limit(limit));
            let (counted, found) = if sort == Sort::Newest || !query.has_words() {
                let newest = top.order_by_fast_field::<i64>("moment", Order::Desc);
                let (counted, found) = self.both(&*asked, counts, newest)?;
                (counted, unscored(found))
            } else if is_costly(query) {
                self.both(&*asked, counts, top.order_by_score())?
            } else {
                // Of plain words the best are found without looking at most of the others.
                let found = search(&self.searcher, &*asked, &top.order_by_score())?;
                (self.tallied(&*asked, counts)?, found)
            };
            Ok((counted, self.named(&found)?))
        })
    }

    /// Every post that is wanted, in no order: to filter others by.
    ///
    /// # Errors
    /// [`WordsError::Damaged`].
    pub fn every_id(&self, query: &Query) -> Result<Vec<PostId>, WordsError> {
        self.guard(|| search(&self.searcher, &*asked(query), &Ids))
    }

    /// Checks every file against its checksum; what is damaged, in words.
    ///
    /// # Errors
    /// [`WordsError`] where the files cannot be read at all.
    pub fn verify(&self) -> Result<Vec<String>, WordsError> {
        self.guard(|| damaged_files(self.searcher.index()))
    }

    /// Counts what is asked for, in a pass of its own.
    fn tallied(&self, asked: &dyn Asked, counts: Counts) -> tantivy::Result<Counted> {
        match counts {
            Counts::Total => Ok(Counted::of_total(search(&self.searcher, asked, &Count)?)),
            Counts::Facets => search(&self.searcher, asked, &Counting),
        }
    }

    /// Counts what is asked for, and finds the top of it, in one pass.
    fn both<C: Collector>(
        &self,
        asked: &dyn Asked,
        counts: Counts,
        top: C,
    ) -> tantivy::Result<(Counted, C::Fruit)> {
        match counts {
            Counts::Total => {
                let (total, found) = search(&self.searcher, asked, &(Count, top))?;
                Ok((Counted::of_total(total), found))
            }
            Counts::Facets => search(&self.searcher, asked, &(Counting, top)),
        }
    }

    fn named(&self, found: &[(f32, DocAddress)]) -> tantivy::Result<Vec<Found>> {
        let mut segments: HashMap<u32, IdsOfSegment> = HashMap::new();
        let mut named = Vec::with_capacity(found.len());
        for (score, address) in found {
            let segment = address.segment_ord;
            let ids = match segments.entry(segment) {
                Entry::Occupied(ids) => ids.into_mut(),
                Entry::Vacant(none) => {
                    none.insert(IdsOfSegment::of(self.searcher.segment_reader(segment))?)
                }
            };
            let id = ids.get(address.doc_id);
            let lost = || TantivyError::InternalError("a post has lost its id".to_owned());
            named.push(Found { id: id.ok_or_else(lost)?, score: *score });
        }
        Ok(named)
    }

    fn guard<T>(&self, work: impl FnOnce() -> tantivy::Result<T>) -> Result<T, WordsError> {
        guard(&self.folder, work)
    }
}

/// Whether to go through what is wanted costs more than to rank it: positions of words are read for a phrase,
/// and every word that begins so is looked up.
fn is_costly(query: &Query) -> bool {
    let mut is_costly = false;
    query.each_wanted(&mut |wanted| match wanted {
        Wanted::Words(words) => is_costly |= tokens::stems(words).len() > 1,
        Wanted::Begins(_) => is_costly = true,
        _ => {}
    });
    is_costly
}

fn unscored<M>(found: Vec<(M, DocAddress)>) -> Vec<(f32, DocAddress)> {
    found.into_iter().map(|(_, address)| (0.0, address)).collect()
}

/// Opens the index in a folder of its own, with what reads its texts.
pub(super) fn open(folder: &Path) -> tantivy::Result<Index> {
    let mut index = Index::open_in_dir(folder)?;
    if index.schema() != FIELDS.schema {
        return Err(TantivyError::SchemaError("its fields are not ours".to_owned()));
    }
    index.set_tokenizers(readers());
    Ok(index)
}

/// What searches an index as it is now.
pub(super) fn searcher(index: &Index) -> tantivy::Result<Searcher> {
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok(reader.searcher())
}

/// The files that are not as they were written, in words.
pub(super) fn damaged_files(index: &Index) -> tantivy::Result<Vec<String>> {
    let mut damaged: Vec<String> =
        index.validate_checksum()?.iter().map(|file| file.display().to_string()).collect();
    damaged.sort();
    Ok(damaged)
}

/// Runs what reads an index: where it is damaged, tantivy says so or panics.
pub(super) fn guard<T>(
    folder: &Path,
    work: impl FnOnce() -> tantivy::Result<T>,
) -> Result<T, WordsError> {
    match guarded(work) {
        Ok(done) => done.map_err(|error| WordsError::of(folder, &error)),
        Err(panic) => Err(WordsError::damaged(folder, &panic)),
    }
}

/// A moment that was kept in seconds.
pub(super) fn moment(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}
