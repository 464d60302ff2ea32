//! `overheard verify`.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::bail;
use clap::Args;

use super::Common;
use crate::app;
use crate::search::{Words, WordsError};
use crate::text::count::count;

/// Check every value and index row of the store against each other, and the files of the index of words
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
        let mut problems = store.verify()?;
        problems.extend(of_index(&app::words_folder(&config))?);
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
            "{} wrong with what is kept in {}",
            count(problems.len(), "thing is", "things are"),
            config.data.display()
        )
    }
}

/// What is wrong with the index of words; that there is none yet is no fault.
fn of_index(folder: &Path) -> Result<Vec<String>, WordsError> {
    let files = match Words::open(folder).and_then(|words| words.verify()) {
        Ok(files) => files,
        Err(WordsError::Missing { .. }) => return Ok(Vec::new()),
        Err(damaged @ WordsError::Damaged { .. }) => return Ok(vec![damaged.to_string()]),
        Err(error) => return Err(error),
    };
    let damaged = |file: &String| {
        format!(
            "the index {}: {file} is not as it was written; `overheard reindex` builds it anew",
            folder.display()
        )
    };
    Ok(files.iter().map(damaged).collect())
}
