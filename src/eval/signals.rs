//! Signals' arguments: how many of what posts say is found, part by part.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::EvalError;
use super::counts::{Counts, Half};
use crate::classify::signals::arguments;

/// Words too common to make two arguments one.
const COMMON: [&str; 8] = ["the", "of", "and", "to", "a", "an", "in", "for"];

/// How many arguments were found word for word, and how many at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// Word for word.
    pub exact: Counts,
    /// With a word or more in common.
    pub overlapping: Counts,
}

/// What was measured: by signal and part; and each post where we were wrong, with what it says and
/// what was found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// By "Signal, part".
    pub parts: BTreeMap<String, Found>,
    /// Where we were wrong.
    pub misses: Vec<(String, Vec<String>, Vec<String>)>,
    /// Posts.
    pub posts: usize,
    /// Posts that have nothing to say of the signal they look like, and how many of them were read as
    /// if they had.
    pub silent: (usize, usize),
}

impl Report {
    /// All parts together.
    #[must_use]
    pub fn all(&self) -> Found {
        let mut all = Found::default();
        for part in self.parts.values() {
            all.exact.add(part.exact);
            all.overlapping.add(part.overlapping);
        }
        all
    }
}

/// Measures on a folder's half: lines `signal \t part=words; part=words \t post`, and `-` where the
/// post says nothing of the signal. What kind of text they are, the folder says.
///
/// # Errors
/// [`EvalError`] where the file cannot be read.
pub fn measure(folder: &Path, half: Half) -> Result<Report, EvalError> {
    let file = folder.join(half.file());
    let content = fs::read_to_string(&file).map_err(|error| EvalError::Data {
        path: file.display().to_string(),
        why: error.to_string(),
    })?;
    let mut report = Report::default();
    for line in content.lines() {
        let mut cells = line.split('\t');
        let (Some(signal), Some(said), Some(text)) = (cells.next(), cells.next(), cells.next())
        else {
            continue;
        };
        report.posts += 1;
        let mut said: Vec<String> =
            said.split("; ").filter(|part| *part != "-").map(str::to_owned).collect();
        let mut found: Vec<String> = arguments(signal, text, &[])
            .into_iter()
            .map(|argument| format!("{}={}", argument.part.name(), argument.text))
            .collect();
        if said.is_empty() {
            report.silent.0 += 1;
            report.silent.1 += usize::from(!found.is_empty());
        }
        count(&mut report.parts, signal, &said, &found);
        said.sort_unstable();
        found.sort_unstable();
        if said != found {
            report.misses.push((text.to_owned(), said, found));
        }
    }
    Ok(report)
}

/// Measures both halves of a folder and says so.
///
/// # Errors
/// A file cannot be read, or `out` not written to.
pub fn run(folder: &Path, out: &mut impl Write) -> io::Result<()> {
    let kind = folder.file_name().unwrap_or_default().to_string_lossy();
    for half in Half::BOTH {
        let report = measure(folder, half).map_err(io::Error::other)?;
        let Found { exact, overlapping } = report.all();
        writeln!(
            out,
            "signals' arguments, {kind} {}: precision {:.3}, recall {:.3} ({} in {} posts); overlapping: \
             precision {:.3}, recall {:.3}; {} of {} posts with none were given some",
            half.name(),
            exact.precision(),
            exact.recall(),
            exact.there,
            report.posts,
            overlapping.precision(),
            overlapping.recall(),
            report.silent.1,
            report.silent.0,
        )?;
        if half == Half::HeldOut {
            for (part, Found { exact, overlapping }) in &report.parts {
                writeln!(
                    out,
                    "  {part}: precision {:.2}, recall {:.2} ({} there, {} found, {} right, {} overlapping)",
                    exact.precision(),
                    exact.recall(),
                    exact.there,
                    exact.found,
                    exact.right,
                    overlapping.right,
                )?;
            }
        }
    }
    Ok(())
}

/// Counts one post's arguments, part by part.
fn count(parts: &mut BTreeMap<String, Found>, signal: &str, said: &[String], found: &[String]) {
    let part_of = |argument: &String| argument.split('=').next().unwrap_or_default().to_owned();
    let mut names: Vec<String> = said.iter().chain(found).map(part_of).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of = |list: &[String]| -> Vec<String> {
            list.iter()
                .filter_map(|argument| {
                    argument.strip_prefix(&name)?.strip_prefix('=').map(str::to_owned)
                })
                .collect()
        };
        let (said, found) = (of(said), of(found));
        let counts = |is_right: &dyn Fn(&String) -> bool| Counts {
            texts: 1,
            there: said.len(),
            found: found.len(),
            right: found.iter().filter(|words| is_right(words)).count(),
        };
        let part = parts.entry(format!("{signal}, {name}")).or_default();
        part.exact.add(counts(&|words| said.contains(words)));
        part.overlapping.add(counts(&|words| said.iter().any(|said| overlap(said, words))));
    }
}

fn overlap(said: &str, found: &str) -> bool {
    let (said, found) = (said.to_lowercase(), found.to_lowercase());
    let mut shared = said.split_whitespace().filter(|word| !COMMON.contains(word));
    said.contains(&found)
        || found.contains(&said)
        || shared.any(|word| found.split_whitespace().any(|other| other == word))
}
