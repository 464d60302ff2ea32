//! What is wrong with a query, and where: the place is pointed at.

use std::fmt;
use std::ops::Range;

use crate::views::safe;

/// Characters of a query shown around a place.
const SHOWN_BEFORE: usize = 40;
const SHOWN_AFTER: usize = 30;

/// Faults told at once: whoever pastes an article is not read a list of its lines.
const MOST_TOLD: usize = 5;

/// One thing wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What, and what to write instead.
    pub what: String,
    /// Where in what was typed, in bytes.
    pub at: Range<usize>,
}

/// A text that is no query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct NotAQuery {
    /// What is wrong, in the order of the places.
    pub faults: Vec<Fault>,
    text: String,
}

impl NotAQuery {
    pub(super) fn of(text: &str, mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| fault.at.start);
        faults.truncate(MOST_TOLD);
        Self { faults, text: text.to_owned() }
    }

    pub(super) fn long(bytes: usize, most: usize) -> Self {
        let what = format!(
            "a query of {bytes} bytes is too long: write {most} at most; a few words find what a page says"
        );
        Self { faults: vec![Fault { what, at: 0..0 }], text: String::new() }
    }
}

impl fmt::Display for NotAQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.faults.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            f.write_str(&fault.what)?;
            if !self.text.is_empty() {
                let (line, marks) = pointed(&self.text, &fault.at);
                write!(f, "\n  {line}\n  {marks}")?;
            }
        }
        Ok(())
    }
}

/// The query around a place on one line, and below it the marks that point at it.
fn pointed(text: &str, at: &Range<usize>) -> (String, String) {
    let clean = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_whitespace() || safe::is_invisible(c) { ' ' } else { c })
            .collect()
    };
    let start = text.floor_char_boundary(at.start);
    let end = text.ceil_char_boundary(at.end.max(start));
    let before = clean(&text[..start]);
    let (meant, after) = (clean(&text[start..end]), clean(&text[end..]));
    let skipped = before.chars().count().saturating_sub(SHOWN_BEFORE);
    let mut line = String::new();
    if skipped > 0 {
        line.push('…');
    }
    line.extend(before.chars().skip(skipped));
    let begin = line.chars().count();
    let shown: String = meant.chars().take(SHOWN_BEFORE).collect();
    line += &shown;
    if shown.len() == meant.len() {
        line.extend(after.chars().take(SHOWN_AFTER));
        if after.chars().count() > SHOWN_AFTER {
            line.push('…');
        }
    } else {
        line.push('…');
    }
    let marks = "^".repeat(shown.chars().count().max(1));
    (line.trim_end().to_owned(), format!("{}{marks}", " ".repeat(begin)))
}
