//! `overheard compact`.

use std::io::{self, Write as _};

use clap::Args;
use indicatif::HumanBytes;
use serde::Serialize;

use super::Common;
use super::progress::Progress;
use crate::app::{self, upkeep};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Market;
use crate::pipeline::{Due, Event, PipelineError, Reason, Trust, Upkeep};
use crate::store::{Compacted, StoreError};
use crate::text::count::count;

/// Drop what is too old, and give back the space of what was replaced
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard compact --dry-run     which months are due, and why
  overheard compact               months whose time is over, and those that are half waste
  overheard compact --every       every month, whether due or not

How long posts are kept stands under [retention] in overheard.toml, by the voice of their source. A post
goes when its time is over for its whole month of arrival; a source that is listened to no more keeps
its posts. Where our clock is more than 30 days ahead of all that was said, what is too old is counted from
there: the clock may be wrong, and what is dropped is gone. --clock-is-right says that it is not. Each month is written anew beside the old, checked, and put in its place: stopped at any
moment, nothing is lost.")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(super) struct Compact {
    /// Every month, whether due or not
    #[arg(long)]
    every: bool,
    /// Only say which months are due, and why
    #[arg(long)]
    dry_run: bool,
    /// Go by our clock though it is far ahead of all that was said
    #[arg(long)]
    clock_is_right: bool,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Done {
    reason: Reason,
    #[serde(flatten)]
    compacted: Compacted,
}

impl Compact {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let market = Market::read(&config.sources)?;
        let store = app::open_kept_store(&config)?;
        let (retention, clock) = (&config.retention, &SystemClock);
        let trust = if self.clock_is_right { Trust::Clock } else { Trust::Witnessed };
        let upkeep = Upkeep { market: &market, retention, store: &*store, clock, trust };
        if let Some(moment) = upkeep.held_back()? {
            eprintln!(
                "Our clock is more than 30 days ahead of all that was said: what is too old is counted from {}. \
                 If the clock is right, add --clock-is-right.",
                moment.strftime("%Y-%m-%d")
            );
        }
        let due = upkeep.due(self.every)?;
        if self.dry_run {
            return self.announce(&due);
        }
        let progress = Progress::new();
        progress.show(&Event::KeepingUp { what: "compacting", months: due.len() });
        let mut done = Vec::with_capacity(due.len());
        let mut failed = None;
        for due in &due {
            match upkeep.keep_up(due) {
                Ok(compacted) => done.push(Done { reason: due.reason, compacted }),
                // The others are none the worse for it.
                Err(PipelineError::Store(error @ StoreError::Damaged { month: Some(_), .. })) => {
                    eprintln!("{error}");
                    failed = Some(error.to_string());
                }
                Err(error) => {
                    upkeep::note_compaction(&config, clock.now(), &Err(error.to_string()));
                    return Err(error.into());
                }
            }
            progress.show(&Event::KeptUp);
        }
        progress.end();
        let months = done.iter().map(|done| done.compacted).collect();
        upkeep::note_compaction(&config, clock.now(), &failed.map_or(Ok(months), Err));
        self.tell(&done)
    }

    fn announce(&self, due: &[Due]) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(due)?)?;
            return Ok(());
        }
        for Due { filed, reason } in due {
            let (month, size) = (filed.month, HumanBytes(filed.bytes));
            writeln!(out, "{month}  {size:>10}  {}", in_words(*reason))?;
        }
        if due.is_empty() {
            writeln!(out, "Nothing is due.")?;
        }
        Ok(())
    }

    fn tell(&self, done: &[Done]) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(done)?)?;
            return Ok(());
        }
        for Done { reason, compacted } in done {
            let Compacted { month, kept, dropped, before_bytes, after_bytes } = compacted;
            let posts = count(*kept, "post", "posts");
            let (before, after) = (HumanBytes(*before_bytes), HumanBytes(*after_bytes));
            let reason = in_words(*reason);
            writeln!(
                out,
                "{month}  {before} → {after}; {posts} kept, {dropped} dropped ({reason})"
            )?;
        }
        let of = |bytes: fn(&Compacted) -> u64| -> u64 {
            done.iter().map(|done| bytes(&done.compacted)).sum()
        };
        let (before, after) = (of(|done| done.before_bytes), of(|done| done.after_bytes));
        if done.is_empty() {
            writeln!(out, "Nothing is due; --every writes every month anew.")?;
        } else if before > after {
            writeln!(out, "{} given back.", HumanBytes(before - after))?;
        }
        Ok(())
    }
}

fn in_words(reason: Reason) -> &'static str {
    match reason {
        Reason::AllOver => "the time of every voice is over",
        Reason::SomeOver => "the time of some voices is over",
        Reason::Wasteful => "much of it was replaced",
        Reason::Asked => "as asked",
    }
}
