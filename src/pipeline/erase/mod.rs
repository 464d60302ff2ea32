//! Erasing somebody, or one post: found first, then erased from the store, the digests that were written
//! and the backups we know of, with a receipt that holds neither words nor names.
//!
//! Theirs are their own posts, what stands at the same addresses without another author, and what is
//! marked as a boost or a quote of it. A reprint of the very same words under another name is not: who
//! published it may have the right to, and is to be asked; the receipt says how many there are, and which.
//! Links to them, mentions of them and answers to them are other people's words.
//!
//! Cut short anywhere, it is finished by whoever works next, and its receipt with it.

mod found;
mod receipt;
mod whom;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

pub use self::found::{Found, Namesake, ToGo};
use self::receipt::Open;
pub use self::receipt::{ErasureError, OfBackup, Receipt, is_under_way};
pub use self::whom::{NoPlace, Whom};
use super::PipelineError;
use crate::clock::Clock;
use crate::deliver::{folder, reports};
use crate::digest::Proven;
use crate::post::PostId;
use crate::store::Store;
use crate::store::backup;
use crate::store::erase::{BackedUp, Erased, Erasing, Sign};
use crate::views::Links;

/// What erasing needs.
#[derive(Clone, Copy)]
pub struct Erasure<'a> {
    /// Where they are.
    pub store: &'a dyn Store,
    /// The data folder.
    pub data: &'a Path,
    /// Where the digests were written.
    pub digests: &'a Path,
    /// The pages readers reach from them.
    pub links: &'a Links,
    /// What time it is.
    pub clock: &'a dyn Clock,
}

impl Erasure<'_> {
    /// Erases what was found, and writes the receipt.
    ///
    /// # Errors
    /// [`PipelineError`]; what was begun is finished by [`Erasure::finish`].
    pub fn erase(&self, whom: &Whom, found: &Found) -> Result<(Receipt, PathBuf), PipelineError> {
        self.finish()?;
        let at = self.clock.now();
        let mut found = found.clone();
        let mut open = Open::begin(self.data, Receipt::of(self, whom, &found, at))?;
        self.turn(&found, at, &mut open)?;
        if let Ok(sign) = whom.sign() {
            // What came while somebody was asked; from now on nothing comes.
            let late = self.late(whom, &sign, &found)?;
            if !late.is_nothing() {
                found.add(late.clone());
                open.go_on(Receipt::of(self, whom, &found, at));
                self.turn(&late, at, &mut open)?;
            }
        }
        Ok(open.close(self.tell_backups()?)?)
    }

    /// Finishes what was begun and cut short, and its receipt; where the receipts are. Nothing is done where
    /// nothing was, or where another process is at it.
    ///
    /// # Errors
    /// [`PipelineError`]; it may be tried again.
    pub fn finish(&self) -> Result<Vec<PathBuf>, PipelineError> {
        self.store.finish_erasing(self.clock.now())?;
        let known = self.store.erasings()?;
        let mut receipts = Vec::new();
        for open in Open::left(self.data)? {
            if let Some(open) = open.cut_short(&known)? {
                receipts.push(open.close(self.tell_backups()?)?.1);
            }
        }
        Ok(receipts)
    }

    fn turn(&self, found: &Found, at: Timestamp, open: &mut Open) -> Result<(), PipelineError> {
        // The files first: begun again, they would not be found by what the store still shows.
        let mut files = Vec::new();
        for digest in &found.digests {
            if folder::is_any_written(self.digests, &digest.reader, digest.date) {
                files.extend(folder::write(
                    self.digests,
                    &Proven::claimed(digest.clone()),
                    self.links,
                )?);
            }
        }
        // None is written from here on until the receipt is closed.
        let days: Vec<Date> = found.days().collect();
        let reports = reports::forget(&self.data.join(reports::FOLDER), &days)?;
        open.begin_turn(files, reports, self.store.erasings()?.count)?;
        let posts: Vec<PostId> = found.posts.iter().map(|post| post.id).collect();
        let Found { signs, digests, sources, .. } = found;
        let erased: Erased =
            self.store.erase(&Erasing { posts: &posts, signs, digests, sources }, at)?;
        Ok(open.end_turn(erased)?)
    }

    /// What is left of somebody after `found` was erased.
    fn late(&self, whom: &Whom, sign: &Sign, found: &Found) -> Result<Found, PipelineError> {
        let mut late = self.find(whom, sign, &|_| {})?;
        late.signs.extend(found.signs.iter().cloned());
        late.digests = self.digests_without(&Found {
            posts: found.posts.iter().chain(&late.posts).cloned().collect(),
            signs: late.signs.clone(),
            ..Found::default()
        })?;
        Ok(late)
    }

    /// Has the backups we know of keep them out, where they can be reached.
    fn tell_backups(&self) -> Result<Vec<OfBackup>, PipelineError> {
        let sealed = self.store.sealed()?;
        let backups = self.store.backups()?.into_iter().map(|BackedUp { folder, .. }| {
            let keeps_out = backup::keep_out(Path::new(&folder), sealed.clone()).is_ok();
            OfBackup { folder, keeps_out }
        });
        Ok(backups.collect())
    }
}
