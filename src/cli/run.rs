//! `overheard run`.

use std::sync::Arc;

use clap::Args;

use super::progress::Progress;
use super::{Common, summary};
use crate::app::App;
use crate::clock::SystemClock;
use crate::config::Market;

/// Read what is due, judge what is new, write the digests whose morning has come
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard run                      what is due now; run it from a timer, every few minutes
  overheard run --sources my/market  with another folder of sources
  overheard run --json               the summary for a machine

A source is read no more often than it asks for, so running this often does no harm.")]
pub(super) struct Run {
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

impl Run {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let market = Market::read(&config.sources)?;
        let app = App::new(config, market, Arc::new(SystemClock))?;
        let progress = Progress::new();
        let ran = super::reactor()?.block_on(app.run(&|event| progress.show(&event)))?;
        progress.end();
        summary::print(&ran, app.store().counts()?, summary::Form::of(self.json))
    }
}
