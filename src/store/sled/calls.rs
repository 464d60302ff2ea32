//! What the store is asked for: each is done by the module that knows the rows.

use jiff::Timestamp;
use jiff::civil::Date;

use super::engine::Engine;
use super::posts::of_month;
use super::refusals::Refusals;
use super::{
    SledStore, compact, deliveries, desk, erase, feedback, lessons, posts, refusals, verify,
};
use crate::delivery::Delivery;
use crate::digest::{Digest, Window};
use crate::feedback::Feedback;
use crate::host::HostMemory;
use crate::label::{Draw, Label, Lesson};
use crate::month::Month;
use crate::post::{Post, PostId};
use crate::source::SourceId;
use crate::store::erase::{BackedUp, Erased, Erasing, Erasings, Sealed};
use crate::store::{
    Changes, Claim, Compacted, Counts, Damaged, Filed, Judged, Keeps, Kept, Mark, Store,
    StoreError, Told,
};
use crate::topic::RulesetId;
use crate::verdict::{Embedding, ModelId, Verdict};
use crate::visit::{Memory, Visit};

impl Store for SledStore {
    fn keep(&self, posts: &[Post]) -> Result<Kept, StoreError> {
        self.write(|db| posts::keep(&*db.desk.engine()?, &db.months, posts))
    }

    fn judge(&self, judged: &[Judged]) -> Result<(), StoreError> {
        self.write(|db| posts::judge(&db.months, judged))
    }

    fn judge_again(&self, verdicts: &[Verdict]) -> Result<(), StoreError> {
        self.write(|db| posts::judge_again(&db.months, verdicts))
    }

    fn remember(&self, memories: &[(SourceId, Memory)]) -> Result<(), StoreError> {
        self.write(|db| desk::remember(&*db.desk.engine()?, memories))
    }

    fn memory(&self, source: &SourceId) -> Result<Option<Memory>, StoreError> {
        self.read(|db| desk::memory(&*db.desk.engine()?, source))
    }

    fn memories(&self) -> Result<Vec<(SourceId, Memory)>, StoreError> {
        self.read(|db| desk::memories(&*db.desk.engine()?))
    }

    fn remember_hosts(&self, hosts: &[(String, Option<HostMemory>)]) -> Result<(), StoreError> {
        self.write(|db| desk::remember_hosts(&*db.desk.engine()?, hosts))
    }

    fn hosts(&self) -> Result<Vec<(String, HostMemory)>, StoreError> {
        self.read(|db| desk::hosts(&*db.desk.engine()?))
    }

    fn visits(&self, source: &SourceId, limit: usize) -> Result<Vec<Visit>, StoreError> {
        self.read(|db| desk::visits(&*db.desk.engine()?, source, limit))
    }

    fn known(&self, id: PostId) -> Result<bool, StoreError> {
        self.read(|db| posts::known(&db.months, id))
    }

    fn post(&self, id: PostId) -> Result<Option<Post>, StoreError> {
        self.read(|db| posts::post(&db.months, id))
    }

    fn judged(&self, id: PostId) -> Result<Option<Judged>, StoreError> {
        self.read(|db| posts::judged(&db.months, id))
    }

    fn posts(&self, ids: &[PostId]) -> Result<Vec<Option<Post>>, StoreError> {
        self.read(|db| posts::many(&db.months, ids, of_month::post))
    }

    fn judged_many(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.read(|db| posts::many(&db.months, ids, of_month::judged))
    }

    fn still_judged(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.read(|db| posts::many(&db.months, ids, of_month::still_judged))
    }

    fn ids_from(&self, from: PostId, limit: usize) -> Result<Vec<PostId>, StoreError> {
        self.read(|db| posts::ids_from(&db.months, from, limit))
    }

