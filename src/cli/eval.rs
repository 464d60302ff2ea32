//! `overheard eval`: how good we are, on material that others gathered.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::Common;
use crate::app;
use crate::eval::topics::{Asked, Set};
use crate::eval::{dedupe, extraction, feeds, sentiment, social, topics};

/// Examples a topic gets: none at all, a few, and as many as a marketer may write.
const EXAMPLES: [usize; 3] = [0, 8, 16];

/// Texts judged of each set: a minute or so.
const TEXTS: usize = 1_000;

/// Measure us on real material (see `models/` and the folder of data)
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard eval feeds --data ../shared/data       expectations met, one line a failing case
  overheard eval extraction --data ../shared/data --python venv/bin/python
                                                   article text, beside Python's trafilatura
  overheard eval all --data ../shared/data         everything, some minutes

The material lies beside the project and never goes into it. Without --data, OVERHEARD_DATA says where
it is; what is missing is said to be \"not measured\".")]
pub(super) struct Eval {
    /// Which part
    #[arg(value_enum)]
    part: Part,
    /// The folder of material
    #[arg(long, value_name = "DIR", env = "OVERHEARD_DATA")]
    data: PathBuf,
    /// A Python that has trafilatura, to read the same pages beside us (extraction)
    #[arg(long, value_name = "PROGRAM", env = "OVERHEARD_PYTHON")]
    python: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// feeds/: expectations of feedparser's and gofeed's suites
    Feeds,
    /// extraction/: article text
    Extraction,
    /// social/recorded_dev: Mastodon and Hacker News items
    Social,
    /// sentiment/: an author's feelings, and those towards somebody named, on what was held out
    Sentiment,
    /// topics/: topics from few examples
    Topics,
    /// dedupe/: planted copies of articles found
    Dedupe,
    /// Every one of these
    All,
}

impl Part {
    const EACH: [Self; 6] =
        [Self::Feeds, Self::Extraction, Self::Social, Self::Sentiment, Self::Topics, Self::Dedupe];

    /// The folder of the material it needs.
    fn folder(self) -> &'static str {
        match self {
            Self::Feeds => "feeds",
            Self::Extraction => "extraction",
            Self::Social => "social/recorded_dev",
            Self::Sentiment => "sentiment/tweeteval",
            Self::Topics => "topics",
            Self::Dedupe => "dedupe/minhash_articles/data",
            Self::All => "",
        }
    }
}

impl Eval {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let parts = if self.part == Part::All { Part::EACH.to_vec() } else { vec![self.part] };
        for part in parts {
            let folder = self.data.join(part.folder());
            if folder.is_dir() {
                self.measure(part, common)
                    .with_context(|| format!("measuring {}", part.folder()))?;
            } else {
                writeln!(
                    io::stdout(),
                    "{}: not measured, {} is missing",
                    part.folder(),
                    folder.display()
                )?;
            }
        }
        Ok(())
    }

    fn measure(&self, part: Part, common: &Common) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        match part {
            Part::Feeds => {
                feeds::run(&self.data, &mut out)?;
            }
            Part::Extraction => {
                extraction::run(&self.data, self.python.as_deref(), &mut out)?;
            }
            Part::Social => {
                for platform in ["mastodon", "hackernews"] {
                    let score = social::run(&self.data, &[platform], &mut out)?;
                    let social::Score { items, right, withheld } = score;
                    writeln!(
                        out,
                        "{platform}: {right} of {items} items read right, {withheld} left out on purpose"
                    )?;
                }
            }
            Part::Sentiment => {
                let encoder = app::encoder(&common.config()?)?;
                let told = &mut |words: &str| eprintln!("{words}");
                for report in sentiment::measure(&self.data, &*encoder, told)? {
                    writeln!(out, "{}", serde_json::to_string(&report)?)?;
                }
            }
            Part::Topics => {
                let encoder = app::encoder(&common.config()?)?;
                for set in [Set::Banking77, Set::ReutersR8] {
                    for examples in EXAMPLES {
                        let asked = Asked { set, examples, texts: TEXTS };
                        let report = topics::measure(&self.data, &*encoder, asked)?;
                        let report = serde_json::to_string(&report)?;
                        writeln!(out, "{set:?}, {examples} examples: {report}")?;
                    }
                }
            }
            Part::Dedupe => {
                for size in [100, 1_000] {
                    let folder = self.data.join(part.folder());
                    let score = dedupe::measure(&folder, size)?;
                    let (precision, recall) = (score.precision(), score.recall());
                    writeln!(
                        out,
                        "copies planted among {size} articles: precision {precision:.3}, recall {recall:.3}"
                    )?;
                }
            }
            Part::All => {}
        }
        Ok(())
    }
}
