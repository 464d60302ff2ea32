//! The main job: due → visit → new → keep → judge → digest. Many fetchers, one writer.
//!
//! Every stage picks up where a crash left it: a source whose memory was not stored is due again, a
//! post without a verdict is judged again, a digest that was claimed but not written is written.

pub mod agenda;
mod asked;
mod asking;
mod calendars;
pub mod changes;
mod erase;
mod hear_back;
mod hearing;
mod judging;
mod lessons;
mod listen;
mod morning;
pub mod queue;
mod renamed;
pub mod reply;
pub mod reporting;
mod summary;
mod upkeep;
mod writing;

use std::path::Path;
use std::sync::Arc;

use tokio::task::block_in_place;

pub use self::asked::{Asked, NotAsked, asked, embedded, refuse_foreign};
pub use self::asking::{Asking, AskingError, Narrowed, NearPost};
pub use self::calendars::Calendars;
pub use self::erase::{
    Erasure, ErasureError, Found, Namesake, NoPlace, OfBackup, Receipt, ToGo, Whom, is_under_way,
};
pub use self::hear_back::{HearBack, NOTE_CHARS, Note};
pub use self::judging::{Depth, Judging, Turn};
pub use self::lessons::lessons;
use self::listen::Told;
pub use self::morning::{Morning, MorningError};
pub use self::summary::{KeptCounts, NotVisited, SentimentCounts, Summary, Written};
pub use self::upkeep::{Due, Reason, Trust, Upkeep};
use crate::classify::{Classifier, EncoderError};
use crate::clock::Clock;
use crate::config::Market;
use crate::crawl::visit::Visitor;
use crate::crawl::waiting::Haste;
use crate::deliver::folder;
use crate::digest;
use crate::post::PostId;
use crate::reader::{Mail, Reader};
use crate::source::SourceId;
use crate::store::{Store, StoreError};
use crate::views::Links;

/// Posts judged at a time: enough to sort by length, few enough that a crash repeats little.
const POSTS_A_JUDGEMENT: usize = 128;

/// What the pipeline is doing, for a progress bar.
#[derive(Debug)]
pub enum Event<'a> {
    /// So many sources are going to be visited.
    Listening {
        /// How many.
        sources: usize,
    },
    /// One was visited.
    Visited {
        /// Which.
        source: &'a SourceId,
    },
    /// So many posts are going to be judged.
    Judging {
        /// How many.
        posts: usize,
    },
    /// So many more were judged.
    Judged {
        /// How many.
        posts: usize,
    },
    /// So many digests are going to be made.
    Writing {
        /// How many.
        readers: usize,
    },
    /// One was made.
    Wrote,
    /// Something is going to be done with so many months.
    KeepingUp {
        /// In a word.
        what: &'static str,
        /// How many.
        months: usize,
    },
    /// It was, with one.
    KeptUp,
    /// An index is going to be brought up to date; about so many posts are missing in it.
    Indexing {
        /// How many.
        posts: usize,
    },
    /// So many more are in it.
    Indexed {
        /// How many.
        posts: usize,
    },
}

/// Which sources a run visits.
#[derive(Debug, Clone, Copy)]
pub enum Visits<'a> {
    /// Those that are due.
    Due,
    /// These, if they may be visited.
    Only(&'a [SourceId], Haste),
}

