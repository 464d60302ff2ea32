//! Progress: bars on a terminal, silence elsewhere (the summary says it all).

use indicatif::{ProgressBar, ProgressStyle};

use crate::pipeline::Event;

/// Draws what the pipeline says it is doing.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{prefix:>10} {bar:28} {pos}/{len} {wide_msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self { bar }
    }

    pub(super) fn show(&self, event: &Event<'_>) {
        match event {
            Event::Listening { sources } => self.begin("listening", *sources),
            Event::Visited { source } => {
                self.bar.set_message(source.to_string());
                self.bar.inc(1);
            }
            Event::Judging { posts } => self.begin("judging", *posts),
            Event::Judged { posts } => self.bar.inc(*posts as u64),
            Event::Writing { readers } => self.begin("writing", *readers),
            Event::Wrote => self.bar.inc(1),
        }
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn begin(&self, what: &'static str, length: usize) {
        self.bar.set_position(0);
        self.bar.set_length(length as u64);
        self.bar.set_prefix(what);
        self.bar.set_message("");
    }
}
