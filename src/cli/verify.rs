//! `overheard verify`.

use std::io::{self, Write as _};

use anyhow::bail;
use clap::Args;

use super::Common;
use crate::app;
use crate::text::count::count;

/// Check every value and index row of the store against each other
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard verify --data var

Reads everything once; changes nothing. Exit status 1 if anything is wrong.")]
pub(super) struct Verify {}

impl Verify {
    #[expect(clippy::unused_self, reason = "every command is run the same way")]
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let store = app::open_kept_store(&config)?;
        let problems = store.verify()?;
        let mut out = io::stdout().lock();
        if problems.is_empty() {
            let counts = store.counts()?;
            writeln!(
                out,
                "{} and {} are whole",
                count(counts.posts, "post", "posts"),
                count(counts.verdicts, "verdict", "verdicts")
            )?;
            return Ok(());
        }
        for problem in &problems {
            writeln!(out, "{problem}")?;
        }
        bail!(
            "{} wrong with the store {}",
            count(problems.len(), "thing is", "things are"),
            config.data.display()
        )
    }
}
