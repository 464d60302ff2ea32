//! The calls: every method of [`Store`] as a value, and what it answers.

use std::borrow::Cow;
use std::io;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::frame::{LONGEST_ANSWER_BYTES, pack};
use super::lending::Lent;
use crate::delivery::Delivery;
use crate::digest::{Digest, Window};
use crate::feedback::Feedback;
use crate::host::HostMemory;
use crate::label::{Draw, Label};
use crate::month::Month;
use crate::post::{Post, PostId};
use crate::source::SourceId;
use crate::store::erase::{BackedUp, Erasing, Sealed, Sign};
use crate::store::{Holder, Judged, Keeps, Mark, Store, StoreError};
use crate::topic::RulesetId;
use crate::verdict::{Embedding, ModelId, Verdict};
use crate::visit::Memory;

/// A call of a method of [`Store`], which is named like it.
#[derive(Debug, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub(super) enum Call<'c> {
    Keep(Cow<'c, [Post]>),
    Judge(Cow<'c, [Judged]>),
    JudgeAgain(Cow<'c, [Verdict]>),
    Remember(Cow<'c, [(SourceId, Memory)]>),
    Memory(Cow<'c, SourceId>),
    Memories,
    RememberHosts(Cow<'c, [(String, Option<HostMemory>)]>),
    Hosts,
    Visits(Cow<'c, SourceId>, usize),
    Known(PostId),
    Post(PostId),
    Posts(Cow<'c, [PostId]>),
    Judged(PostId),
    JudgedMany(Cow<'c, [PostId]>),
    StillJudged(Cow<'c, [PostId]>),
    IdsFrom(PostId, usize),
    Unjudged(Cow<'c, ModelId>, Cow<'c, RulesetId>, usize),
    CountUnjudged(Cow<'c, ModelId>, Cow<'c, RulesetId>),
    SaidIn(Window),
    Newest(Cow<'c, SourceId>, usize),
    KeptAfter(Option<PostId>, usize),
    KeptIn(Month, Option<PostId>, usize),
    FirstHeard,
    FirstSaid,
    Claim(Cow<'c, Digest>),
    Digest(Cow<'c, str>, Date),
    Claims,
    Told(Cow<'c, str>, Date),
    Dispatch(Cow<'c, [Delivery]>),
    Deliveries(Date),
    Advance(Box<[Cow<'c, Delivery>; 2]>),
    Teach(Cow<'c, [Label]>, Timestamp),
    Unteach,
    Labels,
    Draw(Cow<'c, [Draw]>),
    Draws,
    Anchors(Cow<'c, ModelId>, Vec<String>),
    KeepAnchors(Cow<'c, ModelId>, Vec<(String, Embedding)>),
    HearBack(Cow<'c, Feedback>),
    TakeBack(Cow<'c, Feedback>),
    Feedback(Date),
    Unsubscribe(Cow<'c, str>, Option<Timestamp>),
    Unsubscribed,
    Counts,
    Months,
    Changes(Month, Option<Mark>, usize),
    Compact(Month, Cow<'c, Keeps>, Timestamp),
    GiveUp(Month),
    Damaged,
    KnownDamage,
    Erase {
        posts: Cow<'c, [PostId]>,
        signs: Cow<'c, [Sign]>,
        digests: Cow<'c, [Digest]>,
        sources: Cow<'c, [SourceId]>,
        at: Timestamp,
    },
    FinishErasing(Timestamp),
    Refuses(PostId),
    Sealed,
    KeepOut(Cow<'c, [Sealed]>),
    Erasings,
    NoteBackup(Cow<'c, BackedUp>),
    Backups,
    Verify,
    /// Of no store: which encoder is lent, and what it makes of texts.
    Lends,
    Encode(Vec<String>),
}

impl Call<'_> {
    /// Does what is called for; the frame of the answer.
    pub(super) fn answer(self, store: &dyn Store, lent: &Lent) -> Vec<u8> {
        match self {
            Self::Keep(posts) => told(store.keep(&posts)),
            Self::Judge(judged) => told(store.judge(&judged)),
            Self::JudgeAgain(verdicts) => told(store.judge_again(&verdicts)),
            Self::Remember(memories) => told(store.remember(&memories)),
            Self::Memory(source) => told(store.memory(&source)),
            Self::Memories => told(store.memories()),
            Self::RememberHosts(hosts) => told(store.remember_hosts(&hosts)),
            Self::Hosts => told(store.hosts()),
            Self::Visits(source, limit) => told(store.visits(&source, limit)),
            Self::Known(id) => told(store.known(id)),
            Self::Post(id) => told(store.post(id)),
            Self::Posts(ids) => told(store.posts(&ids)),
            Self::Judged(id) => told(store.judged(id)),
            Self::JudgedMany(ids) => told(store.judged_many(&ids)),
            Self::StillJudged(ids) => told(store.still_judged(&ids)),
            Self::IdsFrom(from, limit) => told(store.ids_from(from, limit)),
            Self::Unjudged(model, rules, limit) => told(store.unjudged(&model, &rules, limit)),
            Self::CountUnjudged(model, rules) => told(store.count_unjudged(&model, &rules)),
            Self::SaidIn(window) => told(store.said_in(window)),
            Self::Newest(source, limit) => told(store.newest(&source, limit)),
            Self::KeptAfter(after, limit) => told(store.kept_after(after, limit)),
            Self::KeptIn(month, after, limit) => told(store.kept_in(month, after, limit)),
            Self::FirstHeard => told(store.first_heard()),
            Self::FirstSaid => told(store.first_said()),
            Self::Claim(digest) => told(store.claim(&digest)),
            Self::Digest(reader, date) => told(store.digest(&reader, date)),
            Self::Claims => told(store.claims()),
            Self::Told(reader, since) => told(store.told(&reader, since)),
            Self::Dispatch(deliveries) => told(store.dispatch(&deliveries)),
            Self::Deliveries(since) => told(store.deliveries(since)),
            Self::Advance(delivery) => told(store.advance(&delivery[0], &delivery[1])),
            Self::Teach(labels, at) => told(store.teach(&labels, at)),
            Self::Unteach => told(store.unteach()),
            Self::Labels => told(store.labels()),
            Self::Draw(draws) => told(store.draw(&draws)),
            Self::Draws => told(store.draws()),
            Self::Anchors(model, texts) => {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                told(store.anchors(&model, &texts))
            }
            Self::KeepAnchors(model, anchors) => {
                let anchors: Vec<(&str, &Embedding)> =
                    anchors.iter().map(|(text, embedding)| (text.as_str(), embedding)).collect();
                told(store.keep_anchors(&model, &anchors))
            }
            Self::HearBack(feedback) => told(store.hear_back(&feedback)),
            Self::TakeBack(feedback) => told(store.take_back(&feedback)),
            Self::Feedback(since) => told(store.feedback(since)),
            Self::Unsubscribe(reader, at) => told(store.unsubscribe(&reader, at)),
            Self::Unsubscribed => told(store.unsubscribed()),
            Self::Counts => told(store.counts()),
            Self::Months => told(store.months()),
            Self::Changes(month, after, limit) => told(store.changes(month, after, limit)),
            Self::Compact(month, keeps, at) => told(store.compact(month, &keeps, at)),
            Self::GiveUp(month) => told(store.give_up(month)),
            Self::Damaged => told(store.damaged()),
            Self::KnownDamage => told(store.known_damage()),
            Self::Erase { posts, signs, digests, sources, at } => {
                let erasing =
                    Erasing { posts: &posts, signs: &signs, digests: &digests, sources: &sources };
                told(store.erase(&erasing, at))
            }
            Self::FinishErasing(at) => told(store.finish_erasing(at)),
            Self::Refuses(id) => told(store.refuses(id)),
            Self::Sealed => told(store.sealed()),
            Self::KeepOut(sealed) => told(store.keep_out(&sealed)),
            Self::Erasings => told(store.erasings()),
            Self::NoteBackup(backup) => told(store.note_backup(&backup)),
            Self::Backups => told(store.backups()),
            Self::Verify => told(store.verify()),
            Self::Lends => told(Ok(lent.named())),
            Self::Encode(texts) => told(lent.encode(&texts)),
        }
    }
}

/// A [`StoreError`] on its way.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Refusal {
    Locked { folder: String, holder: Option<Holder> },
    Service { folder: String, why: String },
    Damaged { folder: String, month: Option<Month>, what: String },
    NotAStore { folder: String, why: String },
    Full { folder: String },
    Io { folder: String, why: String },
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Locked { folder, holder } => Self::Locked { folder, holder },
            StoreError::Service { folder, why } => Self::Service { folder, why },
            StoreError::Damaged { folder, month, what } => Self::Damaged { folder, month, what },
            StoreError::NotAStore { folder, why } => Self::NotAStore { folder, why },
            StoreError::Full { folder } => Self::Full { folder },
            StoreError::Io { folder, source } => Self::Io { folder, why: source.to_string() },
        }
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Locked { folder, holder } => Self::Locked { folder, holder },
            Refusal::Service { folder, why } => Self::Service { folder, why },
            Refusal::Damaged { folder, month, what } => Self::Damaged { folder, month, what },
            Refusal::NotAStore { folder, why } => Self::NotAStore { folder, why },
            Refusal::Full { folder } => Self::Full { folder },
            Refusal::Io { folder, why } => Self::Io { folder, source: io::Error::other(why) },
        }
    }
}

/// The frame of an answer.
pub(super) fn told<T: Serialize>(answer: Result<T, StoreError>) -> Vec<u8> {
    let answer = answer.map_err(Refusal::from);
    let too_long = |why| {
        let folder = String::new();
        let why = format!("cannot answer that ({why}): stop it first");
        let refused: Result<(), Refusal> = Err(Refusal::Service { folder, why });
        // A sentence can always be written down.
        pack(&refused, LONGEST_ANSWER_BYTES).unwrap_or_default()
    };
    pack(&answer, LONGEST_ANSWER_BYTES).unwrap_or_else(too_long)
}
