//! The store: posts, verdicts, embeddings, the memory of sources, labels, and the ledger.
//!
//! [`Store`] is the promise; [`SledStore`] keeps it. What a method that writes has returned `Ok` for
//! is on the disk: it survives SIGKILL and power loss.

pub mod backup;
mod beside;
mod codec;
pub mod erase;
mod error;
pub mod export;
mod folder;
pub(crate) mod guard;
mod keys;
pub mod remote;
mod revision;
mod rights;
mod room;
mod sled;
mod values;

pub(crate) use self::beside::side_by_side;
pub use self::error::StoreError;
pub use self::folder::Holder;
pub use self::sled::SledStore;
pub use self::values::{
    Anew, Change, Changes, Claim, Compacted, Counts, Damaged, Filed, Judged, Keeps, Kept, Mark,
};

use self::erase::{BackedUp, Erased, Erasing, Erasings, Sealed};
pub use crate::digest::Told;
use jiff::Timestamp;

use crate::delivery::Delivery;
use crate::digest::{Digest, Window};
use crate::feedback::Feedback;
use crate::host::HostMemory;
use crate::label::{Draw, Label, Lesson};
use crate::month::Month;
use crate::post::{Post, PostId};
use crate::source::SourceId;
use crate::topic::RulesetId;
use crate::verdict::{Embedding, ModelId, Verdict};
use crate::visit::{Memory, Visit};

/// Keeps everything. Blocking: call it off the reactor. One writer at a time.
pub trait Store: Send + Sync {
    /// Keeps posts, best about 100 at a time, by the month in which they were heard. A post already kept changes nothing; one of which
    /// something changed is updated, and keeps its id, the moment it was first heard and the first date
    /// stated; if its words changed it is to be judged again. Markup and dates alone are no change. What
    /// was erased is not kept, and neither is a post that a damaged month seems to hold.
    ///
    /// # Errors
    /// [`StoreError`]; no post of the batch is kept then, or only those of earlier months.
    fn keep(&self, posts: &[Post]) -> Result<Kept, StoreError>;

    /// Keeps verdicts beside their posts, replacing earlier ones. Embeddings are kept at half
    /// precision: a cosine moves by less than 0.001. A verdict of a post that is not kept is dropped.
    ///
    /// # Errors
    /// [`StoreError`]; no verdict of the batch is kept then, or only those on posts of earlier months.
    fn judge(&self, judged: &[Judged]) -> Result<(), StoreError>;

    /// Keeps verdicts by new rules in place of earlier ones; the embeddings they were read off stand. A
    /// verdict of a post that has none yet is dropped.
    ///
    /// # Errors
    /// As for [`Store::judge`].
    fn judge_again(&self, verdicts: &[Verdict]) -> Result<(), StoreError>;

    /// Keeps what is remembered of sources, and adds the last visit to those of before. Call it after
    /// [`Store::keep`] for their posts.
    ///
    /// # Errors
    /// [`StoreError`].
    fn remember(&self, memories: &[(SourceId, Memory)]) -> Result<(), StoreError>;

    /// What is remembered of a source.
    ///
    /// # Errors
    /// [`StoreError`].
    fn memory(&self, source: &SourceId) -> Result<Option<Memory>, StoreError>;

    /// What is remembered of every source, by source.
    ///
    /// # Errors
    /// [`StoreError`].
    fn memories(&self) -> Result<Vec<(SourceId, Memory)>, StoreError>;

    /// Keeps what is remembered of hosts, best about 100 at a time; one with nothing is forgotten.
    ///
    /// # Errors
    /// [`StoreError`].
    fn remember_hosts(&self, hosts: &[(String, Option<HostMemory>)]) -> Result<(), StoreError>;

    /// What is remembered of every host, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    fn hosts(&self) -> Result<Vec<(String, HostMemory)>, StoreError>;

