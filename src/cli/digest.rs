//! `overheard digest`.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::bail;
use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::{Common, Usage, named};
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Market};
use crate::digest::{self, Digest, Proven};
use crate::pipeline::{Calendars, Morning};
use crate::store::Store;
use crate::views;
use crate::views::safe::plain;

/// Characters of a claim: to know it by.
const CLAIM: usize = 76;

/// Show a reader's digest of a date, as it was made then
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard digest --reader ada                         today's, as text
  overheard digest --reader ada --date 2026-11-20 --format html > digest.html
  overheard digest --reader ada --format print > page.html   one page, to print
  overheard digest --reader ada --window 2026-11-20 --again   the same bytes as on that day
  overheard digest --reader ada --why                   why its points are these, and in this order
  overheard digest --reader ada --preview               what it would say now; nothing is claimed

A digest is kept as it was made: asking again gives the same bytes. By which rules it was made stands in
its JSON, as `ruleset`.")]
pub(super) struct Show {
    /// Whose
    #[arg(long, value_name = "ID")]
    reader: String,
    /// Of which day in the reader's time zone [default: their last morning]
    #[arg(long, visible_alias = "window", value_name = "YYYY-MM-DD", value_parser = named::date)]
    date: Option<Date>,
    /// In which form
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Make it from what is kept now, without claiming it
    #[arg(long, conflicts_with = "again")]
    preview: bool,
    /// As it was made then, which is so in any case: to say so in a script
    #[arg(long)]
    again: bool,
    /// Show what put its points in their order
    #[arg(long, conflicts_with = "format")]
    why: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Html,
    Markdown,
    /// One page of A4
    Print,
    Json,
}

impl Show {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let store = app::open_kept_store(&config)?;
        let kept = match self.date.filter(|_| !self.preview) {
            Some(date) => store.digest(&self.reader, date)?,
            None => None,
        };
        // What was told stays told, whatever the files of the market say by now.
        let digest = match kept {
            Some(kept) => Proven::claimed(kept),
            None => self.by_the_market(&config, &*store)?,
        };
        let links = app::links(&config)?;
        let shown = match self.format {
            _ if self.why => why(digest.digest()),
            Format::Text => views::text(&digest, &links),
            Format::Html => views::html(&digest, &links)?,
            Format::Markdown => views::markdown(&digest, &links),
            Format::Print => views::print(&digest)?,
            Format::Json => serde_json::to_string_pretty(digest.digest())? + "\n",
        };
        write!(io::stdout().lock(), "{shown}")?;
        Ok(())
    }
}

impl Show {
    /// The digest of a reader who is there, today's where no date is named.
    fn by_the_market(&self, config: &Config, store: &dyn Store) -> anyhow::Result<Proven> {
        let mut market = if self.preview {
            Market::read(&config.sources)?
        } else {
            named::market_in_part(config).0
        };
        let Some(reader) = market.reader(&self.reader) else {
            let known: Vec<_> = market.readers.iter().map(|reader| reader.id.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Usage(format!("no reader {:?}; there are: {known}", self.reader)).into());
        };
        let (reader, now) = (&reader.clone(), SystemClock.now());
        let date = self.date.unwrap_or_else(|| digest::morning(reader, now));
        if self.preview {
            market.learn(store.labels()?);
            let calendars = Calendars::beside(&app::digests_folder(config));
            let (market, calendars) = (&market, Some(&calendars));
            return Ok(
                Morning { market, store, silent: &[], calendars }.preview(reader, date, now)?
            );
        }
        if let Some(kept) = store.digest(&reader.id, date)? {
            return Ok(Proven::claimed(kept));
        }
        if reader.rhythm.has(date) {
            bail!(
                "{} has no digest of {date}: `overheard run` makes it when the morning comes, \
                 --preview shows what it would say",
                reader.id
            );
        }
        bail!(
            "{date} is no day of {}'s digests (`every`, `days`, `quiet`, `holidays`); \
             --preview shows what one would say",
            reader.id
        );
    }
}

/// Each point with what it was given for what.
fn why(digest: &Digest) -> String {
    let mut shown = String::new();
    for (number, point) in digest.blocks.iter().flat_map(|block| &block.points).enumerate() {
        let sum: f64 = point.rank.iter().map(|weighed| weighed.weight).sum();
        let (topic, claim) = (plain(&point.topic, CLAIM), plain(&point.claim.text, CLAIM));
        _ = writeln!(shown, "{}. {topic} · {sum:.2}\n   {claim}", number + 1);
        for weighed in &point.rank {
            _ = writeln!(shown, "   {:+.2}  {}", weighed.weight, weighed.reason.words());
        }
        if point.rank.is_empty() {
            shown.push_str("   It was made before Overheard kept why.\n");
        }
    }
    if shown.is_empty() { "It has no points.\n".to_owned() } else { shown }
}
