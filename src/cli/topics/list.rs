//! `overheard topics list`.

use std::io::{self, Write as _};

use clap::Args;
use serde::Serialize;

use super::in_words;
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Market};
use crate::label::measured::{Measured, measured};
use crate::text::count::count;
use crate::topic::{RulesetId, TopicKind};

/// List topics and signals, with their labels, precision and recall
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard topics list --json

Precision and recall are told from 30 labelled posts on that `overheard teach --queue --random` drew, with
intervals of 95 %. Other labels are no fair sample, and do not count: they were given because the post
lay at the threshold, or struck somebody. Each draw is held against the verdict as it was then.")]
pub(super) struct List {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    ruleset: RulesetId,
    topics: Vec<Row>,
    /// Labels of topics that are no more.
    waiting: usize,
}

#[derive(Serialize)]
struct Row {
    name: String,
    kind: TopicKind,
    examples: usize,
    /// What it earned by readers' answers: ranked so many times as high.
    earned: f64,
    #[serde(flatten)]
    measured: Measured,
}

impl List {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let mut market = Market::read(&config.sources)?;
        let (labels, draws) = if config.data.join("store").is_dir() {
            let store = app::open_store(config)?;
            (store.labels()?, store.draws()?)
        } else {
            (Vec::new(), Vec::new())
        };
        let earned = app::earned(config, SystemClock.now())?;
        market.learn(labels.clone());
        let rules = &market.ruleset;
        let row = |topic: &crate::topic::Topic| Row {
            name: topic.name.clone(),
            kind: topic.kind,
            examples: topic.examples.len(),
            earned: earned.topic(&topic.name),
            measured: measured(&topic.name, &labels, &draws),
        };
        let report = Report {
            topics: rules.topics.iter().map(row).collect(),
            waiting: labels.len() - rules.labels.len(),
            ruleset: rules.id.clone(),
        };
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
            return Ok(());
        }
        for Row { name, kind, examples, earned, measured } in &report.topics {
            let kind = match kind {
                TopicKind::Topic => "topic",
                TopicKind::Signal => "signal",
            };
            let examples = count(*examples, "example", "examples");
            let earned = super::earned(*earned);
            writeln!(out, "{name} ({kind}): {examples}; {}{earned}", in_words(measured))?;
        }
        if report.waiting > 0 {
            let waiting = count(report.waiting, "label waits", "labels wait");
            writeln!(out, "{waiting} for topics that there are none of any more, by name.")?;
        }
        writeln!(out, "Ruleset {}", report.ruleset)?;
        Ok(())
    }
}
