//! The reports: made, and written to the data folder when a week or a month is over.

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::config::{Config, Market};
use crate::deliver::reports::{self, Period};
use crate::digest::report::{Month, Week};
use crate::pipeline::is_under_way;
use crate::pipeline::reporting::Reporting;
use crate::store::Store;
use crate::views::report::Report;

/// Where they are written.
#[must_use]
pub fn folder(config: &Config) -> PathBuf {
    config.data.join(reports::FOLDER)
}

/// The date at `now`, by the service's clock.
#[must_use]
pub fn today(config: &Config, now: Timestamp) -> Date {
    now.to_zoned(zone(config)).date()
}

/// The Monday of the last whole week at `now`, and the first day of the last whole month.
#[must_use]
pub fn last_whole(config: &Config, now: Timestamp) -> (Date, Date) {
    let today = today(config, now);
    let since_monday = i64::from(today.weekday().to_monday_zero_offset());
    let monday = today.saturating_sub((since_monday + 7).days());
    (monday, today.first_of_month().saturating_sub(1.month()))
}

/// A week.
///
/// # Errors
/// The store cannot be read.
pub fn week(
    config: &Config,
    market: &Market,
    store: &dyn Store,
    monday: Date,
) -> anyhow::Result<Week> {
    Ok(Reporting { market, store, zone: &zone(config) }.week(monday)?)
}

/// A month.
///
/// # Errors
/// The store cannot be read.
pub fn month(
    config: &Config,
    market: &Market,
    store: &dyn Store,
    first: Date,
) -> anyhow::Result<Month> {
    Ok(Reporting { market, store, zone: &zone(config) }.month(first)?)
}

fn zone(config: &Config) -> TimeZone {
    config.service.zone().unwrap_or(TimeZone::UTC)
}

/// Writes the reports of the last week and month that are not written yet; the files. None while somebody is
/// being erased.
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
    let (week_of, month_of) = (Period::Week(monday), Period::Month(first));
    let folder = folder(config);
    let mut written = Vec::new();
    let writer = reports::Writer::alone(&folder)?;
    // What is erased is read still, until it is.
    if is_under_way(&config.data) {
        return Ok(written);
    }
    // Of what was before the first digest there is nothing to report.
    let began = Reporting { market, store, zone: &zone(config) }.began()?;
    let was_by = |end: Date| began.is_some_and(|began| began < end);
    if was_by(monday.saturating_add(7.days())) && !reports::is_written(&folder, week_of) {
        let report = Report::of_week(&week(config, market, store, monday)?);
        written.extend(write(&writer, week_of, &report)?);
    }
    if was_by(first.saturating_add(1.month())) && !reports::is_written(&folder, month_of) {
        let report = Report::of_month(&month(config, market, store, first)?);
        written.extend(write(&writer, month_of, &report)?);
    }
    Ok(written)
}

fn write(
    writer: &reports::Writer,
    period: Period,
    report: &Report,
) -> anyhow::Result<Vec<PathBuf>> {
    Ok(writer.write(period, &report.text(), &report.html()?)?)
}