    /// Up to `limit` visits to a source, newest first; only the last few hundred are kept.
    ///
    /// # Errors
    /// [`StoreError`].
    fn visits(&self, source: &SourceId, limit: usize) -> Result<Vec<Visit>, StoreError>;

    /// Whether a post is kept, without reading it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn known(&self, id: PostId) -> Result<bool, StoreError>;

    /// A post.
    ///
    /// # Errors
    /// [`StoreError`].
    fn post(&self, id: PostId) -> Result<Option<Post>, StoreError>;

    /// A post's verdict and embedding.
    ///
    /// # Errors
    /// [`StoreError`].
    fn judged(&self, id: PostId) -> Result<Option<Judged>, StoreError>;

    /// Many posts, in the order of `ids`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn posts(&self, ids: &[PostId]) -> Result<Vec<Option<Post>>, StoreError> {
        ids.iter().map(|id| self.post(*id)).collect()
    }

    /// The verdicts and embeddings of many posts, in the order of `ids`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn judged_many(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError>;

    /// The same, but none for a post whose words have changed since they were judged.
    ///
    /// # Errors
    /// [`StoreError`].
    fn still_judged(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError>;

    /// Up to `limit` posts by id, from this one on: to find one by the beginning of its id.
    ///
    /// # Errors
    /// [`StoreError`].
    fn ids_from(&self, from: PostId, limit: usize) -> Result<Vec<PostId>, StoreError>;

    /// Up to `limit` posts that have no verdict by this model and these rules: first those that have
    /// none at all, so that what is new never waits for what is judged again; both in the order they
    /// were kept.
    ///
    /// # Errors
    /// [`StoreError`].
    fn unjudged(
        &self,
        model: &ModelId,
        ruleset: &RulesetId,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError>;

    /// How many posts [`Store::unjudged`] would give without a limit.
    ///
    /// # Errors
    /// [`StoreError`].
    fn count_unjudged(&self, model: &ModelId, ruleset: &RulesetId) -> Result<usize, StoreError>;

    /// The posts said in the window (by [`Post::when`]), oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn said_in(&self, window: Window) -> Result<Vec<Post>, StoreError>;

    /// Up to `limit` posts of a source, by [`Post::when`], newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn newest(&self, source: &SourceId, limit: usize) -> Result<Vec<Post>, StoreError>;

    /// Up to `limit` posts in the order they were kept, from the one after `after`: a walk through all
    /// of them, page by page.
    ///
    /// # Errors
    /// [`StoreError`].
    fn kept_after(&self, after: Option<PostId>, limit: usize) -> Result<Vec<Post>, StoreError>;

    /// The same through the posts of one month.
    ///
    /// # Errors
    /// [`StoreError`].
    fn kept_in(
        &self,
        month: Month,
        after: Option<PostId>,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError>;

    /// When the post that was kept first was heard.
    ///
    /// # Errors
    /// [`StoreError`].
    fn first_heard(&self) -> Result<Option<Timestamp>, StoreError>;

    /// The earliest moment a post was said, by [`Post::when`].
    ///
    /// # Errors
    /// [`StoreError`].
    fn first_said(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Claims a reader's digest of a date, atomically: at most one caller ever gets [`Claim::Ours`].
    /// The posts it tells are in the ledger with it. After an error or a crash it may be claimed
    /// though nobody was told so: whoever sends must ask what was sent, too.
    ///
    /// # Errors
    /// [`StoreError`].
    fn claim(&self, digest: &Digest) -> Result<Claim, StoreError>;

    /// The digest a reader got on a date.
    ///
    /// # Errors
    /// [`StoreError`].
    fn digest(&self, reader: &str, date: jiff::civil::Date) -> Result<Option<Digest>, StoreError>;

    /// The reader and the date of every digest claimed, by reader, then date.
    ///
    /// # Errors
    /// [`StoreError`].
    fn claims(&self) -> Result<Vec<(String, jiff::civil::Date)>, StoreError>;

    /// What a reader has been told since a date, that date included; oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    fn told(&self, reader: &str, since: jiff::civil::Date) -> Result<Vec<Told>, StoreError>;

    /// Keeps deliveries that are to be made; of one that is known already, how it stands stays. Those of
    /// digests of more than a year before are forgotten.
    ///
    /// # Errors
    /// [`StoreError`]; none is kept then.
    fn dispatch(&self, deliveries: &[Delivery]) -> Result<(), StoreError>;

    /// The deliveries of digests of a date and later, by date, reader and channel.
    ///
    /// # Errors
    /// [`StoreError`].
    fn deliveries(&self, since: jiff::civil::Date) -> Result<Vec<Delivery>, StoreError>;

    /// Puts `after` in the place of `before`, atomically and if that is how it stands: whether it was. Of
    /// many callers with the same `before` at most one ever gets true.
    ///
    /// # Errors
    /// [`StoreError`]; it may have been put there all the same.
    fn advance(&self, before: &Delivery, after: &Delivery) -> Result<bool, StoreError>;

    /// Keeps labels given together; a later one of the same post and topic replaces the earlier. What it
    /// changed; a lesson that changes nothing is not kept.
    ///
    /// # Errors
    /// [`StoreError`]; no label is kept then.
    fn teach(&self, labels: &[Label], at: Timestamp) -> Result<Lesson, StoreError>;

    /// Takes back the last lesson that was not taken back: which, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    fn unteach(&self) -> Result<Option<Lesson>, StoreError>;

    /// Every label that stands, by topic, then post.
    ///
    /// # Errors
    /// [`StoreError`].
    fn labels(&self) -> Result<Vec<Label>, StoreError>;

    /// Keeps which posts were drawn to be labelled, replacing earlier draws of the same posts.
    ///
    /// # Errors
    /// [`StoreError`].
    fn draw(&self, draws: &[Draw]) -> Result<(), StoreError>;

    /// Every draw, by topic, then post.
    ///
    /// # Errors
    /// [`StoreError`].
    fn draws(&self) -> Result<Vec<Draw>, StoreError>;

    /// The embeddings of texts of the rules by this model, in order; none for one that was not kept.
    ///
    /// # Errors
    /// [`StoreError`].
    fn anchors(
        &self,
        model: &ModelId,
        texts: &[&str],
    ) -> Result<Vec<Option<Embedding>>, StoreError>;

    /// Keeps the embeddings of texts of the rules, whole: to be had again without the model.
    ///
    /// # Errors
    /// [`StoreError`].
    fn keep_anchors(
        &self,
        model: &ModelId,
        anchors: &[(&str, &Embedding)],
    ) -> Result<(), StoreError>;

    /// Keeps what a reader said of a point; of what they said before the newest stands, but for what
    /// stands apart. What is said of a post that was erased is not kept. Whether it stands now.
    ///
    /// # Errors
    /// [`StoreError`].
    fn hear_back(&self, feedback: &Feedback) -> Result<bool, StoreError>;

    /// Forgets what a reader said of a point, if it is this that stands; whether it was.
    ///
    /// # Errors
    /// [`StoreError`].
    fn take_back(&self, feedback: &Feedback) -> Result<bool, StoreError>;

    /// What readers said of digests of a date and later, by reader, then date.
    ///
    /// # Errors
    /// [`StoreError`].
    fn feedback(&self, since: jiff::civil::Date) -> Result<Vec<Feedback>, StoreError>;

    /// Keeps that a reader wants no more digests, and since when; none where they want them again.
    ///
    /// # Errors
    /// [`StoreError`].
    fn unsubscribe(&self, reader: &str, at: Option<Timestamp>) -> Result<(), StoreError>;

    /// The readers who want no more digests, and since when, by reader.
    ///
    /// # Errors
    /// [`StoreError`].
    fn unsubscribed(&self) -> Result<Vec<(String, Timestamp)>, StoreError>;

    /// How much there is.
    ///
    /// # Errors
    /// [`StoreError`].
    fn counts(&self) -> Result<Counts, StoreError>;

    /// The months with posts, oldest first, without those that are damaged.
    ///
    /// # Errors
    /// [`StoreError`].
    fn months(&self) -> Result<Vec<Filed>, StoreError>;

    /// Up to `limit` changes of a month after a mark, oldest first: each post once, at its newest. From
    /// the beginning without a mark.
    ///
    /// # Errors
    /// [`StoreError`].
    fn changes(
        &self,
        month: Month,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<Changes, StoreError>;

    /// Writes a month anew with the posts that are to be kept: what was replaced or is dropped gives
    /// its space back. The new month is checked before it takes the place of the old; cut short at any
    /// moment, one of the two stands. Nothing is written meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]; the month stands as it was.
    fn compact(&self, month: Month, keeps: &Keeps, at: Timestamp) -> Result<Compacted, StoreError>;

    /// Gives up a month with all its posts, unread; its space is free at once.
    ///
    /// # Errors
    /// [`StoreError`]; it may be there still.
    fn give_up(&self, month: Month) -> Result<Compacted, StoreError>;

    /// The months that are damaged, oldest first: each is opened to see, unless its files are as they were
    /// when it was closed whole. What is wrong inside of one shows only where it is read:
    /// [`Store::verify`] reads everything.
    ///
    /// # Errors
    /// [`StoreError`].
    fn damaged(&self) -> Result<Vec<Damaged>, StoreError>;

    /// Those that were found to be damaged so far, without looking for more.
    ///
    /// # Errors
    /// [`StoreError`].
    fn known_damage(&self) -> Result<Vec<Damaged>, StoreError>;

    /// Erases posts with all that is kept of them, takes over digests without their words, and keeps what
    /// bears certain signs out from now on. What held them is written anew, so that no byte of them is
    /// left in the store's files; whoever reads waits for a batch of it at most. It cannot be undone. Cut
    /// short once it has begun, it goes on with [`Store::finish_erasing`].
    ///
    /// # Errors
    /// [`StoreError`].
    fn erase(&self, erasing: &Erasing<'_>, at: Timestamp) -> Result<Erased, StoreError>;

    /// Goes on with an erasing that was cut short, to its end; whether there was one. What it erases stands
    /// in [`Store::erasings`].
    ///
    /// # Errors
    /// [`StoreError`]; it may be tried again.
    fn finish_erasing(&self, at: Timestamp) -> Result<bool, StoreError>;

    /// Whether a post with this id was erased: it need not be fetched.
    ///
    /// # Errors
    /// [`StoreError`].
    fn refuses(&self, id: PostId) -> Result<bool, StoreError>;

    /// What stays out, for backups and other stores.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sealed(&self) -> Result<Vec<Sealed>, StoreError>;

    /// Keeps out from now on what another store keeps out.
    ///
    /// # Errors
    /// [`StoreError`].
    fn keep_out(&self, sealed: &[Sealed]) -> Result<(), StoreError>;

    /// What is known of erasings so far.
    ///
    /// # Errors
    /// [`StoreError`].
    fn erasings(&self) -> Result<Erasings, StoreError>;

    /// Notes that a backup was made: an erasing goes on there.
    ///
    /// # Errors
    /// [`StoreError`].
    fn note_backup(&self, backup: &BackedUp) -> Result<(), StoreError>;

    /// The backups that were made, by folder.
    ///
    /// # Errors
    /// [`StoreError`].
    fn backups(&self) -> Result<Vec<BackedUp>, StoreError>;

    /// Checks every value and every index row against each other; the problems found, in words.
    ///
    /// # Errors
    /// [`StoreError`] where the store cannot be read at all.
    fn verify(&self) -> Result<Vec<String>, StoreError>;
}
