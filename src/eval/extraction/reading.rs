//! What an extractor reads off the pages of a set.

use serde::Deserialize;
use url::Url;

use super::ExtractionEvalError;
use super::set::Case;
use crate::adapters::page::{article, decode};

/// What was read off each page, in their order, and what it cost.
pub(super) struct Readings {
    pub(super) pages: Vec<Reading>,
    /// Where the system tells.
    pub(super) cpu_seconds: Option<f64>,
}

/// What was read off one page; empty where nothing was.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reading {
    pub(super) text: String,
    pub(super) title: String,
    pub(super) author: String,
    /// YYYY-MM-DD.
    pub(super) day: String,
}

/// What we read.
pub(super) fn ours(cases: &[Case]) -> Result<Readings, ExtractionEvalError> {
    let before = cpu_seconds();
    let mut pages = Vec::new();
    for case in cases {
        let bytes = std::fs::read(&case.file)?;
        // Some of trafilatura's pages have a name in the place of their address.
        let url = Url::parse(&case.url).ok();
        let found = url.and_then(|url| article(&decode(&bytes, None), &url));
        pages.push(found.map_or_else(Reading::default, |found| {
            Reading {
                // The day by which the post is filed, as the page's own clock shows it.
                day: found
                    .published
                    .or(found.updated)
                    .map(|at| at.date().to_string())
                    .unwrap_or_default(),
                text: found.text,
                title: found.title,
                author: found.author.unwrap_or_default(),
            }
        }));
    }
    let after = cpu_seconds();
    Ok(Readings { pages, cpu_seconds: after.zip(before).map(|(after, before)| after - before) })
}

/// Seconds this thread has run, where Linux says so.
fn cpu_seconds() -> Option<f64> {
    let stated = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = stated.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}
