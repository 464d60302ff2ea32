//! `overheard run`.

use std::sync::Arc;

use anyhow::bail;
use clap::Args;

use super::progress::Progress;
use super::sources::check_id;
use super::{Common, Usage, summary};
use crate::app::App;
use crate::clock::SystemClock;
use crate::config::Market;
use crate::crawl::waiting::Haste;
use crate::pipeline::Summary;
use crate::source::SourceId;
use crate::text::count::count;

/// Read what is due, judge what is new, write the digests whose morning has come
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard run                      what is due now; run it from a timer, every few minutes
  overheard run --sources my/market  with another folder of sources
  overheard run --source daily-rack  just this one, if it is due; no digest is written
  overheard run --source daily-rack --now
                                     the same after you mended what made it fail: what we wait for
                                     by ourselves is cut short, what the site asked for is not
  overheard run --json               the summary for a machine

A source is read no more often than it asks for, so running this often does no harm. Exit status 1
where nothing at all could be read: the digest of the morning is written all the same, and says so.")]
pub(super) struct Run {
    /// Visit just this source; may be given more than once
    #[arg(long, value_name = "ID")]
    source: Vec<SourceId>,
    /// Try the named sources though their last visit failed not long ago
    #[arg(long, requires = "source")]
    now: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

impl Run {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let market = Market::read(&config.sources)?;
        for id in &self.source {
            check_named(&market, id)?;
        }
        let progress = Progress::new();
        let app = App::new(config, market, Arc::new(SystemClock))?;
        let watch = |event: crate::pipeline::Event<'_>| progress.show(&event);
        let ran = super::run_to_end(async {
            if self.source.is_empty() {
                return app.run(&watch).await;
            }
            let haste = if self.now { Haste::AfterFailures } else { Haste::WhenDue };
            app.read(&self.source, haste, &watch).await
        })?;
        app.index(&watch);
        progress.end();
        summary::print(&ran, app.store().counts()?, summary::Form::of(self.json))?;
        refuse_silence(&app, &ran)
    }
}

/// Refuses a source there is none of, or that is paused.
fn check_named(market: &Market, id: &SourceId) -> anyhow::Result<()> {
    check_id(market, id)?;
    match market.source(id) {
        Some(source) if source.paused => {
            Err(Usage(format!("{id} is paused: `overheard sources resume {id}` first")).into())
        }
        _ => Ok(()),
    }
}

/// A run that could read nothing, while nothing could be read before either, has failed: a timer's
/// alarm should ring. Its digests are claimed all the same: a reader gets one each morning, and this
/// one says how little we heard.
fn refuse_silence(app: &App, ran: &Summary) -> anyhow::Result<()> {
    let failed = |ran: &Summary| ran.visits.iter().all(|visit| visit.outcome.failure().is_some());
    if ran.visits.is_empty() || !failed(ran) {
        return Ok(());
    }
    let listening = app.listening()?;
    if listening.heard > 0 {
        return Ok(());
    }
    let sources = count(listening.sources, "source", "sources");
    let told = if ran.digests.is_empty() { "" } else { ", and the digests say so" };
    bail!(
        "nothing could be read: every visit failed, and of {sources} none could be read before{told}; \
         what is said meanwhile comes with a later digest"
    )
}
