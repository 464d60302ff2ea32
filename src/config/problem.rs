//! Problems in configuration: all of them at once, each with file, line, what is wrong and what is
//! allowed.

use std::fmt;
use std::path::{Path, PathBuf};

/// One thing wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which file or folder.
    pub file: PathBuf,
    /// Which line, from 1, where it can be told.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// Everything wrong with a configuration. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<Problem>);

/// A file's text with its name: turns places in it into problems.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script<'a> {
    pub(super) file: &'a Path,
    pub(super) text: &'a str,
    /// Where its lines end, as [`Script::ends`] says.
    pub(super) ends: &'a [usize],
}

impl Script<'_> {
    pub(super) fn problem(&self, line: Option<usize>, what: impl Into<String>) -> Problem {
        Problem { file: self.file.to_owned(), line, what: what.into() }
    }

    /// What toml found wrong, at its line.
    pub(super) fn toml_problem(&self, error: &toml::de::Error) -> Problem {
        let line = error.span().map(|span| self.line(span.start));
        let what = error.message().trim();
        self.problem(line, format!("{what}; the rest of the file is looked at once this is mended"))
    }

    /// Where the lines of a text end: asked once, because a long list asks for a line with every key.
    pub(super) fn ends(text: &str) -> Vec<usize> {
        text.match_indices('\n').map(|(offset, _)| offset).collect()
    }

    /// The line of a place in the text, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end < offset) + 1
    }
}
