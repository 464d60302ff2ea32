//! Writing digests: those whose morning has come, each claimed before it is told (invariant 6).
//!
//! What was heard in a window is read once; the digests of its readers are made side by side.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use tokio::task::block_in_place;

use super::{Calendars, Event, Morning, MorningError, Pipeline, PipelineError, Summary, Written};
use crate::channel::FOLDER;
use crate::deliver::{folder, outbox};
use crate::digest::{self, Digest, Proven, Week, Window};
use crate::reader::Reader;
use crate::side_by_side;
use crate::source::SourceId;
use crate::store::Claim;

/// A digest that could not be written for so many days is no news any more.
const CATCH_UP_DAYS: i64 = 7;

/// A reader's digest that is to be written.
#[derive(Debug, Clone, Copy)]
struct Owed<'a> {
    reader: &'a Reader,
    date: Date,
}

impl Pipeline<'_> {
    /// Writes the digest of every reader whose morning has come and who has none of it yet.
    /// `silent` are the sources that have not answered yet.
    pub(super) fn write(
        &self,
        summary: &mut Summary,
        silent: &[SourceId],
        calendars: &Calendars,
    ) -> Result<(), PipelineError> {
        let readers = &self.market.readers;
        (self.watch)(Event::Writing { readers: readers.len() });
        let unsubscribed = block_in_place(|| self.store.unsubscribed())?;
        summary.digests.append(&mut block_in_place(|| self.catch_up())?);
        let mut owed = Vec::new();
        for reader in readers {
            let is_theirs = !unsubscribed.iter().any(|(id, _)| *id == reader.id);
            if let Some(date) = digest::due(reader, self.clock.now()).filter(|_| is_theirs) {
                owed.push(Owed { reader, date });
            } else {
                summary.quiet.push(reader.id.clone());
                (self.watch)(Event::Wrote);
            }
        }
        let morning = self.morning(silent, calendars);
        summary.digests.append(&mut block_in_place(|| self.write_all(&morning, &owed))?);
        Ok(())
    }

    /// Writes a reader's digest of a date: the one in the ledger, else a new one that is claimed first.
    ///
    /// # Errors
    /// [`PipelineError`].
    pub fn digest(&self, reader: &Reader, date: Date) -> Result<Written, PipelineError> {
        let calendars = Calendars::beside(self.digests);
        let morning = self.morning(&[], &calendars);
        if let Some(before) = self.store.digest(&reader.id, date)? {
            return self.hand_over(reader, &Proven::claimed(before), Fresh::No);
        }
        let (proven, fresh) = self.claim(morning.preview(reader, date, self.clock.now())?)?;
        self.hand_over(reader, &proven, fresh)
    }

    fn morning<'m>(&'m self, silent: &'m [SourceId], calendars: &'m Calendars) -> Morning<'m> {
        Morning { market: self.market, store: &**self.store, silent, calendars: Some(calendars) }
    }

    /// Writes digests, in the order they are owed.
    fn write_all(
        &self,
        morning: &Morning<'_>,
        owed: &[Owed<'_>],
    ) -> Result<Vec<Written>, PipelineError> {
        let mut refused = None;
        let mut written: Vec<Option<Written>> = Vec::new();
        written.resize_with(owed.len(), || None);
        let mut new: BTreeMap<(Timestamp, Timestamp, Date), Vec<usize>> = BTreeMap::new();
        for (place, Owed { reader, date }) in owed.iter().enumerate() {
            if let Some(before) = self.store.digest(&reader.id, *date)? {
                written[place] =
                    Some(self.hand_over(reader, &Proven::claimed(before), Fresh::No)?);
                (self.watch)(Event::Wrote);
            } else {
                let Window { from, until } = digest::window(reader, *date);
                new.entry((from, until, *date)).or_default().push(place);
            }
        }
        for ((from, until, date), places) in new {
            let now = self.clock.now();
            let hearing = morning.hear(Window { from, until }, date, now)?;
            let heard = hearing.heard(self.market);
            let stories = hearing.stories(&heard);
            let week = Week::of(&stories, &self.market.ruleset);
            let one = |place: usize| {
                if (self.stop)() {
                    return Err(PipelineError::Stopped);
                }
                let reader = owed[place].reader;
                let proven = match morning.of_week(&hearing, &week, (reader, date), now) {
                    Ok(proven) => proven,
                    // A fault with one digest is no reason to keep the others' back.
                    Err(refused @ MorningError::Unsaid { .. }) => return Ok(Err(refused)),
                    Err(error) => return Err(error.into()),
                };
                let (proven, fresh) = self.claim(proven)?;
                let written = self.hand_over(reader, &proven, fresh)?;
                (self.watch)(Event::Wrote);
                Ok(Ok(written))
            };
            let done = side_by_side::try_map(&places, |&place| one(place))?;
            for (place, done) in places.into_iter().zip(done) {
                match done {
                    Ok(done) => written[place] = Some(done),
                    Err(why) => _ = refused.get_or_insert(why),
                }
            }
        }
        match refused {
            Some(refused) => Err(refused.into()),
            None => Ok(written.into_iter().flatten().collect()),
        }
    }

    /// Puts a digest that is claimed where its reader gets it.
    fn hand_over(
        &self,
        reader: &Reader,
        proven: &Proven,
        fresh: Fresh,
    ) -> Result<Written, PipelineError> {
        let digest: &Digest = proven.digest();
        let channels = reader.channels(self.mail);
        let files = if channels.contains(&FOLDER) {
            folder::write(self.digests, proven, self.links)?
        } else {
            Vec::new()
        };
        // Kept again after a crash between the claim and this: those that are there stay as they are.
        let now = self.clock.now();
        self.store.dispatch(&outbox::deliveries_of(reader, self.mail, digest, now))?;
        Ok(Written {
            reader: reader.id.clone(),
            date: digest.date,
            fresh: fresh == Fresh::Yes,
            points: digest.blocks.iter().map(|block| block.points.len()).sum(),
            stories: digest.listening.stories,
            files,
        })
    }

    /// Writes digests that were claimed and never written: a crash between the two delays a digest, and
    /// its reader still gets what the ledger says they were told.
    /// What goes by mail or to a chat is taken up, too; where its morning is over the outbox gives it up, and
    /// says so.
    fn catch_up(&self) -> Result<Vec<Written>, PipelineError> {
        let now = self.clock.now();
        let unsubscribed = self.store.unsubscribed()?;
        let mut late = Vec::new();
        for (id, date) in self.store.claims()? {
            let Some(reader) = self.market.reader(&id) else { continue };
            let today = digest::morning(reader, now);
            let is_recent = date < today && date >= today.saturating_sub(CATCH_UP_DAYS.days());
            if !is_recent || unsubscribed.iter().any(|(gone, _)| *gone == id) {
                continue;
            }
            let has_folder = reader.channels(self.mail).contains(&FOLDER);
            let is_missing = has_folder && !folder::is_written(self.digests, &id, date);
            // What is older is given up in any case, and may be of a time before its reader had a channel.
            let is_news = date >= today.saturating_sub(1.days());
            if is_missing || is_news && self.is_undelivered(reader, date)? {
                late.push(self.digest(reader, date)?);
            }
        }
        Ok(late)
    }

    /// Whether a digest has a channel by which it was never to be sent.
    fn is_undelivered(&self, reader: &Reader, date: Date) -> Result<bool, PipelineError> {
        let Some(digest) = self.store.digest(&reader.id, date)? else { return Ok(false) };
        let owed = outbox::deliveries_of(reader, self.mail, &digest, self.clock.now());
        if owed.is_empty() {
            return Ok(false);
        }
        let known = self.store.deliveries(date)?;
        // One row of it is enough: a channel that is new since gets no old digests.
        Ok(!known.iter().any(|known| known.id.reader == reader.id && known.id.date == date))
    }

    /// Claims a digest; another process may have been quicker, and then its digest stands.
    fn claim(&self, proven: Proven) -> Result<(Proven, Fresh), PipelineError> {
        Ok(match self.store.claim(proven.digest())? {
            // What was erased since it was made is not in what the ledger holds.
            Claim::Ours => {
                match self.store.digest(&proven.digest().reader, proven.digest().date)? {
                    Some(kept) if kept != *proven.digest() => (Proven::claimed(kept), Fresh::Yes),
                    _ => (proven, Fresh::Yes),
                }
            }
            Claim::Before(before) => (Proven::claimed(*before), Fresh::No),
        })
    }
}

/// Whether a digest was claimed just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fresh {
    Yes,
    No,
}
