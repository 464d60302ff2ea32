//! `overheard backup` and `overheard restore`.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use indicatif::HumanBytes;
use jiff::Timestamp;
use serde::Serialize;

use super::Common;
use super::progress::Progress;
use super::rejudge::{Since, since};
use crate::app::upkeep::in_doubt;
use crate::app::{self, upkeep};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Market};
use crate::deliver::outbox;
use crate::month::Month;
use crate::pipeline::Event;
use crate::reader::Mail;
use crate::store::backup::{self, Made, Wanted};
use crate::store::erase::BackedUp;
use crate::store::export::TakenIn;
use crate::store::{Counts, SledStore, Store as _};
use crate::text::count::count;

/// Bring a backup up to date, and prove it by restoring what is new in it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard backup /mnt/backups/overheard
  overheard backup /mnt/backups/overheard --json

A folder with a compressed file for each month, one for all else, and a manifest with checksums and
counts. A month that nothing was written to since the last time is not written again. What is written is
restored into a scratch store there, looked over and counted before the manifest names it: until then,
the backup of before stands. It may be made while `overheard serve` runs, which also makes one each night
where [service] in overheard.toml names a folder.")]
pub(super) struct Backup {
    /// The folder of the backup: an earlier one, or a new one
    folder: PathBuf,
    /// Print what it holds as JSON
    #[arg(long)]
    json: bool,
}

/// Restore a backup: all of it, one month, or what was heard before a date
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard restore /mnt/backups/overheard --check          read it through, restore nothing
  overheard restore /mnt/backups/overheard --data restored  into a new folder
  overheard restore /mnt/backups/overheard --month 2026-10  the posts of a month that is damaged or gone
  overheard restore /mnt/backups/overheard --until 2026-11-01 --data restored

What may have been sent since the backup is not sent again by itself: `overheard deliveries --dead` lists it.
What is there already is not doubled. With --month, what is left of that month in the store is put aside
first, not deleted. Every part is read through and compared with its checksum and counts before anything
is changed. A service that holds the store is to be stopped first.")]
pub(super) struct Restore {
    /// The folder of the backup
    folder: PathBuf,
    /// Only the posts that arrived in this month, like 2026-10
    #[arg(long, value_name = "YYYY-MM")]
    month: Option<Month>,
    /// Only what was heard before then: a date, or so many days (14d) or hours ago
    #[arg(long, value_name = "DATE|14d", value_parser = since)]
    until: Option<Since>,
    /// Only read it through and count
    #[arg(long)]
    check: bool,
    /// Print what was restored as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    taken: TakenIn,
    /// Deliveries that may have been sent since the backup; none where nobody knows.
    uncertain: Option<u64>,
    put_aside: Option<PathBuf>,
}

impl Backup {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let store = app::open_kept_store(&config)?;
        let progress = Progress::new();
        let watch = watch(&progress, "backing up", store.months()?.len());
        let now = SystemClock.now();
        let made = backup::back_up(&*store, &self.folder, now, &watch);
        upkeep::note_backup(&config, &self.folder, now, &made);
        let made = made?;
        progress.end();
        // From the root: an erasing is begun anywhere.
        let folder = std::path::absolute(&self.folder)?.display().to_string();
        store.note_backup(&BackedUp { folder, at: made.manifest.at })?;
        for damaged in store.damaged()? {
            eprintln!("{damaged}; the backup keeps what it had of it");
        }
        for words in in_doubt(&made) {
            eprintln!("warning: {words}");
        }
        let mut out = io::stdout().lock();
        if self.json {
            let mut made = made;
            // Keys are nobody's to read in a log.
            made.manifest.sealed.clear();
            writeln!(out, "{}", serde_json::to_string_pretty(&made)?)?;
            return Ok(());
        }
        let months = count(made.manifest.months(), "month", "months");
        let Made { manifest, written, .. } = made;
        let bytes = manifest.parts.iter().map(|kept| kept.bytes).sum();
        let posts: u64 = manifest.parts.iter().map(|kept| kept.counts.posts).sum();
        let (posts, size) = (count(posts, "post", "posts"), HumanBytes(bytes));
        writeln!(out, "{posts} of {months} in {}, {size}", self.folder.display())?;
        let parts = count(written, "part", "parts");
        writeln!(out, "{parts} written anew, restored on trial and counted")?;
        Ok(())
    }
}

