//! A real store that tells what is asked of it, and may be told to break off.

use std::path::Path;
use std::sync::Mutex;

use jiff::Timestamp;
use jiff::civil::Date;
use overheard::delivery::Delivery;
use overheard::digest::{Digest, Window};
use overheard::feedback::Feedback;
use overheard::host::HostMemory;
use overheard::label::{Draw, Label, Lesson};
use overheard::month::Month;
use overheard::post::{Post, PostId};
use overheard::source::SourceId;
use overheard::store::erase::{BackedUp, Erased, Erasing, Erasings, Sealed};
use overheard::store::{
    Changes, Claim, Compacted, Counts, Damaged, Filed, Judged, Keeps, Kept, Mark, SledStore, Store,
    StoreError, Told,
};
use overheard::topic::RulesetId;
use overheard::verdict::{Embedding, ModelId, Verdict};
use overheard::visit::{Memory, Visit};

/// A write the pipeline asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Write {
    Keep(Vec<PostId>),
    Remember(SourceId),
}

/// What happens just before a write: what returns an error lets nothing be written.
pub(super) type Before = dyn Fn(&Write, &SledStore) -> Result<(), StoreError> + Send + Sync;

/// The sled store, watched.
pub(super) struct Watched {
    pub(super) store: SledStore,
    /// Whether it says that it kept verdicts, and keeps none.
    pub(super) forgets_verdicts: bool,
    writes: Mutex<Vec<Write>>,
    before: Box<Before>,
}

impl Watched {
    pub(super) fn open(
        folder: &Path,
        before: impl Fn(&Write, &SledStore) -> Result<(), StoreError> + Send + Sync + 'static,
    ) -> Self {
        let store = SledStore::open(folder).unwrap();
        let (writes, before) = (Mutex::default(), Box::new(before));
        Self { store, forgets_verdicts: false, writes, before }
    }

    /// Every write so far that was done.
    pub(super) fn writes(&self) -> Vec<Write> {
        self.writes.lock().unwrap().clone()
    }

    fn write<T>(
        &self,
        write: Write,
        work: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        (self.before)(&write, &self.store)?;
        let done = work()?;
        self.writes.lock().unwrap().push(write);
        Ok(done)
    }
}

/// The error of a store whose disk has no room left.
pub(super) fn full() -> StoreError {
    StoreError::Full { folder: "the test's".to_owned() }
}

impl Store for Watched {
    fn keep(&self, posts: &[Post]) -> Result<Kept, StoreError> {
        let ids = posts.iter().map(|post| post.id).collect();
        self.write(Write::Keep(ids), || self.store.keep(posts))
    }

    fn remember(&self, memories: &[(SourceId, Memory)]) -> Result<(), StoreError> {
        memories.iter().try_for_each(|one| {
            let write = Write::Remember(one.0.clone());
            self.write(write, || self.store.remember(std::slice::from_ref(one)))
        })
    }

    fn judge(&self, judged: &[Judged]) -> Result<(), StoreError> {
        if self.forgets_verdicts { Ok(()) } else { self.store.judge(judged) }
    }

    fn judge_again(&self, verdicts: &[Verdict]) -> Result<(), StoreError> {
        self.store.judge_again(verdicts)
    }

    fn still_judged(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.store.still_judged(ids)
    }

    fn ids_from(&self, from: PostId, limit: usize) -> Result<Vec<PostId>, StoreError> {
        self.store.ids_from(from, limit)
    }

    fn hear_back(&self, feedback: &Feedback) -> Result<bool, StoreError> {
        self.store.hear_back(feedback)
    }

    fn take_back(&self, feedback: &Feedback) -> Result<bool, StoreError> {
        self.store.take_back(feedback)
    }

    fn feedback(&self, since: jiff::civil::Date) -> Result<Vec<Feedback>, StoreError> {
        self.store.feedback(since)
    }

    fn unsubscribe(&self, reader: &str, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.store.unsubscribe(reader, at)
    }