    fn unjudged(
        &self,
        model: &ModelId,
        ruleset: &RulesetId,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError> {
        self.read(|db| posts::unjudged(&db.months, model, ruleset, limit))
    }

    fn count_unjudged(&self, model: &ModelId, ruleset: &RulesetId) -> Result<usize, StoreError> {
        self.read(|db| posts::count_unjudged(&db.months, model, ruleset))
    }

    fn said_in(&self, window: Window) -> Result<Vec<Post>, StoreError> {
        self.read(|db| posts::said_in(&db.months, window))
    }

    fn newest(&self, source: &SourceId, limit: usize) -> Result<Vec<Post>, StoreError> {
        self.read(|db| posts::newest(&db.months, source, limit))
    }

    fn kept_after(&self, after: Option<PostId>, limit: usize) -> Result<Vec<Post>, StoreError> {
        self.read(|db| posts::kept_after(&db.months, after, limit))
    }

    fn kept_in(
        &self,
        month: Month,
        after: Option<PostId>,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError> {
        let kept = |engine: &Engine| of_month::kept_after(engine, after, limit);
        self.read(|db| {
            if db.months.all().contains(&month) {
                db.months.within(month, kept)
            } else {
                Ok(Vec::new())
            }
        })
    }

    fn first_heard(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|db| posts::first_heard(&db.months))
    }

    fn first_said(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|db| posts::first_said(&db.months))
    }

    fn claim(&self, digest: &Digest) -> Result<Claim, StoreError> {
        self.write(|db| {
            let desk = db.desk.engine()?;
            let clean = Refusals::of(&desk)?.clean(digest)?;
            desk::claim(&desk, clean.as_ref().unwrap_or(digest))
        })
    }

    fn digest(&self, reader: &str, date: Date) -> Result<Option<Digest>, StoreError> {
        self.read(|db| desk::digest(&*db.desk.engine()?, reader, date))
    }

    fn claims(&self) -> Result<Vec<(String, Date)>, StoreError> {
        self.read(|db| desk::claims(&*db.desk.engine()?))
    }

    fn told(&self, reader: &str, since: Date) -> Result<Vec<Told>, StoreError> {
        self.read(|db| desk::told(&*db.desk.engine()?, reader, since))
    }

    fn dispatch(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        self.write(|db| deliveries::dispatch(&*db.desk.engine()?, deliveries))
    }

    fn deliveries(&self, since: Date) -> Result<Vec<Delivery>, StoreError> {
        self.read(|db| deliveries::deliveries(&*db.desk.engine()?, since))
    }

    fn advance(&self, before: &Delivery, after: &Delivery) -> Result<bool, StoreError> {
        self.write(|db| deliveries::advance(&*db.desk.engine()?, before, after))
    }

    fn teach(&self, labels: &[Label], at: Timestamp) -> Result<Lesson, StoreError> {
        self.write(|db| {
            let desk = db.desk.engine()?;
            let labels = Refusals::of(&desk)?.let_in(labels, |label| label.post)?;
            lessons::teach(&desk, &labels, at)
        })
    }

    fn unteach(&self) -> Result<Option<Lesson>, StoreError> {
        self.write(|db| lessons::unteach(&*db.desk.engine()?))
    }

    fn labels(&self) -> Result<Vec<Label>, StoreError> {
        self.read(|db| lessons::labels(&*db.desk.engine()?))
    }

    fn draw(&self, draws: &[Draw]) -> Result<(), StoreError> {
        self.write(|db| {
            let desk = db.desk.engine()?;
            let draws = Refusals::of(&desk)?.let_in(draws, |draw| draw.post)?;
            lessons::draw(&desk, &draws)
        })
    }

    fn draws(&self) -> Result<Vec<Draw>, StoreError> {
        self.read(|db| lessons::draws(&*db.desk.engine()?))
    }

    fn anchors(
        &self,
        model: &ModelId,
        texts: &[&str],
    ) -> Result<Vec<Option<Embedding>>, StoreError> {
        self.read(|db| lessons::anchors(&*db.desk.engine()?, model, texts))
    }

    fn keep_anchors(
        &self,
        model: &ModelId,
        anchors: &[(&str, &Embedding)],
    ) -> Result<(), StoreError> {
        self.write(|db| lessons::keep_anchors(&*db.desk.engine()?, model, anchors))
    }

    fn hear_back(&self, feedback: &Feedback) -> Result<bool, StoreError> {
        self.write(|db| {
            let desk = db.desk.engine()?;
            if Refusals::of(&desk)?.refuse_id(feedback.point.post)? {
                return Ok(false);
            }
            feedback::hear_back(&desk, feedback)
        })
    }

