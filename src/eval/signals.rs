//! Signals' arguments: how many of what sentences say is found word for word, part by part.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::EvalError;
use crate::classify::signals::arguments;

/// How many arguments sentences have, how many were found, and how many word for word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Arguments there are.
    pub there: usize,
    /// Arguments found.
    pub found: usize,
    /// Arguments found word for word.
    pub right: usize,
}

impl Counts {
    /// The share of what was found that is right.
    #[must_use]
    pub fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }

    /// The share of what is there that was found.
    #[must_use]
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.there.max(1) as f64
    }

    fn add(&mut self, other: Self) {
        self.there += other.there;
        self.found += other.found;
        self.right += other.right;
    }
}

/// What was measured: by signal and part; and each sentence where we were wrong, with what it says and
/// what was found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// By "Signal, part".
    pub parts: BTreeMap<String, Counts>,
    /// Where we were wrong.
    pub misses: Vec<(String, Vec<String>, Vec<String>)>,
    /// Sentences.
    pub sentences: usize,
}

impl Report {
    /// All parts together.
    #[must_use]
    pub fn all(&self) -> Counts {
        let mut all = Counts::default();
        self.parts.values().for_each(|counts| all.add(*counts));
        all
    }
}

/// Measures on one half of a file of lines `signal \t part=words; part=words \t sentence`: every
/// second line was looked at while the patterns were written, the others were not.
///
/// # Errors
/// [`EvalError`] where the file cannot be read.
pub fn measure(file: &Path, held_out: Option<bool>) -> Result<Report, EvalError> {
    let content = fs::read_to_string(file).map_err(|error| EvalError::Data {
        path: file.display().to_string(),
        why: error.to_string(),
    })?;
    let mut report = Report::default();
    for (place, line) in content.lines().enumerate() {
        let mut cells = line.split('\t');
        let (Some(signal), Some(said), Some(text)) = (cells.next(), cells.next(), cells.next())
        else {
            continue;
        };
        if held_out.is_some_and(|held_out| held_out != (place % 2 == 1)) {
            continue;
        }
        report.sentences += 1;
        let said: Vec<String> =
            said.split("; ").filter(|part| *part != "-").map(str::to_owned).collect();
        let found: Vec<String> = arguments(signal, text, &[])
            .into_iter()
            .map(|argument| format!("{}={}", argument.part.name(), argument.text))
            .collect();
        for argument in said.iter().chain(&found) {
            let part = argument.split('=').next().unwrap_or_default();
            report.parts.entry(format!("{signal}, {part}")).or_default();
        }
        for (key, counts) in &mut report.parts {
            let Some(part) = key.strip_prefix(signal).and_then(|rest| rest.strip_prefix(", "))
            else {
                continue;
            };
            let of = |list: &[String]| -> Vec<String> {
                let mine = |argument: &&String| argument.split('=').next() == Some(part);
                list.iter().filter(mine).cloned().collect()
            };
            let (there, here) = (of(&said), of(&found));
            counts.there += there.len();
            counts.found += here.len();
            counts.right += here.iter().filter(|argument| there.contains(argument)).count();
        }
        let sorted = |list: &[String]| -> BTreeSet<String> { list.iter().cloned().collect() };
        if sorted(&said) != sorted(&found) {
            report.misses.push((text.to_owned(), said, found));
        }
    }
    Ok(report)
}

/// Measures both halves and says so.
///
/// # Errors
/// The file cannot be read, or `out` not written to.
pub fn run(file: &Path, out: &mut impl Write) -> io::Result<()> {
    for (which, held_out) in [("looked at", false), ("held out", true)] {
        let report = measure(file, Some(held_out)).map_err(io::Error::other)?;
        let all = report.all();
        writeln!(
            out,
            "signals' arguments, {which}: precision {:.3}, recall {:.3} ({} in {} sentences)",
            all.precision(),
            all.recall(),
            all.there,
            report.sentences
        )?;
        if held_out {
            for (part, counts) in &report.parts {
                writeln!(
                    out,
                    "  {part}: precision {:.2}, recall {:.2} ({} there, {} found, {} right)",
                    counts.precision(),
                    counts.recall(),
                    counts.there,
                    counts.found,
                    counts.right
                )?;
            }
        }
    }
    Ok(())
}