    fn unsubscribed(&self) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.store.unsubscribed()
    }

    fn teach(&self, labels: &[Label], at: Timestamp) -> Result<Lesson, StoreError> {
        self.store.teach(labels, at)
    }

    fn unteach(&self) -> Result<Option<Lesson>, StoreError> {
        self.store.unteach()
    }

    fn labels(&self) -> Result<Vec<Label>, StoreError> {
        self.store.labels()
    }

    fn draw(&self, draws: &[Draw]) -> Result<(), StoreError> {
        self.store.draw(draws)
    }

    fn draws(&self) -> Result<Vec<Draw>, StoreError> {
        self.store.draws()
    }

    fn anchors(
        &self,
        model: &ModelId,
        texts: &[&str],
    ) -> Result<Vec<Option<Embedding>>, StoreError> {
        self.store.anchors(model, texts)
    }

    fn keep_anchors(
        &self,
        model: &ModelId,
        anchors: &[(&str, &Embedding)],
    ) -> Result<(), StoreError> {
        self.store.keep_anchors(model, anchors)
    }

    fn memory(&self, source: &SourceId) -> Result<Option<Memory>, StoreError> {
        self.store.memory(source)
    }

    fn memories(&self) -> Result<Vec<(SourceId, Memory)>, StoreError> {
        self.store.memories()
    }

    fn remember_hosts(&self, hosts: &[(String, Option<HostMemory>)]) -> Result<(), StoreError> {
        self.store.remember_hosts(hosts)
    }

    fn hosts(&self) -> Result<Vec<(String, HostMemory)>, StoreError> {
        self.store.hosts()
    }

    fn visits(&self, source: &SourceId, limit: usize) -> Result<Vec<Visit>, StoreError> {
        self.store.visits(source, limit)
    }

    fn known(&self, id: PostId) -> Result<bool, StoreError> {
        self.store.known(id)
    }

    fn post(&self, id: PostId) -> Result<Option<Post>, StoreError> {
        self.store.post(id)
    }

    fn judged(&self, id: PostId) -> Result<Option<Judged>, StoreError> {
        self.store.judged(id)
    }

    fn judged_many(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.store.judged_many(ids)
    }

    fn unjudged(
        &self,
        model: &ModelId,
        ruleset: &RulesetId,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError> {
        self.store.unjudged(model, ruleset, limit)
    }

    fn count_unjudged(&self, model: &ModelId, ruleset: &RulesetId) -> Result<usize, StoreError> {
        self.store.count_unjudged(model, ruleset)
    }

    fn said_in(&self, window: Window) -> Result<Vec<Post>, StoreError> {
        self.store.said_in(window)
    }

    fn newest(&self, source: &SourceId, limit: usize) -> Result<Vec<Post>, StoreError> {
        self.store.newest(source, limit)
    }

    fn kept_after(&self, after: Option<PostId>, limit: usize) -> Result<Vec<Post>, StoreError> {
        self.store.kept_after(after, limit)
    }

    fn kept_in(
        &self,
        month: Month,
        after: Option<PostId>,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError> {
        self.store.kept_in(month, after, limit)
    }

    fn first_heard(&self) -> Result<Option<Timestamp>, StoreError> {
        self.store.first_heard()
    }

    fn first_said(&self) -> Result<Option<Timestamp>, StoreError> {
        self.store.first_said()
    }

    fn claim(&self, digest: &Digest) -> Result<Claim, StoreError> {
        self.store.claim(digest)
    }

    fn digest(&self, reader: &str, date: Date) -> Result<Option<Digest>, StoreError> {
        self.store.digest(reader, date)
    }

    fn claims(&self) -> Result<Vec<(String, Date)>, StoreError> {
        self.store.claims()
    }

    fn told(&self, reader: &str, since: Date) -> Result<Vec<Told>, StoreError> {
        self.store.told(reader, since)
    }

    fn dispatch(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        self.store.dispatch(deliveries)
    }

    fn deliveries(&self, since: Date) -> Result<Vec<Delivery>, StoreError> {
        self.store.deliveries(since)
    }

    fn advance(&self, before: &Delivery, after: &Delivery) -> Result<bool, StoreError> {
        self.store.advance(before, after)
    }

    fn counts(&self) -> Result<Counts, StoreError> {
        self.store.counts()
    }

    fn months(&self) -> Result<Vec<Filed>, StoreError> {
        self.store.months()
    }

    fn changes(
        &self,
        month: Month,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.store.changes(month, after, limit)
    }

    fn compact(&self, month: Month, keeps: &Keeps, at: Timestamp) -> Result<Compacted, StoreError> {
        self.store.compact(month, keeps, at)
    }

    fn give_up(&self, month: Month) -> Result<Compacted, StoreError> {
        self.store.give_up(month)
    }

    fn damaged(&self) -> Result<Vec<Damaged>, StoreError> {
        self.store.damaged()
    }

    fn known_damage(&self) -> Result<Vec<Damaged>, StoreError> {
        self.store.known_damage()
    }

    fn erase(&self, erasing: &Erasing<'_>, at: Timestamp) -> Result<Erased, StoreError> {
        self.store.erase(erasing, at)
    }

    fn finish_erasing(&self, at: Timestamp) -> Result<bool, StoreError> {
        self.store.finish_erasing(at)
    }

    fn refuses(&self, id: PostId) -> Result<bool, StoreError> {
        self.store.refuses(id)
    }

    fn sealed(&self) -> Result<Vec<Sealed>, StoreError> {
        self.store.sealed()
    }

    fn keep_out(&self, sealed: &[Sealed]) -> Result<(), StoreError> {
        self.store.keep_out(sealed)
    }

    fn erasings(&self) -> Result<Erasings, StoreError> {
        self.store.erasings()
    }

    fn note_backup(&self, backup: &BackedUp) -> Result<(), StoreError> {
        self.store.note_backup(backup)
    }

    fn backups(&self) -> Result<Vec<BackedUp>, StoreError> {
        self.store.backups()
    }

    fn verify(&self) -> Result<Vec<String>, StoreError> {
        self.store.verify()
    }
}
