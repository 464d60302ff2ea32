//! `overheard selfcheck`.

use std::io::{self, Write};

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::Common;
use crate::selfcheck::{Row, selfcheck};

/// Show how we behave towards a site: our own client, tried on servers on this machine
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard selfcheck            a table to show to a site's owner, in a few seconds
  overheard selfcheck --json     for a machine
  overheard selfcheck --config overheard.toml

Nothing leaves this machine. The client is the one every run uses, with your user agent and your gaps
(tried for at most 5 s each); the clock stands still. Exit status 1 if a line is not kept.")]
pub(super) struct Selfcheck {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    version: &'static str,
    user_agent: &'a str,
    passed: usize,
    failed: usize,
    rows: &'a [Row],
}

impl Selfcheck {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let rows = super::run_to_end(async { Ok(Box::pin(selfcheck(&config.fetch)).await?) })?;
        let passed = rows.iter().filter(|row| row.passed).count();
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            user_agent: &config.fetch.user_agent,
            passed,
            failed: rows.len() - passed,
            rows: &rows,
        };
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            table(&report, &mut out)?;
        }
        if report.failed > 0 {
            bail!("{} of {} lines are not kept: please report this", report.failed, rows.len());
        }
        Ok(())
    }
}

fn table(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "How {} behaves towards a site (tried on this machine):", report.user_agent)?;
    for Row { code, we, seen, passed } in report.rows {
        let verdict = if *passed { "pass" } else { "FAIL" };
        writeln!(out, "{verdict}  {code}  We {we}.")?;
        writeln!(out, "          seen: {seen}")?;
    }
    writeln!(out, "{} of {} lines are kept.", report.passed, report.rows.len())
}
