//! How we behave towards a site, tried out: our own client visits servers on this machine, and what
//! they saw is a report an operator can show to a site's owner.
//!
//! The client is the one every run uses, with the operator's settings, and its clock stands still. Only
//! where a line is not about them are gaps and limits shortened, so that it takes seconds.

mod answers;
mod conditional;
mod guest;
mod requests;
mod runs;
mod timing;

use std::io;

use serde::Serialize;

use self::guest::Guest;
use crate::config::Problems;
use crate::crawl::http::{BadSettings, Settings};
use crate::pipeline::PipelineError;

/// One line of the behaviour that concerns a site's owner, and whether we keep to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The line: C conditional requests, T timing, R requests, S answers, P policy.
    pub code: &'static str,
    /// What we do.
    pub we: &'static str,
    /// What the server saw.
    pub seen: String,
    /// Whether it saw us do that.
    pub passed: bool,
}

/// The letters of the lines, in their order.
const LETTERS: &str = "CTRSP";

/// The check could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SelfcheckError {
    /// The client cannot be used as it is set.
    #[error("the settings under [fetch] cannot be used: {0}")]
    Settings(#[from] BadSettings),
    /// A source of the check's own cannot be read: a fault of ours.
    #[error("a source of the check itself is not in order: {0}")]
    Source(#[from] Problems),
    /// A run of the check's own broke off.
    #[error("a run of the check itself broke off: {0}")]
    Run(#[from] PipelineError),
    /// No server could be started on this machine.
    #[error(
        "no server could be started on 127.0.0.1, or no folder made for temporary files ({0}): free some ports, threads or space, then run again"
    )]
    Server(#[from] io::Error),
}

/// Tries every line with a client that behaves as `settings` say.
///
/// # Errors
/// [`SelfcheckError`]; a line we do not keep to is no error, but a row that says so.
pub async fn selfcheck(settings: &Settings) -> Result<Vec<Row>, SelfcheckError> {
    // Side by side: those that wait for a gap do not hold up the others.
    let (conditional, timing, requests, answers) = tokio::try_join!(
        conditional::rows(settings),
        timing::rows(settings),
        requests::rows(settings),
        answers::rows(settings),
    )?;
    let mut rows = [conditional, timing, requests, answers].concat();
    // By itself: a store waits for the disk, and holds the others up.
    rows.extend(runs::rows(settings).await?);
    // The order of the lines: their letters', and their numbers within.
    rows.sort_by_key(|row| (LETTERS.find(&row.code[..1]), row.code));
    Ok(rows)
}

fn row(code: &'static str, we: &'static str, seen: String, passed: bool) -> Row {
    Row { code, we, seen, passed }
}
