//! `overheard train`: heads from labelled material.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Common;
use crate::app;
use crate::eval::sentiment;

/// Train a head from labelled material
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard train sentiment --data ../shared/data --out models/sentiment-head.safetensors

The same data and seed give the same file. The head is compiled in: build again to use it. Its numbers
stand in its model card, models/sentiment.md.")]
pub(super) struct Train {
    /// Which head
    #[arg(value_enum)]
    head: Head,
    /// The folder of material
    #[arg(long, value_name = "DIR", env = "OVERHEARD_DATA")]
    data: PathBuf,
    /// Where the head goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What the order of training and the held-out part hang on
    #[arg(long, default_value_t = 17)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Head {
    /// How an author feels, from SemEval's tweets
    Sentiment,
}

impl Train {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let Head::Sentiment = self.head;
        let encoder = app::encoder(&common.config()?)?;
        let told = &mut |words: &str| eprintln!("{words}");
        let report = sentiment::train_sentiment(&self.data, &*encoder, self.seed, &self.out, told)?;
        let mut out = io::stdout().lock();
        writeln!(out, "{}", serde_json::to_string_pretty(&report.validation)?)?;
        writeln!(
            out,
            "{} dropped that the validation part holds, {} repeated; written to {}",
            report.leaking,
            report.repeated,
            self.out.display()
        )?;
        Ok(())
    }
}
