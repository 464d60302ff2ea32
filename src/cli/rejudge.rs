//! `overheard rejudge`.

use std::io::{self, Write as _};

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Common;
use super::changed;
use super::progress::Progress;
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{self, Market};
use crate::digest::Window;
use crate::pipeline::changes::Changes;
use crate::pipeline::{Depth, Event, Judging, Turn};
use crate::post::{Post, PostId};
use crate::text::count::count;
use crate::topic::RulesetId;
use crate::verdict::ModelId;

/// Posts judged at a time.
const BATCH: usize = 128;

/// A day.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Judge what is kept by the rules, labels and model in force
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard rejudge                every post whose verdict is by other rules or another model
  overheard rejudge --since 14d    only posts of the last 14 days; or --since 2026-11-01
  overheard rejudge --since 7d --afresh
                                   through the model again, even what it has read

Nothing is fetched. Where only rules or labels changed, no text goes through the model again; where
accounts changed, only those that may name one. Stopped (Ctrl-C, a crash), it goes on where it was: what is
judged is kept. Digests stay as they were made.")]
pub(super) struct Rejudge {
    /// Only posts said since then: a date, or so many days (14d) or hours ago
    #[arg(long, value_name = "DATE|14d", value_parser = since)]
    since: Option<Since>,
    /// Read every text with the model again
    #[arg(long)]
    afresh: bool,
    /// Print what changed as JSON
    #[arg(long)]
    json: bool,
}

/// A day, or so long ago.
#[derive(Debug, Clone, Copy)]
pub(super) enum Since {
    On(Date),
    Ago(SignedDuration),
}

impl Since {
    /// The moment, in UTC where it is a day.
    pub(super) fn moment(self, now: Timestamp) -> anyhow::Result<Timestamp> {
        Ok(match self {
            Self::On(date) => date.to_zoned(TimeZone::UTC)?.timestamp(),
            Self::Ago(ago) => now.checked_sub(ago)?,
        })
    }
}

/// Reads a day or a stretch of time.
pub(super) fn since(text: &str) -> Result<Since, String> {
    if let Ok(date) = text.parse() {
        return Ok(Since::On(date));
    }
    let ago = config::duration(text).ok().and_then(|ago| SignedDuration::try_from(ago).ok());
    ago.map(Since::Ago)
        .ok_or_else(|| format!("{text:?} is no date and no time: write 2026-11-01 or 14d"))
}

#[derive(Serialize)]
struct Report<'a> {
    model: &'a ModelId,
    ruleset: &'a RulesetId,
    judged: usize,
    changes: &'a Changes,
}

impl Rejudge {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let mut market = Market::read(&config.sources)?;
        let store = app::open_kept_store(&config)?;
        let progress = Progress::new();
        let classifier = app::taught_classifier(&config, &mut market, &*store)?;
        let clock = SystemClock;
        let judging =
            Judging { market: &market, store: &*store, classifier: &classifier, clock: &clock };
        let (mut changes, mut judged) = (Changes::default(), 0);
        let mut told = |turns: &[Turn]| {
            judged += turns.len();
            changes.count(turns);
        };
        if self.since.is_none() && !self.afresh {
            judging.waiting(&|event| progress.show(&event), &mut told)?;
        } else {
            let now = clock.now();
            let from = match self.since {
                Some(since) => since.moment(now)?,
                None => Timestamp::MIN,
            };
            self.stretch(&judging, from, now, &progress, &mut told)?;
        }
        progress.end();
        let mut out = io::stdout().lock();
        if self.json {
            let (model, ruleset) = (classifier.model(), classifier.ruleset());
            let report = Report { model, ruleset, judged, changes: &changes };
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
            return Ok(());
        }
        writeln!(
            out,
            "{} judged by ruleset {}",
            count(judged, "post", "posts"),
            classifier.ruleset()
        )?;
        changed::print(&mut out, &*store, &changes)
    }

    /// Judges the posts said in a stretch of time, a day at a time.
    fn stretch(
        &self,
        judging: &Judging<'_>,
        from: Timestamp,
        now: Timestamp,
        progress: &Progress,
        told: &mut dyn FnMut(&[Turn]),
    ) -> anyhow::Result<()> {
        let store = judging.store;
        let mut first = from.max(store.first_said()?.unwrap_or(now));
        while first <= now {
            let until = first.checked_add(DAY)?;
            let mut posts = store.said_in(Window { from: first, until })?;
            if !self.afresh {
                posts = old(judging, posts)?;
            }
            progress.show(&Event::Judging { posts: posts.len() });
            let depth = if self.afresh { Depth::Every } else { Depth::New };
            for batch in posts.chunks(BATCH) {
                told(&judging.batch(batch, depth)?);
                progress.show(&Event::Judged { posts: batch.len() });
            }
            first = until;
        }
        Ok(())
    }
}

/// The posts whose verdict is none of the model and the rules in force.
fn old(judging: &Judging<'_>, posts: Vec<Post>) -> anyhow::Result<Vec<Post>> {
    let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
    let (model, ruleset) = (judging.classifier.model(), judging.classifier.ruleset());
    let judged = judging.store.still_judged(&ids)?;
    Ok(posts
        .into_iter()
        .zip(judged)
        .filter(|(_, judged)| {
            judged.as_ref().is_none_or(|judged| {
                (&judged.verdict.model, &judged.verdict.ruleset) != (model, ruleset)
            })
        })
        .map(|(post, _)| post)
        .collect())
}
