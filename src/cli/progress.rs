//! Progress: a bar on a terminal; elsewhere a plain line now and then, so that a log shows life.

use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::pipeline::Event;
use crate::text::count::count;

/// Between two plain lines: often enough to see that it goes on, seldom enough for a log.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Shows what the pipeline says it is doing, on standard error.
pub(super) enum Progress {
    /// On a terminal.
    Bar(ProgressBar),
    /// Anywhere else.
    Lines(Mutex<Lines>),
}

/// What plain lines are made from.
pub(super) struct Lines {
    what: &'static str,
    done: usize,
    of: usize,
    last: Instant,
}

impl Progress {
    pub(super) fn new() -> Self {
        if !io::stderr().is_terminal() {
            let lines = Lines { what: "", done: 0, of: 0, last: Instant::now() };
            return Self::Lines(Mutex::new(lines));
        }
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{prefix:>10} {bar:28} {pos}/{len} {wide_msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_prefix("opening");
        bar.set_message("the store and the model");
        bar.tick();
        Self::Bar(bar)
    }

    pub(super) fn show(&self, event: &Event<'_>) {
        match event {
            Event::Listening { sources } => {
                self.begin("listening", *sources, &count(*sources, "source", "sources"));
            }
            Event::Visited { source } => {
                if let Self::Bar(bar) = self {
                    bar.set_message(source.to_string());
                }
                self.advance(1);
            }
            Event::Judging { posts } => {
                self.begin("judging", *posts, &count(*posts, "post", "posts"));
            }
            Event::Indexing { posts } => {
                self.begin("indexing", *posts, &count(*posts, "post", "posts"));
            }
            Event::Judged { posts } | Event::Indexed { posts } => self.advance(*posts),
            Event::Writing { readers } => {
                self.begin("writing", *readers, &count(*readers, "digest", "digests"));
            }
            Event::KeepingUp { what, months } => {
                self.begin(what, *months, &count(*months, "month", "months"));
            }
            Event::Wrote | Event::KeptUp => self.advance(1),
        }
    }

    pub(super) fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }

    fn begin(&self, what: &'static str, length: usize, counted: &str) {
        match self {
            Self::Bar(bar) => {
                bar.set_position(0);
                bar.set_length(length as u64);
                bar.set_prefix(what);
                bar.set_message("");
                bar.tick();
            }
            Self::Lines(lines) => {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                *lines = Lines { what, done: 0, of: length, last: Instant::now() };
                if length > 0 {
                    eprintln!("{what}: {counted}");
                }
            }
        }
    }

    fn advance(&self, by: usize) {
        match self {
            Self::Bar(bar) => bar.inc(by as u64),
            Self::Lines(lines) => {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                lines.done += by;
                if lines.last.elapsed() >= BETWEEN_LINES {
                    lines.last = Instant::now();
                    eprintln!("{}: {} of {}", lines.what, lines.done, lines.of);
                }
            }
        }
    }
}
