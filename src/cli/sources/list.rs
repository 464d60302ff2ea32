//! `overheard sources list`.

use std::io::{self, Write as _};

use clap::Args;
use serde::Serialize;

use crate::config::{Config, Market};
use crate::text::count::count;

/// List the sources
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard sources list
  overheard sources list --tag cloud --json

How each of them fares: `overheard sources health`.")]
pub(super) struct List {
    /// Only those with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    kind: &'a str,
    voice: &'a str,
    owner: &'a str,
    tags: &'a [String],
    language: Option<&'a str>,
    every_s: Option<u64>,
    paused: bool,
    address: String,
}

impl List {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let market = Market::read(&config.sources)?;
        let wanted = |tags: &[String]| {
            self.tag.as_ref().is_none_or(|tag| tags.iter().any(|own| own.eq_ignore_ascii_case(tag)))
        };
        let rows: Vec<Row<'_>> = market
            .sources
            .iter()
            .filter(|listened| wanted(&listened.source.tags))
            .map(|listened| {
                let source = &listened.source;
                Row {
                    id: source.id.as_str(),
                    kind: source.kind,
                    voice: source.voice.name(),
                    owner: source.owner.shown(),
                    tags: &source.tags,
                    language: source.language.as_deref(),
                    every_s: source.every.map(|every| every.as_secs()),
                    paused: source.paused,
                    address: listened.adapter.start().url.into(),
                }
            })
            .collect();
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
            return Ok(());
        }
        let width = rows.iter().map(|row| row.id.len()).max().unwrap_or_default();
        for row in &rows {
            let paused = if row.paused { " (paused)" } else { "" };
            let tags = if row.tags.is_empty() {
                String::new()
            } else {
                format!(" [{}]", row.tags.join(", "))
            };
            writeln!(
                out,
                "{:width$}  {:11} {:8} {}{paused}{tags}",
                row.id, row.kind, row.voice, row.address
            )?;
        }
        let paused = rows.iter().filter(|row| row.paused).count();
        writeln!(out, "{}, {paused} paused", count(rows.len(), "source", "sources"))?;
        Ok(())
    }
}
