//! `overheard export` and `overheard import`: what was heard and judged, as one file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use super::rejudge::{Since, since};
use super::{Common, Usage, named};
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::month::Month;
use crate::source::SourceId;
use crate::store::export::chosen::Chosen;
use crate::store::export::{self, TakenIn};
use crate::store::{Counts, Store};
use crate::text::count::count;

/// Write what was heard and judged to a file: JSON lines, CSV or Parquet
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard export overheard-2026-11-20.jsonl             everything, for `overheard import`
  overheard export pricing.csv --topic Pricing --since 30d
  overheard export october.parquet --month 2026-10 --source daily-rack

JSON lines hold all that is kept; every line has a checksum, and the last one counts them. With a choice of
posts they hold those and their verdicts alone. CSV (RFC 4180, UTF-8) and Parquet have one row for a post:
who said what, where and when, and what the verdict says; times are UTC. In CSV, a cell that a spreadsheet
would take for a formula has an apostrophe in front. What was erased is in none of them. The file is there
whole or not at all.")]
pub(super) struct Export {
    /// The file to write
    file: PathBuf,
    /// In which format [default: by the file's ending, else JSON lines]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Only posts that arrived in this month; may be given more than once
    #[arg(long, value_name = "YYYY-MM")]
    month: Vec<Month>,
    /// Only what was said since then: a date, or so many days (14d) or hours ago
    #[arg(long, value_name = "DATE|14d", value_parser = since)]
    since: Option<Since>,
    /// Only what was said before then
    #[arg(long, value_name = "DATE|14d", value_parser = since)]
    until: Option<Since>,
    /// Only posts of this source; may be given more than once
    #[arg(long, value_name = "ID")]
    source: Vec<SourceId>,
    /// Only posts about this topic, or with this signal; may be given more than once
    #[arg(long, value_name = "NAME")]
    topic: Vec<String>,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// JSON lines with checksums: what `overheard import` reads
    Jsonl,
    /// Comma-separated values, for a spreadsheet
    Csv,
    /// Columns, for an analysis
    Parquet,
}

/// Take in what an export holds; what is there already is not doubled
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard import overheard-2026-11-20.jsonl --data restored

The file is read through first: a damaged one changes nothing. What was erased, here or there, stays out.")]
pub(super) struct Import {
    /// The file to read
    file: PathBuf,
    /// Print what was read as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Written {
    format: Format,
    #[serde(flatten)]
    counts: Counts,
    file: PathBuf,
}

impl Export {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let format = self.format()?;
        let chosen = self.chosen(SystemClock.now())?;
        let config = common.config()?;
        let store = app::open_kept_store(&config)?;
        let chosen = known(chosen, &config, &*store)?;
        let writing = || format!("writing {}", self.file.display());
        let fresh = self.file.with_extension("part");
        let mut out = BufWriter::new(File::create(&fresh).with_context(writing)?);
        let counts = write(&*store, format, &chosen, &mut out)?;
        out.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()
            .with_context(writing)?;
        std::fs::rename(&fresh, &self.file).with_context(writing)?;
        for damaged in store.damaged()? {
            eprintln!("left out: {damaged}");
        }
        let mut out = io::stdout().lock();
        if self.json {
            let written = Written { format, counts, file: self.file };
            writeln!(out, "{}", serde_json::to_string_pretty(&written)?)?;
            return Ok(());
        }
        let Counts { posts, verdicts, .. } = counts;
        let (posts, verdicts) =
            (count(posts, "post", "posts"), count(verdicts, "verdict", "verdicts"));
        let file = self.file.display();
        match format {
            Format::Jsonl => writeln!(out, "{posts} and {verdicts} written to {file}")?,
            Format::Csv | Format::Parquet => writeln!(out, "{posts} written to {file}")?,
        }
        Ok(())
    }

    fn format(&self) -> anyhow::Result<Format> {
        let ending = self.file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        Ok(match (self.format, ending.as_deref()) {
            (Some(format), _) => format,
            (None, Some("csv")) => Format::Csv,
            (None, Some("parquet")) => Format::Parquet,
            (None, Some(other @ ("xlsx" | "xls" | "ods" | "tsv"))) => {
                let why =
                    format!("no export is written as .{other}: take .csv, which spreadsheets open");
                return Err(Usage(why).into());
            }
            (None, _) => Format::Jsonl,
        })
    }

    fn chosen(&self, now: Timestamp) -> anyhow::Result<Chosen> {
        let moment = |since: &Option<Since>| since.map(|since| since.moment(now)).transpose();
        Ok(Chosen {
            months: self.month.clone(),
            since: moment(&self.since)?,
            until: moment(&self.until)?,
            sources: self.source.clone(),
            topics: self.topic.clone(),
        })
    }
}

/// The same choice with topics as they are called; a mistake in the call where there is no such source or
/// topic. Where the marketer's files are broken or elsewhere, a topic may be one of those that cannot be read.
fn known(chosen: Chosen, config: &Config, store: &dyn Store) -> anyhow::Result<Chosen> {
    if chosen.sources.is_empty() && chosen.topics.is_empty() {
        return Ok(chosen);
    }
    let (market, is_broken) = named::market_in_part(config);
    for id in &chosen.sources {
        named::check_source(store, &market, id)?;
    }
    let topics = chosen.topics.iter();
    let topics = topics.map(|name| match named::topic(&market, name) {
        Err(_) if is_broken || market.ruleset.topics.is_empty() => Ok(name.clone()),
        named => named,
    });
    let topics = topics.collect::<anyhow::Result<_>>()?;
    Ok(Chosen { topics, ..chosen })
}

fn write(
    store: &dyn Store,
    format: Format,
    chosen: &Chosen,
    out: &mut impl io::Write,
) -> anyhow::Result<Counts> {
    let rows = |posts| Counts { posts, ..Counts::default() };
    Ok(match format {
        Format::Jsonl if *chosen == Chosen::default() => export::export(store, out)?,
        Format::Jsonl => export::export_chosen(store, chosen, out)?,
        Format::Csv => rows(export::csv(store, chosen, out)?),
        Format::Parquet => rows(export::parquet(store, chosen, out)?),
    })
}

impl Import {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let open = || {
            let file = File::open(&self.file);
            file.with_context(|| format!("reading {}", self.file.display())).map(BufReader::new)
        };
        export::check(&mut open()?)?;
        let store = app::open_store(&common.config()?)?;
        let taken = export::import(&*store, &mut open()?)?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&taken)?)?;
            return Ok(());
        }
        let TakenIn { counts, posts, new_digests } = taken;
        writeln!(
            out,
            "{} and {} read: {} new, {} changed, {} there already; {}, {} new",
            count(counts.posts, "post", "posts"),
            count(counts.verdicts, "verdict", "verdicts"),
            count(posts.new, "post is", "posts are"),
            posts.updated,
            posts.same,
            count(counts.digests, "digest", "digests"),
            new_digests,
        )?;
        if posts.refused > 0 {
            writeln!(out, "{} left out: erased", count(posts.refused, "post", "posts"))?;
        }
        Ok(())
    }
}
