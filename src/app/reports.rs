//! The reports: made, and written to the data folder when a week or a month is over.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use crate::config::{Config, Market};
use crate::digest::report::{Month, Week};
use crate::pipeline::reporting::Reporting;
use crate::store::Store;
use crate::views::report::Report;

/// Where they are written.
#[must_use]
pub fn folder(config: &Config) -> PathBuf {
    config.data.join("reports")
}

/// The Monday of the last whole week at `now`, and the first day of the last whole month.
#[must_use]
pub fn last_whole(config: &Config, now: Timestamp) -> (Date, Date) {
    let zone = config.service.zone().unwrap_or(jiff::tz::TimeZone::UTC);
    let today = now.to_zoned(zone).date();
    let since_monday = i64::from(today.weekday().to_monday_zero_offset());
    let monday = today.saturating_sub((since_monday + 7).days());
    (monday, today.first_of_month().saturating_sub(1.month()))
}

/// A week.
///
/// # Errors
/// The store cannot be read.
pub fn week(market: &Market, store: &dyn Store, monday: Date) -> anyhow::Result<Week> {
    Ok(Reporting { market, store }.week(monday)?)
}

/// A month.
///
/// # Errors
/// The store cannot be read.
pub fn month(market: &Market, store: &dyn Store, first: Date) -> anyhow::Result<Month> {
    Ok(Reporting { market, store }.month(first)?)
}

/// Writes the reports of the last week and month that are not written yet; the files.
///
/// # Errors
/// The store cannot be read, or a file not be written.
pub fn write_due(
    config: &Config,
    market: &Market,
    store: &dyn Store,
    now: Timestamp,
) -> anyhow::Result<Vec<PathBuf>> {
    let (monday, first) = last_whole(config, now);
    let mut written = Vec::new();
    let of_week = folder(config).join(format!("week-{monday}"));
    if !of_week.with_extension("html").exists() {
        written.extend(write(&of_week, &Report::of_week(&week(market, store, monday)?))?);
    }
    let of_month = folder(config).join(format!("month-{}", first.strftime("%Y-%m")));
    if !of_month.with_extension("html").exists() {
        written.extend(write(&of_month, &Report::of_month(&month(market, store, first)?))?);
    }
    Ok(written)
}

fn write(stem: &std::path::Path, report: &Report) -> anyhow::Result<Vec<PathBuf>> {
    let place = stem.parent().unwrap_or(stem);
    fs::create_dir_all(place).with_context(|| place.display().to_string())?;
    // The page last: it says that both are there.
    let mut files = Vec::new();
    for (ending, content) in [("txt", report.text()), ("html", report.html()?)] {
        let (file, fresh) = (stem.with_extension(ending), stem.with_extension("new"));
        fs::write(&fresh, content)
            .and_then(|()| fs::rename(&fresh, &file))
            .with_context(|| file.display().to_string())?;
        files.push(file);
    }
    Ok(files)
}