/// A stage could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A digest could not be made.
    #[error(transparent)]
    Morning(#[from] MorningError),
    /// The model could not do it.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// A digest could not be written.
    #[error(transparent)]
    Deliver(#[from] folder::DeliverError),
    /// A receipt could not be written.
    #[error(transparent)]
    Erasure(#[from] ErasureError),
    /// A post that was judged waits as if it had not been.
    #[error("the store kept no verdict of post {0}; look at it with `overheard verify`")]
    Forgotten(PostId),
    /// Somebody asked it to leave off; what was done before is kept.
    #[error("it was asked to leave off; what was done before is kept")]
    Stopped,
    /// A part of the program broke; what was acknowledged is kept.
    #[error("a part of the run broke off ({0}); run again: nothing kept is lost")]
    Broke(String),
}

/// The parts a run needs, put together by [`crate::app`].
#[derive(Clone, Copy)]
pub struct Pipeline<'a> {
    /// What to listen to, to look for, and to tell whom.
    pub market: &'a Market,
    /// Where it is kept.
    pub store: &'a Arc<dyn Store>,
    /// How it is fetched.
    pub visitor: &'a Arc<Visitor>,
    /// How it is judged.
    pub classifier: &'a Arc<Classifier>,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// What is visited.
    pub visits: Visits<'a>,
    /// The folder the digests go to.
    pub digests: &'a Path,
    /// Whether they are mailed, too.
    pub mail: Mail,
    /// The pages readers reach from them.
    pub links: &'a Links,
    /// Told what is going on.
    pub watch: &'a (dyn Fn(Event<'_>) + Sync),
    /// Whether to leave off: what is at work is kept, and nothing new is begun.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

impl Pipeline<'_> {
    /// Runs every stage once.
    ///
    /// # Errors
    /// [`PipelineError`], where a stage as a whole fails. A source or post that fails is no error.
    pub async fn run(&self) -> Result<Summary, PipelineError> {
        let mut summary = Summary::default();
        let calendars = self.calendars().await?;
        let told = self
            .listen(&mut summary, &|summary, silent| {
                self.judge(summary)?;
                self.write(summary, silent, &calendars)
            })
            .await?;
        self.judge(&mut summary)?;
        if told == Told::NotYet {
            self.write(&mut summary, &[], &calendars)?;
        }
        summary.damaged = self.store.known_damage()?;
        Ok(summary)
    }

    /// Visits what is due and keeps what is new; judges nothing and writes no digest.
    ///
    /// # Errors
    /// See [`Pipeline::run`].
    pub async fn visit(&self) -> Result<Summary, PipelineError> {
        let mut summary = Summary::default();
        self.listen(&mut summary, &|_, _| Ok(())).await?;
        Ok(summary)
    }

    /// Visits what is due, keeps what is new and judges it; writes no digest.
    ///
    /// # Errors
    /// See [`Pipeline::run`].
    pub async fn read(&self) -> Result<Summary, PipelineError> {
        let mut summary = Summary::default();
        self.listen(&mut summary, &|summary, _| self.judge(summary)).await?;
        self.judge(&mut summary)?;
        summary.damaged = self.store.known_damage()?;
        Ok(summary)
    }

    /// The calendars, those fetched whose readers are to get a digest now.
    async fn calendars(&self) -> Result<Calendars, PipelineError> {
        let calendars = Calendars::beside(self.digests);
        let mut waiting = Vec::new();
        let unsubscribed = block_in_place(|| self.store.unsubscribed())?;
        let gets_one = |reader: &&Reader| !unsubscribed.iter().any(|(gone, _)| *gone == reader.id);
        for reader in self.market.readers.iter().filter(gets_one) {
            let Some(date) = digest::due(reader, self.clock.now()) else { continue };
            if reader.calendar.is_some()
                && block_in_place(|| self.store.digest(&reader.id, date))?.is_none()
            {
                waiting.push(reader);
            }
        }
        calendars.fetch(&waiting, &self.visitor.http, self.clock).await;
        Ok(calendars)
    }

    /// Judges every post that has no verdict by the model and the rules in force.
    fn judge(&self, summary: &mut Summary) -> Result<(), PipelineError> {
        let judging = Judging {
            market: self.market,
            store: &**self.store,
            classifier: self.classifier,
            clock: self.clock,
        };
        summary.no_sentiment = !self.classifier.model().has_sentiment();
        block_in_place(|| {
            judging.waiting_until(self.stop, &|event| (self.watch)(event), &mut |turns| {
                for turn in turns {
                    summary.sentiment.count(turn.now.sentiment.label);
                    let language = &turn.now.language;
                    if !self.classifier.reads(language) {
                        *summary.not_judged.entry(language.code.clone()).or_default() += 1;
                    }
                }
                summary.verdicts += turns.len();
            })
        })
    }
}