impl Restore {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let until = self.until.map(|until| until.moment(SystemClock.now())).transpose()?;
        let wanted = Wanted { month: self.month, until };
        if self.check {
            return self.tell_check(backup::check(&self.folder, wanted)?);
        }
        let config = common.config()?;
        let path = config.data.join("store");
        backup::check(&self.folder, wanted)?;
        let put_aside = match self.month.filter(|_| path.is_dir()) {
            Some(month) => SledStore::put_aside(&path, month)?,
            None => None,
        };
        let store = SledStore::open(&path)?;
        let is_new = store.counts()?.posts == 0;
        ensure!(
            is_new || self.month.is_some(),
            "{} holds posts: name a new folder with --data, or one month with --month",
            path.display()
        );
        let progress = Progress::new();
        let months = self.month.map_or(backup::manifest(&self.folder)?.months(), |_| 1);
        let taken =
            backup::restore(&self.folder, &store, wanted, &watch(&progress, "restoring", months))?;
        progress.end();
        // What one month holds was never sent.
        let uncertain = match self.month {
            None => self.leave_to_a_person(&config, &store, until)?,
            Some(_) => Some(0),
        };
        store.close().with_context(|| format!("closing {}", path.display()))?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(
                out,
                "{}",
                serde_json::to_string_pretty(&Report { taken, uncertain, put_aside })?
            )?;
            return Ok(());
        }
        let posts = count(taken.posts.new, "post", "posts");
        writeln!(out, "{posts} restored into {}", path.display())?;
        if taken.posts.refused > 0 {
            let posts = count(taken.posts.refused, "post", "posts");
            writeln!(out, "{posts} left out: erased since")?;
        }
        match uncertain {
            None => writeln!(
                out,
                "The readers in {} cannot be read: a digest that was sent since the backup may be sent again",
                config.sources.display()
            )?,
            Some(0) => {}
            Some(uncertain) => writeln!(
                out,
                "{} since the backup may have been sent, and wait for you: `overheard deliveries --dead`",
                count(uncertain, "delivery", "deliveries")
            )?,
        }
        if let Some(aside) = put_aside {
            writeln!(out, "What was left of the month is in {}", aside.display())?;
        }
        Ok(())
    }

    /// Puts down as uncertain what may have been sent since the backup; how much, if the readers can be read.
    fn leave_to_a_person(
        &self,
        config: &Config,
        store: &SledStore,
        until: Option<Timestamp>,
    ) -> anyhow::Result<Option<u64>> {
        let Ok(market) = Market::read(&config.sources) else { return Ok(None) };
        let mail = if config.mail.is_there() { Mail::Served } else { Mail::None };
        let made = backup::manifest(&self.folder)?.at;
        let backed_up = until.map_or(made, |until| until.min(made));
        let gone = store.unsubscribed()?;
        let mut perhaps = outbox::perhaps_sent(&market.readers, mail, backed_up, SystemClock.now());
        perhaps.retain(|delivery| !gone.iter().any(|(reader, _)| *reader == delivery.id.reader));
        if let Some(first) = perhaps.iter().map(|delivery| delivery.id.date).min() {
            let known = store.deliveries(first)?;
            perhaps.retain(|delivery| !known.iter().any(|known| known.id == delivery.id));
        }
        store.dispatch(&perhaps)?;
        Ok(Some(perhaps.len() as u64))
    }

    fn tell_check(&self, counts: Counts) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&counts)?)?;
            return Ok(());
        }
        let Counts { posts, verdicts, sources, digests } = counts;
        let counted = [
            count(posts, "post", "posts"),
            count(verdicts, "verdict", "verdicts"),
            count(sources, "source", "sources"),
            count(digests, "digest", "digests"),
        ];
        writeln!(out, "{} is whole: {}", self.folder.display(), counted.join(", "))?;
        Ok(())
    }
}

/// Shows how many of so many months are done.
fn watch<'p>(progress: &'p Progress, what: &'static str, months: usize) -> impl Fn(usize) + 'p {
    progress.show(&Event::KeepingUp { what, months });
    move |left| {
        if left < months {
            progress.show(&Event::KeptUp);
        }
    }
}
