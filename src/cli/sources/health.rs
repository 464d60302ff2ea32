//! `overheard sources health`, and the same for `overheard status`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use crate::app::{self, Memories};
use crate::cli::named;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Listened, Market};
use crate::crawl::health::{Health, State, health};
use crate::crawl::schedule::as_configured;
use crate::text::count::count;

/// Say how each source fares, why, and what would bring it back
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard sources health           those that need a look
  overheard sources health --all     every one
  overheard sources health --json    every one, for a machine

healthy: read, and says something now and then. new: not visited yet. quiet: silent for longer than it
used to be. slowed: read less often than we would, because its server wants that. failing: the last
visit failed, and we try again. blocked: somebody does not let us; waiting mends nothing. retired: gone
for good. paused: you said so. Nothing is fetched.")]
pub(super) struct HealthOf {
    /// Show the healthy ones, too
    #[arg(long)]
    all: bool,
    /// Print every source as JSON
    #[arg(long)]
    json: bool,
}

/// How one source fares.
#[derive(Serialize)]
pub(in crate::cli) struct SourceHealth {
    pub(in crate::cli) id: String,
    #[serde(flatten)]
    pub(in crate::cli) health: Health,
    last_visit: Option<Timestamp>,
    last_success: Option<Timestamp>,
    failures: u32,
    /// What it earned by readers' answers: its points are ranked so many times as high.
    #[serde(skip_serializing_if = "Option::is_none")]
    earned: Option<f64>,
}

impl HealthOf {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let (market, _) = named::market_in_part(config);
        let now = SystemClock.now();
        let mut sources = of_all(&market, &app::memories(config)?, now);
        let earned = app::earned(config, now)?;
        for (of, listened) in sources.iter_mut().zip(&market.sources) {
            of.earned = Some(earned.source(&listened.source.id));
        }
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&sources)?)?;
            return Ok(());
        }
        let wanted = |source: &&SourceHealth| self.all || source.health.state != State::Healthy;
        let mut shown: Vec<&SourceHealth> = sources.iter().filter(wanted).collect();
        // What waits for a person first; what is as it should be last.
        shown.sort_by_key(|source| std::cmp::Reverse(source.health.state));
        for source in shown {
            print(source, now, &mut out)?;
            if let Some(weight) = source.earned.filter(|weight| (weight - 1.0).abs() >= 0.005) {
                writeln!(out, "    readers' answers rank what it says × {weight:.2}")?;
            }
            if let Some(remedy) = &source.health.remedy {
                writeln!(out, "    {remedy}")?;
            }
        }
        writeln!(out, "{}: {}", count(sources.len(), "source", "sources"), in_words(&sources))?;
        Ok(())
    }
}

/// How every source of a market fares, in the order of its files.
pub(in crate::cli) fn of_all(
    market: &Market,
    memories: &Memories,
    now: Timestamp,
) -> Vec<SourceHealth> {
    market.sources.iter().map(|listened| of(listened, memories, now)).collect()
}

/// One line: the source, its state, why, and when it is visited next.
pub(in crate::cli) fn print(
    source: &SourceHealth,
    now: Timestamp,
    out: &mut impl Write,
) -> io::Result<()> {
    let Health { state, reason, next_visit, .. } = &source.health;
    let next = match next_visit {
        None => "no next visit".to_owned(),
        Some(next) if *next <= now => "due".to_owned(),
        Some(next) => format!("next visit {}", next.strftime("%Y-%m-%d %H:%M UTC")),
    };
    writeln!(out, "{:24}  {state:8} {reason} ({next})", source.id)
}

/// "30 healthy, 2 failing", the best first.
pub(in crate::cli) fn in_words(sources: &[SourceHealth]) -> String {
    let mut counts: BTreeMap<State, usize> = BTreeMap::new();
    for source in sources {
        *counts.entry(source.health.state).or_default() += 1;
    }
    let counts: Vec<String> =
        counts.iter().map(|(state, number)| format!("{number} {state}")).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

fn of(listened: &Listened, memories: &Memories, now: Timestamp) -> SourceHealth {
    let source = &listened.source;
    let memory = memories.get(&source.id).cloned().unwrap_or_default();
    let memory = as_configured(memory, source, &*listened.adapter);
    SourceHealth {
        id: source.id.to_string(),
        health: health(source, &memory, now),
        last_visit: memory.last.as_ref().map(|visit| visit.at),
        last_success: memory.last_success,
        failures: memory.failures,
        earned: None,
    }
}
