//! The store of another process: one that has it open for long listens on a socket in its folder, and the
//! other commands call it there.
//!
//! A caller says first who it is; both must be the same overheard. Then comes one call after the other,
//! each a method of [`Store`], and each is answered before the next. A hung or hostile caller costs one
//! of a bounded number of places, never the store: see the limits in `listening` and `frame`.

mod call;
mod frame;
mod lending;
mod listening;
mod socket;

pub use self::lending::{Lent, RemoteEncoder};
pub use self::listening::Listening;

use std::borrow::Cow;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;

use self::call::{Call, Refusal};
use self::frame::{
    Hello, LONGEST_ANSWER_BYTES, LONGEST_CALL_BYTES, LONGEST_HELLO_BYTES, pack, unpack,
};
use super::erase::{BackedUp, Erased, Erasing, Erasings, Sealed};
use super::{
    Changes, Claim, Compacted, Counts, Damaged, Filed, Judged, Keeps, Kept, Mark, SledStore, Store,
    StoreError, Told,
};
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

/// How long whoever is called may say nothing: it says every few seconds that it works.
const SILENCE: Duration = Duration::from_mins(1);

/// How long a command waits for another that holds the store and takes no calls, or not yet: most end,
/// or listen, within that.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it looks meanwhile.
const LOOK: Duration = Duration::from_millis(50);

/// The store that another process has open.
#[derive(Debug)]
pub struct RemoteStore {
    folder: String,
    /// None once a call broke off: what comes next might be its answer.
    stream: Mutex<Option<UnixStream>>,
}

/// Opens the store in `folder`, or reaches it by the process that has it open.
///
/// # Errors
/// [`StoreError::Locked`] says who has it open, where that process takes no calls; or it cannot be opened.
pub fn open(folder: &Path) -> Result<Arc<dyn Store>, StoreError> {
    let began = Instant::now();
    loop {
        let locked = match SledStore::open(folder) {
            Ok(store) => return Ok(Arc::new(store)),
            Err(locked @ StoreError::Locked { .. }) => locked,
            Err(error) => return Err(error),
        };
        if let Some(store) = RemoteStore::connect(folder)? {
            return Ok(Arc::new(store));
        }
        if began.elapsed() > PATIENCE {
            return Err(locked);
        }
        thread::sleep(LOOK);
    }
}

impl RemoteStore {
    /// Calls the process that has the store in `folder` open; none where nobody takes calls there.
    ///
    /// # Errors
    /// [`StoreError::Service`]: it does not understand us, or breaks off.
    pub fn connect(folder: &Path) -> Result<Option<Self>, StoreError> {
        let shown = folder.display().to_string();
        let failed = |error: io::Error| StoreError::Service {
            folder: shown.clone(),
            why: format!("could not be asked: {error}"),
        };
        let Some(mut stream) = socket::connect(folder).map_err(failed)? else { return Ok(None) };
        stream
            .set_read_timeout(Some(SILENCE))
            .and_then(|()| stream.set_write_timeout(Some(SILENCE)))
            .map_err(failed)?;
        let hello = pack(&Hello::ours(), LONGEST_HELLO_BYTES)
            .map_err(|why| failed(io::Error::other(why)))?;
        let welcome = frame::write(&mut stream, &hello)
            .and_then(|()| frame::read(&mut stream, LONGEST_HELLO_BYTES));
        let welcome = match welcome {
            Ok(welcome) => welcome,
            Err(error) if is_gone(&error) => {
                let why = "turned us away: it has many callers, belongs to another user, or just ended; \
                           run the command again";
                return Err(StoreError::Service { folder: shown, why: why.to_owned() });
            }
            Err(error) => return Err(failed(error)),
        };
        let welcome: Result<Hello, String> =
            unpack(&welcome).map_err(|why| failed(io::Error::other(why)))?;
        match welcome {
            Ok(_) => Ok(Some(Self { folder: shown, stream: Mutex::new(Some(stream)) })),
            Err(why) => Err(StoreError::Service { folder: shown, why }),
        }
    }

    fn ask<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, StoreError> {
        let service = |why: String| StoreError::Service { folder: self.folder.clone(), why };
        let call = pack(call, LONGEST_CALL_BYTES).map_err(service)?;
        // A panic while it was held would have broken the call off, too.
        let mut held = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut stream) = held.take() else {
            return Err(service("broke off before; run the command again".to_owned()));
        };
        let answer = frame::write(&mut stream, &call).and_then(|()| {
            loop {
                let answer = frame::read(&mut stream, LONGEST_ANSWER_BYTES)?;
                if !answer.is_empty() {
                    return Ok(answer);
                }
            }
        });
        let answer = answer.map_err(|error| {
            service(if is_gone(&error) {
                "ended meanwhile; run the command again".to_owned()
            } else {
                format!("does not answer ({error}); look at its log, or stop it and run the command again")
            })
        })?;
        let answer: Result<T, Refusal> = unpack(&answer).map_err(service)?;
        *held = Some(stream);
        answer.map_err(|refusal| match StoreError::from(refusal) {
            StoreError::Service { why, .. } => service(why),
            error => error,
        })
    }
}

fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(error.kind(), Kind::UnexpectedEof | Kind::BrokenPipe | Kind::ConnectionReset)
}

impl Store for RemoteStore {
    fn keep(&self, posts: &[Post]) -> Result<Kept, StoreError> {
        self.ask(&Call::Keep(posts.into()))
    }

    fn judge(&self, judged: &[Judged]) -> Result<(), StoreError> {
        self.ask(&Call::Judge(judged.into()))
    }

    fn judge_again(&self, verdicts: &[Verdict]) -> Result<(), StoreError> {
        self.ask(&Call::JudgeAgain(verdicts.into()))
    }

    fn remember(&self, memories: &[(SourceId, Memory)]) -> Result<(), StoreError> {
        self.ask(&Call::Remember(memories.into()))
    }

    fn memory(&self, source: &SourceId) -> Result<Option<Memory>, StoreError> {
        self.ask(&Call::Memory(Cow::Borrowed(source)))
    }

    fn memories(&self) -> Result<Vec<(SourceId, Memory)>, StoreError> {
        self.ask(&Call::Memories)
    }

    fn remember_hosts(&self, hosts: &[(String, Option<HostMemory>)]) -> Result<(), StoreError> {
        self.ask(&Call::RememberHosts(hosts.into()))
    }

    fn hosts(&self) -> Result<Vec<(String, HostMemory)>, StoreError> {
        self.ask(&Call::Hosts)
    }

    fn visits(&self, source: &SourceId, limit: usize) -> Result<Vec<Visit>, StoreError> {
        self.ask(&Call::Visits(Cow::Borrowed(source), limit))
    }

    fn known(&self, id: PostId) -> Result<bool, StoreError> {
        self.ask(&Call::Known(id))
    }

    fn post(&self, id: PostId) -> Result<Option<Post>, StoreError> {
        self.ask(&Call::Post(id))
    }

    fn posts(&self, ids: &[PostId]) -> Result<Vec<Option<Post>>, StoreError> {
        self.ask(&Call::Posts(ids.into()))
    }

    fn judged(&self, id: PostId) -> Result<Option<Judged>, StoreError> {
        self.ask(&Call::Judged(id))
    }

    fn judged_many(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.ask(&Call::JudgedMany(ids.into()))
    }

    fn still_judged(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.ask(&Call::StillJudged(ids.into()))
    }

    fn ids_from(&self, from: PostId, limit: usize) -> Result<Vec<PostId>, StoreError> {
        self.ask(&Call::IdsFrom(from, limit))
    }

