//! `overheard sources export`.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::import::Format;
use crate::cli::Usage;
use crate::config::{Config, Market, csv, opml};
use crate::text::count::count;

/// Write the sources as OPML or CSV
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard sources export sources.csv             all of it; `sources import` takes it in again
  overheard sources export feeds.opml              the feeds, for another reader
  overheard sources export --format opml > feeds.opml

In CSV, a cell that a spreadsheet would take for a formula has an apostrophe in front.")]
pub(super) struct Export {
    /// The file to write [default: standard output]
    to: Option<PathBuf>,
    /// In which format [default: by the file's ending, else CSV]
    #[arg(long, value_enum)]
    format: Option<Format>,
}

impl Export {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let market = Market::read(&config.sources)?;
        let ending = self.to.as_ref().and_then(|file| file.extension());
        let ending = ending.map(|ending| ending.to_string_lossy().to_lowercase());
        let format = match (self.format, ending.as_deref()) {
            (Some(format), _) => format,
            (None, Some("opml" | "xml")) => Format::Opml,
            (None, None | Some("csv" | "txt")) => Format::Csv,
            (None, Some(other)) => {
                let why = format!(
                    "a list is written as .opml or .csv, not as .{other}; --format says which, whatever the file is called"
                );
                return Err(Usage(why).into());
            }
        };
        let (text, left_out) = match format {
            Format::Csv => (csv::write(&market), 0),
            Format::Opml => opml::write(&market),
        };
        if left_out > 0 {
            eprintln!(
                "OPML knows feeds only: {} of another kind left out; CSV holds them all",
                count(left_out, "source", "sources")
            );
        }
        let Some(file) = &self.to else {
            io::stdout().lock().write_all(text.as_bytes())?;
            return Ok(());
        };
        fs::write(file, &text).with_context(|| format!("writing {}", file.display()))?;
        let written = count(market.sources.len() - left_out, "source", "sources");
        writeln!(io::stdout().lock(), "{written} written to {}", file.display())?;
        Ok(())
    }
}
