//! `overheard status`.

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::Common;
use super::politeness::Politeness;
use super::sources::health::{self, SourceHealth};
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Market;
use crate::store::Counts;
use crate::text::count::count;

/// Show what is kept, and how each source fares
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard status
  overheard status --data var/demo --sources var/demo/sources
  overheard status --json

What would bring a source back: `overheard sources health`.")]
pub(super) struct Status {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    store: Counts,
    politeness: Politeness,
    sources: Vec<SourceHealth>,
}

impl Status {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let market = Market::read(&config.sources)?;
        let store = app::open_kept_store(&config)?;
        let memories = store.memories()?.into_iter().collect();
        let now = SystemClock.now();
        let sources = health::of_all(&market, &memories, now);
        let politeness = Politeness::of(&store.hosts()?, now);
        let report = Report { store: store.counts()?, politeness, sources };
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
            return Ok(());
        }
        let Counts { posts, verdicts, sources, digests } = report.store;
        writeln!(
            out,
            "{}, {}, {} visited, {}",
            count(posts, "post", "posts"),
            count(verdicts, "verdict", "verdicts"),
            count(sources, "source", "sources"),
            count(digests, "digest", "digests")
        )?;
        report.politeness.print(&mut out)?;
        writeln!(out, "Sources: {}", health::in_words(&report.sources))?;
        for source in &report.sources {
            health::print(source, now, &mut out)?;
        }
        Ok(())
    }
}