    fn unjudged(
        &self,
        model: &ModelId,
        ruleset: &RulesetId,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError> {
        self.ask(&Call::Unjudged(Cow::Borrowed(model), Cow::Borrowed(ruleset), limit))
    }

    fn count_unjudged(&self, model: &ModelId, ruleset: &RulesetId) -> Result<usize, StoreError> {
        self.ask(&Call::CountUnjudged(Cow::Borrowed(model), Cow::Borrowed(ruleset)))
    }

    fn said_in(&self, window: Window) -> Result<Vec<Post>, StoreError> {
        self.ask(&Call::SaidIn(window))
    }

    fn newest(&self, source: &SourceId, limit: usize) -> Result<Vec<Post>, StoreError> {
        self.ask(&Call::Newest(Cow::Borrowed(source), limit))
    }

    fn kept_after(&self, after: Option<PostId>, limit: usize) -> Result<Vec<Post>, StoreError> {
        self.ask(&Call::KeptAfter(after, limit))
    }

    fn kept_in(
        &self,
        month: Month,
        after: Option<PostId>,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError> {
        self.ask(&Call::KeptIn(month, after, limit))
    }

    fn first_heard(&self) -> Result<Option<Timestamp>, StoreError> {
        self.ask(&Call::FirstHeard)
    }

    fn first_said(&self) -> Result<Option<Timestamp>, StoreError> {
        self.ask(&Call::FirstSaid)
    }

    fn claim(&self, digest: &Digest) -> Result<Claim, StoreError> {
        self.ask(&Call::Claim(Cow::Borrowed(digest)))
    }

    fn digest(&self, reader: &str, date: Date) -> Result<Option<Digest>, StoreError> {
        self.ask(&Call::Digest(reader.into(), date))
    }

    fn claims(&self) -> Result<Vec<(String, Date)>, StoreError> {
        self.ask(&Call::Claims)
    }

    fn told(&self, reader: &str, since: Date) -> Result<Vec<Told>, StoreError> {
        self.ask(&Call::Told(reader.into(), since))
    }

    fn dispatch(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        self.ask(&Call::Dispatch(deliveries.into()))
    }

    fn deliveries(&self, since: Date) -> Result<Vec<Delivery>, StoreError> {
        self.ask(&Call::Deliveries(since))
    }

    fn advance(&self, before: &Delivery, after: &Delivery) -> Result<bool, StoreError> {
        self.ask(&Call::Advance(Box::new([Cow::Borrowed(before), Cow::Borrowed(after)])))
    }

    fn teach(&self, labels: &[Label], at: Timestamp) -> Result<Lesson, StoreError> {
        self.ask(&Call::Teach(labels.into(), at))
    }

    fn unteach(&self) -> Result<Option<Lesson>, StoreError> {
        self.ask(&Call::Unteach)
    }

    fn labels(&self) -> Result<Vec<Label>, StoreError> {
        self.ask(&Call::Labels)
    }

    fn draw(&self, draws: &[Draw]) -> Result<(), StoreError> {
        self.ask(&Call::Draw(draws.into()))
    }

    fn draws(&self) -> Result<Vec<Draw>, StoreError> {
        self.ask(&Call::Draws)
    }

    fn anchors(
        &self,
        model: &ModelId,
        texts: &[&str],
    ) -> Result<Vec<Option<Embedding>>, StoreError> {
        self.ask(&Call::Anchors(
            Cow::Borrowed(model),
            texts.iter().map(|text| (*text).to_owned()).collect(),
        ))
    }

    fn keep_anchors(
        &self,
        model: &ModelId,
        anchors: &[(&str, &Embedding)],
    ) -> Result<(), StoreError> {
        self.ask(&Call::KeepAnchors(
            Cow::Borrowed(model),
            anchors
                .iter()
                .map(|(text, embedding)| ((*text).to_owned(), (*embedding).clone()))
                .collect(),
        ))
    }

    fn hear_back(&self, feedback: &Feedback) -> Result<bool, StoreError> {
        self.ask(&Call::HearBack(Cow::Borrowed(feedback)))
    }

    fn take_back(&self, feedback: &Feedback) -> Result<bool, StoreError> {
        self.ask(&Call::TakeBack(Cow::Borrowed(feedback)))
    }

    fn feedback(&self, since: Date) -> Result<Vec<Feedback>, StoreError> {
        self.ask(&Call::Feedback(since))
    }

    fn unsubscribe(&self, reader: &str, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.ask(&Call::Unsubscribe(reader.into(), at))
    }

    fn unsubscribed(&self) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.ask(&Call::Unsubscribed)
    }

    fn counts(&self) -> Result<Counts, StoreError> {
        self.ask(&Call::Counts)
    }

    fn months(&self) -> Result<Vec<Filed>, StoreError> {
        self.ask(&Call::Months)
    }

    fn changes(
        &self,
        month: Month,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.ask(&Call::Changes(month, after, limit))
    }

    fn compact(&self, month: Month, keeps: &Keeps, at: Timestamp) -> Result<Compacted, StoreError> {
        self.ask(&Call::Compact(month, Cow::Borrowed(keeps), at))
    }

    fn give_up(&self, month: Month) -> Result<Compacted, StoreError> {
        self.ask(&Call::GiveUp(month))
    }

    fn damaged(&self) -> Result<Vec<Damaged>, StoreError> {
        self.ask(&Call::Damaged)
    }

    fn known_damage(&self) -> Result<Vec<Damaged>, StoreError> {
        self.ask(&Call::KnownDamage)
    }

    fn erase(&self, erasing: &Erasing<'_>, at: Timestamp) -> Result<Erased, StoreError> {
        let Erasing { posts, signs, digests, sources } = *erasing;
        self.ask(&Call::Erase {
            posts: posts.into(),
            signs: signs.into(),
            digests: digests.into(),
            sources: sources.into(),
            at,
        })
    }

    fn finish_erasing(&self, at: Timestamp) -> Result<bool, StoreError> {
        self.ask(&Call::FinishErasing(at))
    }

    fn refuses(&self, id: PostId) -> Result<bool, StoreError> {
        self.ask(&Call::Refuses(id))
    }

    fn sealed(&self) -> Result<Vec<Sealed>, StoreError> {
        self.ask(&Call::Sealed)
    }

    fn keep_out(&self, sealed: &[Sealed]) -> Result<(), StoreError> {
        self.ask(&Call::KeepOut(sealed.into()))
    }

    fn erasings(&self) -> Result<Erasings, StoreError> {
        self.ask(&Call::Erasings)
    }

    fn note_backup(&self, backup: &BackedUp) -> Result<(), StoreError> {
        self.ask(&Call::NoteBackup(Cow::Borrowed(backup)))
    }

    fn backups(&self) -> Result<Vec<BackedUp>, StoreError> {
        self.ask(&Call::Backups)
    }

    fn verify(&self) -> Result<Vec<String>, StoreError> {
        self.ask(&Call::Verify)
    }
}
