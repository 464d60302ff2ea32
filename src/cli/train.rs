//! `overheard train`: what our own parts of the model are trained on.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::Common;
use crate::classify::rust_bert::SentimentTokens;
use crate::eval::rows::{self, Written};

/// Write what a part of the model is trained on
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard train sentiment --data ../shared/data --out rows.jsonl
  make train-sentiment DATA=../shared/data         this, and the training itself

One line of JSON for each text: its tokens as we would judge them, and what its readers said of it. The
training is models/training/sentiment.py. What came of it, and how good it is, stands in the model card,
models/sentiment.md.")]
pub(super) struct Train {
    /// Which part
    #[arg(value_enum)]
    part: Part,
    /// The folder of material
    #[arg(long, value_name = "DIR", env = "OVERHEARD_DATA")]
    data: PathBuf,
    /// Where the rows go
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Part {
    /// How an author feels, in general and about somebody named
    Sentiment,
}

impl Train {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let Part::Sentiment = self.part;
        let tokens = SentimentTokens::open(&common.config()?.encoder_folder())?;
        let writing = || format!("writing {}", self.out.display());
        let mut file = BufWriter::new(File::create(&self.out).with_context(writing)?);
        let written = rows::write(&self.data, &tokens, &mut file)?;
        file.flush().with_context(writing)?;
        let Written { training, held_out, leaking, repeated } = written;
        writeln!(
            io::stdout(),
            "{training} rows to train on, {held_out} held out; {leaking} dropped that repeat one held out, {repeated} twice the same; written to {}",
            self.out.display()
        )?;
        Ok(())
    }
}
