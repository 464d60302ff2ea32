//! The main job: due → visit → new → keep → judge → digest. Many fetchers, one writer.
//!
//! Every stage picks up where a crash left it: a source whose memory was not stored is due again, a
//! post without a verdict is judged again, a digest that was claimed but not written is written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::classify::{Classifier, Detail, EncoderError, Text};
use crate::clock::Clock;
use crate::config::{Listened, Market};
use crate::crawl::http::Http;
use crate::crawl::visit::{self, Due, Visited};
use crate::deliver::folder;
use crate::digest::{self, Digest, Heard, Listening, Window};
use crate::post::Post;
use crate::reader::Reader;
use crate::source::{Source, SourceId};
use crate::store::{Claim, Judged, Kept, Store, StoreError};
use crate::verdict::{SentimentLabel, Verdict};
use crate::visit::{Memory, Outcome, Visit};

/// Posts kept in one transaction: what DESIGN.md §5 measured.
const POSTS_A_BATCH: usize = 100;

/// Posts judged at a time: enough to sort by length, few enough that a crash repeats little.
const POSTS_A_JUDGEMENT: usize = 128;

/// Visits under way at once. The per-host slot keeps any one host to a single connection.
const VISITS_AT_ONCE: usize = 32;

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
}

/// A stage could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The model could not do it.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// A digest could not be written.
    #[error(transparent)]
    Deliver(#[from] folder::DeliverError),
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
    pub http: &'a Http,
    /// How it is judged.
    pub classifier: &'a Arc<Classifier>,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Where the digests go.
    pub digests: &'a Path,
    /// Told what is going on.
    pub watch: &'a (dyn Fn(Event<'_>) + Sync),
}

