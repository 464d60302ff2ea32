//! The readers' pages and their answers by mail, beside the service.

use std::fs;
use std::io::Read as _;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::App;
use crate::clock::Clock;
use crate::config::{Config, Market};
use crate::pipeline::reply::{self, Answered, MOST_BYTES};
use crate::store::Store;
use crate::views::Links;
use crate::web::pages::{Opened, Pages};

/// How often the Maildir is looked into: an answer need not be known at once.
const LOOK: Duration = Duration::from_mins(1);

/// Mails taken in at a look: a flood is taken in by and by.
const MOST_MAILS: usize = 200;

/// What runs beside the service, until it is joined.
pub struct Beside {
    address: Option<SocketAddr>,
    tasks: Vec<JoinHandle<anyhow::Result<()>>>,
}

impl App {
    /// Opens the pages of the settings and looks for answers by mail, until `stop` turns true. `note_came`
    /// is notified when there is something to judge.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn beside(
        &self,
        stop: &watch::Receiver<bool>,
        note_came: &Arc<Notify>,
    ) -> anyhow::Result<Beside> {
        let mut beside = Beside { address: None, tasks: Vec::new() };
        if let Some(address) = self.config.web.address() {
            let pages = Pages {
                store: Arc::clone(&self.store),
                market: self.market_now.subscribe(),
                links: self.links.clone(),
                clock: Arc::clone(&self.clock),
                note_came: Arc::clone(note_came),
            };
            let opened = Opened::at(address, pages).await.with_context(|| {
                format!(
                    "the readers' pages cannot be at {address}: set another `listen` under [web]"
                )
            })?;
            beside.address = Some(opened.address()?);
            let stop = stop.clone();
            beside.tasks.push(tokio::spawn(async move { Ok(opened.serve(stop).await?) }));
        }
        let answers = Answers {
            store: Arc::clone(&self.store),
            market: self.market_now.subscribe(),
            links: self.links.clone(),
            clock: Arc::clone(&self.clock),
            config: self.config.clone(),
            note_came: Arc::clone(note_came),
        };
        beside.tasks.push(tokio::spawn(answers.keep_looking(stop.clone())));
        Ok(beside)
    }
}

impl Beside {
    /// Where the pages are, if there are any.
    #[must_use]
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Waits until all of it has ended.
    ///
    /// # Errors
    /// The pages failed.
    pub async fn joined(self) -> anyhow::Result<()> {
        for task in self.tasks {
            task.await.context("what runs beside the service broke off")??;
        }
        Ok(())
    }
}

struct Answers {
    store: Arc<dyn Store>,
    market: watch::Receiver<Arc<Market>>,
    links: Links,
    clock: Arc<dyn Clock>,
    config: Config,
    note_came: Arc<Notify>,
}

impl Answers {
    async fn keep_looking(self, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        let this = Arc::new(self);
        while !*stop.borrow() {
            let looking = Arc::clone(&this);
            let looked = tokio::task::spawn_blocking(move || looking.look()).await;
            match looked {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!("answers by mail, or a report, must wait: {error:#}");
                }
                Err(broke) => tracing::error!("taking in answers by mail broke off: {broke}"),
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
        Ok(())
    }

    fn look(&self) -> anyhow::Result<()> {
        let market = Arc::clone(&self.market.borrow());
        let mail = reply::Mailbox {
            store: &*self.store,
            market: &market,
            links: &self.links,
            now: self.clock.now(),
        };
        let taken = self.config.web.replies().map_or(Ok(false), |maildir| take_in(maildir, &mail));
        if matches!(taken, Ok(true)) {
            self.note_came.notify_one();
        }
        // One of them waits for nothing that is wrong with the other.
        super::reports::write_due(&self.config, &market, &*self.store, self.clock.now())?;
        taken.map(|_| ())
    }
}

/// Takes in what is new in a Maildir; whether a note came. A mail is moved to `cur` once it is taken in, so
/// that one after which we crash is taken in again, which changes nothing.
///
/// # Errors
/// The folder cannot be read, or the store fails.
fn take_in(maildir: &Path, mailbox: &reply::Mailbox<'_>) -> anyhow::Result<bool> {
    let new = maildir.join("new");
    let entries = fs::read_dir(&new).with_context(|| new.display().to_string())?;
    fs::create_dir_all(maildir.join("cur"))?;
    let mut note_came = false;
    let mut taken = 0;
    for entry in entries {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        if taken == MOST_MAILS {
            break;
        }
        let mut bytes = Vec::new();
        let read = fs::File::open(entry.path())
            .and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes));
        if let Err(error) = read {
            // Those behind it are taken in all the same.
            tracing::warn!("{}: {error}; the mail is passed over", entry.path().display());
            continue;
        }
        taken += 1;
        // It is read by other people's code. What that cannot read today it cannot read in a minute.
        let answered = catch_unwind(AssertUnwindSafe(|| mailbox.take_in(&bytes)));
        match answered.unwrap_or(Ok(Answered::Left("it cannot be understood")))? {
            Answered::Kept { note, .. } => note_came |= note,
            Answered::Unsubscribed { reader } => tracing::info!(%reader, "wants no more digests"),
            Answered::Left(why) => tracing::info!(%why, "a mail was left alone"),
        }
        // `S`: seen, as mail programs write it.
        let mut name = entry.file_name();
        name.push(":2,S");
        fs::rename(entry.path(), maildir.join("cur").join(name))?;
    }
    Ok(note_came)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::store::SledStore;

    #[test]
    fn a_mail_in_the_maildir_is_looked_at_once_and_kept_as_seen() {
        let folder = tempfile::tempdir().unwrap();
        let maildir = folder.path().join("mail");
        fs::create_dir_all(maildir.join("new")).unwrap();
        fs::create_dir_all(maildir.join("new/no-mail")).unwrap();
        fs::write(maildir.join("new/1.M1.host"), "From: a@b.example\r\n\r\nused 1\r\n").unwrap();
        let store = SledStore::open(&folder.path().join("store")).unwrap();
        let (market, links) = (Market::parse(&[]).unwrap(), Links::none());
        let now = Timestamp::UNIX_EPOCH;
        let mailbox = reply::Mailbox { store: &store, market: &market, links: &links, now };
        for _ in 0..2 {
            assert!(!take_in(&maildir, &mailbox).unwrap());
        }
        assert!(maildir.join("cur/1.M1.host:2,S").exists());
        assert!(!maildir.join("new/1.M1.host").exists());
        let missing = take_in(&folder.path().join("none"), &mailbox).unwrap_err();
        assert!(format!("{missing:#}").contains("none/new"), "{missing:#}");
    }
}
