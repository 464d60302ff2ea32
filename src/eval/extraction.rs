//! Article text and metadata, measured on pages whose text is known.
//!
//! `trafilatura_dev30` is scored by trafilatura's own method: passages to find and to avoid, white
//! space folded, counted over all pages. `newspaper4k` holds whole texts: words in runs of four,
//! precision and recall a page, averaged. Both are shown for two halves of the pages too, drawn by a
//! hash of their names: a rule that helps one half only was made for its pages.

mod python;
mod reading;
mod score;
mod set;
mod unpacked;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use self::reading::{Readings, ours};
pub use self::score::Score;
use self::score::{Stated, half_of, score};
use self::set::{Case, newspaper4k, trafilatura};

/// A page found worse than this is named.
const BAD_F1: f64 = 0.8;

/// What stopped a measurement.
#[derive(Debug, thiserror::Error)]
pub enum ExtractionEvalError {
    /// The material is not there.
    #[error("not measured: {0} is missing")]
    Missing(PathBuf),
    /// An archive could not be unpacked.
    #[error("{archive} could not be unpacked with the system's tar: {why}")]
    Archive {
        /// Which.
        archive: PathBuf,
        /// What tar said.
        why: String,
    },
    /// The expectations are not in the form they had.
    #[error("the expectations of trafilatura_dev30 cannot be read: {0}")]
    Expectations(#[from] serde_json::Error),
    /// The Python beside which we are measured could not do it.
    #[error(
        "{program} could not read the pages with trafilatura ({why}): give a Python that has it (pip install trafilatura)"
    )]
    Python {
        /// Which.
        program: PathBuf,
        /// What it said.
        why: String,
    },
    /// Reading a page or writing the report failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Our scores on both sets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExtractionScores {
    /// On trafilatura's pages.
    pub trafilatura: Score,
    /// On newspaper4k's pages.
    pub newspaper4k: Score,
}

/// Measures article extraction on the sets in `data`, and reports to `out`; with a `python` that has
/// trafilatura, beside it.
///
/// # Errors
/// Where the material is missing or unreadable, or the report cannot be written.
pub fn run(
    data: &Path,
    python: Option<&Path>,
    out: &mut dyn Write,
) -> Result<ExtractionScores, ExtractionEvalError> {
    let extraction = data.join("extraction");
    let (_pages, cases) = trafilatura(&extraction.join("trafilatura_dev30"))?;
    let trafilatura = measure("trafilatura_dev30, passages", &cases, python, out)?;
    let (_pages, cases) = newspaper4k(&extraction.join("newspaper4k"))?;
    let newspaper4k = measure("newspaper4k, runs of four words", &cases, python, out)?;
    Ok(ExtractionScores { trafilatura, newspaper4k })
}

fn measure(
    name: &str,
    cases: &[Case],
    python: Option<&Path>,
    out: &mut dyn Write,
) -> Result<Score, ExtractionEvalError> {
    writeln!(out, "{name}: {} pages", cases.len())?;
    writeln!(
        out,
        "  {:22} precision  recall     F1  F1 of halves   title  author    date  pages/CPU-s",
        ""
    )?;
    let readings = ours(cases)?;
    line("overheard", cases, &readings, out)?;
    if let Some(program) = python {
        let readings = python::read(program, cases)?;
        line("Python trafilatura", cases, &readings, out)?;
    }
    for (case, reading) in cases.iter().zip(&readings.pages) {
        let page = score(&[(case, reading)]);
        if page.f1 < BAD_F1 {
            let Score { precision, recall, .. } = page;
            writeln!(
                out,
                "  {} precision {precision:.2} recall {recall:.2}  {}",
                case.id, case.url
            )?;
        }
    }
    let all: Vec<_> = cases.iter().zip(&readings.pages).collect();
    Ok(score(&all))
}

fn line(name: &str, cases: &[Case], readings: &Readings, out: &mut dyn Write) -> io::Result<()> {
    let all: Vec<_> = cases.iter().zip(&readings.pages).collect();
    let half = |which| {
        let part: Vec<_> =
            all.iter().copied().filter(|(case, _)| half_of(&case.id) == which).collect();
        score(&part).f1
    };
    let Score { precision, recall, f1 } = score(&all);
    let stated = Stated::of(&all);
    let stated_in = |which| {
        let part = all.iter().copied().filter(|(case, _)| half_of(&case.id) == which);
        Stated::of(&part.collect::<Vec<_>>())
    };
    let speed = readings
        .cpu_seconds
        .map_or_else(|| "-".to_owned(), |cpu| format!("{:.0}", all.len() as f64 / cpu));
    writeln!(
        out,
        "  {name:22}     {precision:.3}   {recall:.3}  {f1:.3}   {:.3} {:.3} {:>7} {:>7} {:>7}  {speed:>11}",
        half(0),
        half(1),
        stated.title.to_string(),
        stated.author.to_string(),
        stated.date.to_string(),
    )?;
    for half in 0..2 {
        let Stated { title, author, date } = stated_in(half);
        if !title.is_empty() {
            let title = title.to_string();
            let (author, date) = (author.to_string(), date.to_string());
            let name = format!("half {half}");
            writeln!(out, "    {name:20} {:39} {title:>7} {author:>7} {date:>7}", "")?;
        }
    }
    Ok(())
}