impl Pipeline<'_> {
    /// Runs every stage once.
    ///
    /// # Errors
    /// [`PipelineError`], where a stage as a whole fails. A source or post that fails is no error.
    pub async fn run(&self) -> Result<Summary, PipelineError> {
        let mut summary = Summary::default();
        self.listen(&mut summary).await?;
        self.judge(&mut summary).await?;
        self.write(&mut summary)?;
        Ok(summary)
    }

    /// Visits every due source and keeps what is new.
    async fn listen(&self, summary: &mut Summary) -> Result<(), PipelineError> {
        let now = self.clock.now();
        let mut due = Vec::new();
        for listened in self.market.sources.iter().filter(|listened| !listened.source.paused) {
            let memory = self.store.memory(&listened.source.id)?.unwrap_or_default();
            if is_due(&memory, now) {
                due.push(self.due(listened, memory));
            } else {
                summary.not_due += 1;
            }
        }
        (self.watch)(Event::Listening { sources: due.len() });
        // A store that cannot be asked costs a fetch of what we may have, never a post.
        let known = |source: &SourceId, key: &str| {
            self.store.known(PostId::of(source, key)).unwrap_or(false)
        };
        let mut visits =
            pin!(visit::visit_all(due, VISITS_AT_ONCE, self.http, self.clock, &known));
        // The one writer: visits end in any order, and are kept one after the other.
        while let Some(visited) = visits.next().await {
            (self.watch)(Event::Visited { source: &visited.visit.source });
            let visit = block_in_place(|| self.keep(visited, &mut summary.kept))?;
            summary.visits.push(visit);
        }
        summary.visits.sort_by(|a, b| a.source.cmp(&b.source));
        Ok(())
    }

    /// Keeps what one visit brought: first the posts, and only then the validators that vouch for
    /// them (invariant 3).
    fn keep(&self, visited: Visited, counts: &mut KeptCounts) -> Result<Visit, PipelineError> {
        let Visited { mut visit, posts, mut memory } = visited;
        let heard = self.clock.now();
        let mut fresh = 0;
        let posts: Vec<_> =
            posts.into_iter().map(|said| Post::new(&visit.source, said, heard)).collect();
        for batch in posts.chunks(POSTS_A_BATCH) {
            let kept = self.store.keep(batch)?;
            fresh += kept.new;
            counts.add(kept);
        }
        if let Outcome::Read { new, .. } = &mut visit.outcome {
            *new = fresh;
        }
        memory.last = Some(visit.clone());
        self.store.remember(&[(visit.source.clone(), memory)])?;
        Ok(visit)
    }

    /// Judges every post that has no verdict by the model and the rules in force.
    async fn judge(&self, summary: &mut Summary) -> Result<(), PipelineError> {
        let (model, ruleset) = (self.classifier.model(), &self.market.ruleset.id);
        let waiting = block_in_place(|| self.store.unjudged(model, ruleset, usize::MAX))?.len();
        (self.watch)(Event::Judging { posts: waiting });
        loop {
            let posts =
                block_in_place(|| self.store.unjudged(model, ruleset, POSTS_A_JUDGEMENT))?;
            if posts.is_empty() {
                return Ok(());
            }
            let judged = block_in_place(|| self.verdicts(&posts))?;
            for judged in &judged {
                summary.sentiment.count(judged.verdict.sentiment.label);
            }
            block_in_place(|| self.store.judge(&judged))?;
            summary.verdicts += judged.len();
            (self.watch)(Event::Judged { posts: judged.len() });
        }
    }

    fn verdicts(&self, posts: &[Post]) -> Result<Vec<Judged>, PipelineError> {
        let words: Vec<String> = posts.iter().map(Post::full_text).collect();
        let texts: Vec<Text<'_>> = posts
            .iter()
            .zip(&words)
            .map(|(post, text)| Text {
                text,
                language_hint: self.language_hint(post),
            })
            .collect();
        let judgements = self.classifier.judge(&texts, Detail::OverThreshold)?;
        let at = self.clock.now();
        let judged = posts.iter().zip(judgements).map(|(post, judgement)| Judged {
            verdict: Verdict {
                post: post.id,
                model: self.classifier.model().clone(),
                ruleset: self.market.ruleset.id.clone(),
                at,
                language: judgement.language,
                sentiment: judgement.sentiment,
                topics: judgement.topics,
                signals: judgement.signals,
                accounts: judgement.accounts,
            },
            embedding: judgement.embedding,
        });
        Ok(judged.collect())
    }

    fn language_hint<'p>(&'p self, post: &'p Post) -> Option<&'p str> {
        let source = self.market.source(&post.source);
        post.said.language.as_deref().or_else(|| source?.language.as_deref())
    }

    /// Writes the digest of every reader whose morning has come and who has none of it yet.
    fn write(&self, summary: &mut Summary) -> Result<(), PipelineError> {
        let readers = &self.market.readers;
        (self.watch)(Event::Writing { readers: readers.len() });
        for reader in readers {
            summary.digests.push(block_in_place(|| self.digest(reader))?);
            (self.watch)(Event::Wrote);
        }
        Ok(())
    }

    fn digest(&self, reader: &Reader) -> Result<Written, PipelineError> {
        let date = digest::morning(reader, self.clock.now());
        let morning = Morning { market: self.market, store: &**self.store };
        let (digest, fresh) = match self.store.digest(&reader.id, date)? {
            Some(before) => (before, false),
            None => match morning.preview(reader, date, self.clock.now())? {
                digest => self.claim(digest)?,
            },
        };
        let posts = morning.cited(&digest)?;
        let files = folder::write(self.digests, &digest, &posts)?;
        Ok(Written {
            reader: reader.id.clone(),
            date,
            fresh,
            points: digest.blocks.iter().map(|block| block.points.len()).sum(),
            stories: digest.listening.stories,
            files,
        })
    }

    /// Claims a digest; another process may have been quicker, and then its digest stands.
    fn claim(&self, digest: Digest) -> Result<(Digest, bool), PipelineError> {
        Ok(match self.store.claim(&digest)? {
            Claim::Ours => (digest, true),
            Claim::Before(before) => (*before, false),
        })
    }

    fn due<'s>(&self, listened: &'s Listened, memory: Memory) -> Due<'s> {
        Due {
            source: &listened.source,
            adapter: &*listened.adapter,
            robots: listened.robots,
            memory,
        }
    }
}

/// Whether a source may be visited again: never before the moment that was stored for it.
fn is_due(memory: &Memory, now: Timestamp) -> bool {
    !memory.retired && memory.next_visit.is_none_or(|next| next <= now)
}