    fn take_back(&self, feedback: &Feedback) -> Result<bool, StoreError> {
        self.write(|db| feedback::take_back(&*db.desk.engine()?, feedback))
    }

    fn feedback(&self, since: Date) -> Result<Vec<Feedback>, StoreError> {
        self.read(|db| feedback::feedback(&*db.desk.engine()?, since))
    }

    fn unsubscribe(&self, reader: &str, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.write(|db| feedback::unsubscribe(&*db.desk.engine()?, reader, at))
    }

    fn unsubscribed(&self) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.read(|db| feedback::unsubscribed(&*db.desk.engine()?))
    }

    fn counts(&self) -> Result<Counts, StoreError> {
        self.read(|db| verify::counts(&*db.desk.engine()?, &db.months))
    }

    fn months(&self) -> Result<Vec<Filed>, StoreError> {
        self.read(|db| {
            let mut filed = Vec::new();
            for month in db.months.all() {
                // Of a damaged one nothing is known: see [`Store::damaged`].
                if db.months.is_damaged(month) {
                    continue;
                }
                let bytes = db.months.size_bytes(month)?;
                let Some(known) = db.months.known(month)? else { continue };
                let anew = desk::month(&*db.desk.engine()?, month)?;
                filed.push(Filed { month, bytes, batches: known.batches, anew });
            }
            Ok(filed)
        })
    }

    fn changes(
        &self,
        month: Month,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.read(|db| posts::changes(&db.months, month, after, limit))
    }

    fn compact(&self, month: Month, keeps: &Keeps, at: Timestamp) -> Result<Compacted, StoreError> {
        self.write(|db| compact::compact(&*db.desk.engine()?, &db.months, month, keeps, at))
    }

    fn give_up(&self, month: Month) -> Result<Compacted, StoreError> {
        self.write(|db| compact::give_up(&*db.desk.engine()?, &db.months, month))
    }

    fn damaged(&self) -> Result<Vec<Damaged>, StoreError> {
        self.read(|db| {
            for month in db.months.all() {
                // One that was whole when it was closed, and is as it was, need not be opened.
                db.months.known(month)?;
            }
            let damaged = db.months.damaged().into_iter();
            Ok(damaged.map(|(month, what)| Damaged { month, what }).collect())
        })
    }

    fn known_damage(&self) -> Result<Vec<Damaged>, StoreError> {
        self.read(|db| {
            let damaged = db.months.damaged().into_iter();
            Ok(damaged.map(|(month, what)| Damaged { month, what }).collect())
        })
    }

    fn erase(&self, erasing: &Erasing<'_>, at: Timestamp) -> Result<Erased, StoreError> {
        self.write(|db| erase::erase(&self.erasure(db), erasing, at))
    }

    fn finish_erasing(&self, at: Timestamp) -> Result<bool, StoreError> {
        if self.erasings()?.unfinished.is_empty() {
            return Ok(false);
        }
        self.write(|db| erase::finish(&self.erasure(db), at))
    }

    fn refuses(&self, id: PostId) -> Result<bool, StoreError> {
        self.read(|db| Refusals::of(&*db.desk.engine()?)?.refuse_id(id))
    }

    fn sealed(&self) -> Result<Vec<Sealed>, StoreError> {
        self.read(|db| refusals::sealed(&*db.desk.engine()?))
    }

    fn keep_out(&self, sealed: &[Sealed]) -> Result<(), StoreError> {
        self.write(|db| refusals::keep_out(&*db.desk.engine()?, sealed))
    }

    fn erasings(&self) -> Result<Erasings, StoreError> {
        self.read(|db| refusals::erasings(&*db.desk.engine()?))
    }

    fn note_backup(&self, backup: &BackedUp) -> Result<(), StoreError> {
        self.write(|db| refusals::note_backup(&*db.desk.engine()?, backup))
    }

    fn backups(&self) -> Result<Vec<BackedUp>, StoreError> {
        self.read(|db| refusals::backups(&*db.desk.engine()?))
    }

    fn verify(&self) -> Result<Vec<String>, StoreError> {
        self.read(|db| verify::verify(&*db.desk.engine()?, &db.months))
    }
}
