//! `overheard status`.

use std::io::{self, Write};

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::Common;
use super::politeness::Politeness;
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Market;
use crate::store::Counts;
use crate::text::count::count;
use crate::visit::{Memory, Outcome};

/// Show what is kept, and how each source fares
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard status
  overheard status --data var/demo --sources sources/demo
  overheard status --json")]
pub(super) struct Status {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    store: Counts,
    politeness: Politeness,
    sources: Vec<SourceReport>,
}

#[derive(Serialize)]
struct SourceReport {
    id: String,
    state: &'static str,
    reason: String,
    last_visit: Option<Timestamp>,
    last_success: Option<Timestamp>,
    next_visit: Option<Timestamp>,
    failures: u32,
}

impl Status {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let market = Market::read(&config.sources)?;
        let store = app::open_kept_store(&config)?;
        let mut sources = Vec::new();
        for listened in &market.sources {
            let memory = store.memory(&listened.source.id)?.unwrap_or_default();
            sources.push(source_report(
                &listened.source.id.to_string(),
                listened.source.paused,
                &memory,
            ));
        }
        let report = Report {
            store: store.counts()?,
            politeness: Politeness::of(&store.hosts()?, SystemClock.now()),
            sources,
        };
        if self.json {
            writeln!(io::stdout().lock(), "{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            print_words(&report, SystemClock.now(), &mut io::stdout().lock())?;
        }
        Ok(())
    }
}

fn source_report(id: &str, paused: bool, memory: &Memory) -> SourceReport {
    let (state, reason) = match &memory.last {
        _ if paused => ("paused", "paused in its file".to_owned()),
        _ if memory.retired => ("retired", "gone for good (410)".to_owned()),
        None => ("new", "not visited yet".to_owned()),
        Some(visit) => match &visit.outcome {
            Outcome::Failed(failure) => ("failing", failure.sentence.clone()),
            Outcome::Unchanged => ("healthy", "unchanged".to_owned()),
            Outcome::Read { posts, new, .. } => {
                ("healthy", format!("{}, {new} new", count(*posts, "post", "posts")))
            }
        },
    };
    SourceReport {
        id: id.to_owned(),
        state,
        reason,
        last_visit: memory.last.as_ref().map(|visit| visit.at),
        last_success: memory.last_success,
        next_visit: memory.next_visit,
        failures: memory.failures,
    }
}

fn print_words(report: &Report, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    let Counts { posts, verdicts, sources, digests } = report.store;
    writeln!(
        out,
        "{}, {}, {} visited, {}",
        count(posts, "post", "posts"),
        count(verdicts, "verdict", "verdicts"),
        count(sources, "source", "sources"),
        count(digests, "digest", "digests")
    )?;
    report.politeness.print(out)?;
    let width = report.sources.iter().map(|source| source.id.len()).max().unwrap_or_default();
    for source in &report.sources {
        let next = source.next_visit.map_or_else(
            || "next visit with the next run".to_owned(),
            |next| {
                if next <= now {
                    "due".to_owned()
                } else {
                    format!("next visit {}", next.strftime("%Y-%m-%d %H:%M UTC"))
                }
            },
        );
        writeln!(out, "{:width$}  {:8} {} ({next})", source.id, source.state, source.reason)?;
    }
    Ok(())
}
