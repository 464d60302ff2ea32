//! `overheard report`.

use std::io::{self, Write as _};

use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::{Common, Usage, named};
use crate::app::{self, reports};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Market;
use crate::views::report::Report;

/// Show what became of the digests: by the week for the marketer, by the month for leaders
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard report --week                        the last whole week, Monday to Sunday
  overheard report --week --date 2026-11-18      the week of that day
  overheard report --month --format html > month.html
  overheard report --week --json                 all of it, for a machine

The week: what was used and by whom, points nobody answered, readers who are not reached, topics with
rising disagreement, what each source gave and cost, which could go without a loss, and where posts lead
that nobody listens to. The month has no number of fewer than three people. `overheard serve` writes both
to DATA/reports.")]
#[command(group = clap::ArgGroup::new("what").required(true).args(["week", "month"]))]
pub(super) struct ReportOf {
    /// The marketer's week
    #[arg(long)]
    week: bool,
    /// The leaders' month
    #[arg(long)]
    month: bool,
    /// The week or month with this day in it [default: the last whole one]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = named::date)]
    date: Option<Date>,
    /// In which form
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print it as JSON
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Html,
}

impl ReportOf {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let now = SystemClock.now();
        let (monday, first) = reports::last_whole(&config, now);
        let today = reports::today(&config, now);
        if let Some(date) = self.date.filter(|date| *date > today) {
            return Err(Usage(format!("{date} is still to come: today is {today}")).into());
        }
        let market = Market::read(&config.sources)?;
        let store = app::open_kept_store(&config)?;
        let (report, json) = if self.week {
            let monday = self.date.map_or(Ok(monday), |date| {
                let back = i64::from(date.weekday().to_monday_zero_offset());
                date.checked_sub(jiff::Span::new().days(back))
            });
            let monday = monday.map_err(|error| Usage(error.to_string()))?;
            let week = reports::week(&config, &market, &*store, monday)?;
            (Report::of_week(&week), serde_json::to_string_pretty(&week)?)
        } else {
            let first = self.date.map_or(first, Date::first_of_month);
            let month = reports::month(&config, &market, &*store, first)?;
            (Report::of_month(&month), serde_json::to_string_pretty(&month)?)
        };
        let shown = match self.format {
            _ if self.json => json + "\n",
            Format::Text => report.text(),
            Format::Html => report.html()?,
        };
        write!(io::stdout().lock(), "{shown}")?;
        Ok(())
    }
}
