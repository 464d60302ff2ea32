//! `overheard eval`: how good we are, on material that others gathered.

mod golden;
mod questions;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::Common;
use crate::app;
use crate::classify::accounts::Caution;
use crate::eval::counts::{Counts, Half};
use crate::eval::topics::{Asked, Set};
use crate::eval::{
    accounts, dedupe, extraction, feeds, languages, sentiment, signals, social, topics,
};

/// Examples a topic gets: none at all, a few, as many as a marketer may write, and as many as only
/// labels make.
const EXAMPLES: [usize; 4] = [0, 8, 16, 64];

/// How often other examples are drawn.
const DRAWS: u64 = 5;

/// Texts judged of each set: a minute or so.
const TEXTS: usize = 1_000;

/// Our own labelled texts, in the project's folder.
const OWN_ACCOUNTS: [&str; 2] = ["tests/fixtures/accounts", "tests/fixtures/accounts/namesakes"];
const OWN_SIGNALS: [&str; 2] = ["tests/fixtures/signals/sentences", "tests/fixtures/signals/posts"];
const OWN_QUESTIONS: &str = "tests/fixtures/ask";
const OWN_WINDOWS: &str = "tests/fixtures/golden";
const OWN_LANGUAGES: &str = "tests/fixtures/language/sentences.tsv";

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
    /// ner/: companies found by their names; and on our own texts, where they are
    Accounts,
    /// Our own sentences: what is found of who, how much, from what to what
    Signals,
    /// Our own sentences in some thirty languages, and English tweets
    Languages,
    /// Our own questions, asked of the stores that `overheard demo` and `overheard real-day` made
    Ask,
    /// Golden windows: points, stories and owners of digests, from the same stores
    Digest,
    /// Every one of these
    All,
}

impl Part {
    const EACH: [Self; 11] = [
        Self::Feeds,
        Self::Extraction,
        Self::Social,
        Self::Sentiment,
        Self::Topics,
        Self::Dedupe,
        Self::Accounts,
        Self::Signals,
        Self::Languages,
        Self::Ask,
        Self::Digest,
    ];

    /// The folder of the material it needs.
    fn folder(self) -> &'static str {
        match self {
            Self::Feeds => "feeds",
            Self::Extraction => "extraction",
            Self::Social => "social/recorded_dev",
            Self::Sentiment => "sentiment/tweeteval",
            Self::Topics => "topics",
            Self::Dedupe => "dedupe/minhash_articles/data",
            Self::Accounts => "ner",
            Self::Signals | Self::Languages | Self::Ask | Self::Digest => ".",
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

    fn accounts(&self, common: &Common, out: &mut impl io::Write) -> anyhow::Result<()> {
        let cautions = [("", Caution::Usual), (", without caution", Caution::None)];
        for (set, name, folder) in [
            (accounts::Set::Wnut17, "WNUT17 dev, corporations", "wnut17"),
            (accounts::Set::CrossNer, "CrossNER dev, organisations", "crossner"),
        ] {
            let folder = self.data.join("ner").join(folder);
            for (how, caution) in cautions {
                if folder.is_dir() {
                    let counts = accounts::companies(&self.data, set, caution)?;
                    say(out, &format!("{name}{how}"), counts)?;
                }
            }
            if !folder.is_dir() {
                eprintln!("{name}: not measured, {} is missing", folder.display());
            }
        }
        if self.data.join("ner/cleanco").is_dir() {
            let (all, cut) = accounts::legal_forms(&self.data)?;
            writeln!(out, "legal forms of cleanco: {cut} of {all} are cut off a name")?;
        }
        let own: Vec<&Path> =
            OWN_ACCOUNTS.iter().map(Path::new).filter(|own| own.is_dir()).collect();
        if own.is_empty() {
            eprintln!("our own texts: not measured, {} is missing", OWN_ACCOUNTS[0]);
            return Ok(());
        }
        let encoder = app::encoder(&common.config()?)?;
        for (own, half) in own.iter().flat_map(|own| Half::BOTH.map(|half| (*own, half))) {
            let texts = format!("{} ({})", own.display(), half.name());
            for (how, caution) in cautions {
                let (counts, _) = accounts::own(own, None, caution, half)?;
                say(out, &format!("{texts}, by words{how}"), counts)?;
            }
            let (counts, misses) = accounts::own(own, Some(&*encoder), Caution::Usual, half)?;
            let shown = half == Half::Tuned && common.verbose;
            for (text, named, found) in misses.iter().filter(|_| shown) {
                eprintln!("{text}\n  names {named:?}\n  found {found:?}");
            }
            say(out, &format!("{texts}, by words and meaning"), counts)?;
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
                    let asked = Asked { set, examples: &EXAMPLES, draws: DRAWS, texts: TEXTS };
                    for report in topics::measure(&self.data, &*encoder, asked)? {
                        writeln!(out, "{set:?}: {}", words(&report))?;
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
            Part::Accounts => self.accounts(common, &mut out)?,
            Part::Signals => {
                for own in OWN_SIGNALS.map(Path::new) {
                    if !own.is_dir() {
                        writeln!(out, "signals: not measured, {} is missing", own.display())?;
                        continue;
                    }
                    signals::run(own, &mut out)?;
                    let looked_at = signals::measure(own, Half::Tuned)?.misses;
                    for (text, said, found) in looked_at.iter().filter(|_| common.verbose) {
                        eprintln!("{text}\n  says {said:?}\n found {found:?}");
                    }
                }
            }
            Part::Languages => {
                let own = Path::new(OWN_LANGUAGES);
                if own.is_file() {
                    languages::run(own, &self.data, &mut out)?;
                } else {
                    writeln!(out, "languages: not measured, {OWN_LANGUAGES} is missing")?;
                }
            }
            Part::Ask => questions::measure(common, Path::new(OWN_QUESTIONS), &mut out)?,
            Part::Digest => golden::measure(common, Path::new(OWN_WINDOWS), &mut out)?,
            Part::All => {}
        }
        Ok(())
    }
}

/// A row of the table of topics, in points of a hundred.
fn words(report: &topics::TopicReport) -> String {
    let topics::TopicReport { examples, topics, texts, draws, .. } = report;
    let points = |over: topics::OverDraws| {
        format!("{:.1} ± {:.1}", over.mean * 100.0, over.deviation * 100.0)
    };
    format!(
        "{examples} examples a topic, {topics} topics, {texts} texts, {draws} draws: best is right {}; \
         over the threshold precision {}, recall {}, F1 {}",
        points(report.best_is_right),
        points(report.precision),
        points(report.recall),
        points(report.f1)
    )
}

fn say(out: &mut impl io::Write, what: &str, counts: Counts) -> io::Result<()> {
    let (precision, recall, f1) = (counts.precision(), counts.recall(), counts.f1());
    let Counts { texts, there: named, .. } = counts;
    writeln!(
        out,
        "{what}: precision {precision:.3}, recall {recall:.3}, F1 {f1:.3} ({named} named in {texts} texts)"
    )
}
