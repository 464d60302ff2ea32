//! The service: the main job again and again, and the night's work, until somebody asks it to end.
//!
//! A round is what `overheard run` does, and what is due decides when there is one (see
//! [`agenda`](crate::pipeline::agenda)). One thing is done after the other; what fails is told, and tried again.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{Notify, watch};
use tokio::task::{block_in_place, spawn_blocking};
use tokio::time::sleep;

use super::App;
use super::upkeep::{self, Upkept};
use crate::clock::Clock;
use crate::config::{Config, Market, Problems};
use crate::crawl::schedule;
use crate::delivery::{DeliveryId, State};
use crate::pipeline::agenda::{self, Agenda, Doing};
use crate::pipeline::{PipelineError, Summary, Trust, Upkeep, Written};
use crate::store::backup::{self, Made};
use crate::store::erase::BackedUp;
use crate::store::{Compacted, Store, StoreError};
use crate::visit::Outcome;

/// What happened, for the log.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum News {
    /// It begins.
    Began {
        /// Sources that are listened to.
        sources: usize,
        /// Readers.
        readers: usize,
        /// When the next night's work is due.
        night: Timestamp,
    },
    /// The readers' pages are open.
    Pages {
        /// Where.
        address: SocketAddr,
    },
    /// A round in which something happened.
    Round(Heard),
    /// Something failed.
    Failed {
        /// What.
        what: &'static str,
        /// Why.
        why: String,
        /// When it is tried again.
        again: Timestamp,
    },
    /// What a full disk, or a disk that failed, had left unfit for writing was opened again.
    Mended,
    /// Settings, sources or topics that changed on the disk are in force, or labels that were given.
    TakenUp {
        /// Sources that are listened to.
        sources: usize,
    },
    /// What changed on the disk cannot be used; what was in force before is.
    Mistaken {
        /// What is wrong, a line each.
        why: String,
    },
    /// Months were compacted.
    Compacted {
        /// Those, and what became of them.
        months: Vec<Compacted>,
    },
    /// The backup is up to date, restored on trial and counted.
    BackedUp {
        /// Where.
        folder: PathBuf,
        /// Posts it holds.
        posts: u64,
        /// Parts that were written anew.
        written: usize,
    },
    /// Somebody asked it to end: what is at work is finished.
    Ending,
    /// It ended, and the store is closed.
    Ended,
}

/// What came of a round.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// Sources that were read.
    pub read: usize,
    /// Sources that had not changed.
    pub unchanged: usize,
    /// Sources whose visit failed.
    pub failed: Vec<FailedVisit>,
    /// Posts that are new.
    pub new: usize,
    /// Posts that changed.
    pub changed: usize,
    /// Posts that were judged.
    pub judged: usize,
    /// Digests that were made.
    pub digests: Vec<Told>,
    /// Deliveries that were made, or were not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Went>,
}

/// What became of a delivery. What was answered is not told: it may name the reader's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Went {
    /// Which.
    pub id: DeliveryId,
    /// How it stands now.
    pub state: State,
}

/// A source whose visit failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedVisit {
    /// Its id.
    pub source: String,
    /// Why, in words.
    pub why: String,
}

/// A digest that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// For whom.
    pub reader: String,
    /// Of which date.
    pub date: jiff::civil::Date,
    /// How many points it has.
    pub points: usize,
}

/// Reads the settings, again and again.
pub type Reading = Box<dyn Fn() -> Result<Config, Problems> + Send + Sync>;

/// The service.
pub struct Service {
    app: App,
    clock: Arc<dyn Clock>,
    read: Reading,
    settings: PathBuf,
    agenda: Agenda,
    /// When the night's work was begun last by this process.
    last_night: Option<Timestamp>,
    /// The files as they were when they were read last.
    seen: Vec<Seen>,
    asked: Asked,
    tell: Tell,
}

/// Who is told what happened.
pub type Tell = Box<dyn Fn(News) + Send + Sync>;

/// What others ask of the service while it runs.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Turns true when it is to end.
    pub stop: watch::Receiver<bool>,
    /// Notified when a round is wanted at once.
    pub hurry: Arc<Notify>,
}

impl Asked {
    fn to_stop(&self) -> bool {
        *self.stop.borrow()
    }

    async fn stopped(&self) {
        // Nobody is left who could ask for it: it ends, too.
        let _ = self.stop.clone().wait_for(|stop| *stop).await;
    }
}

impl Service {
    /// Puts the service together around what runs once. `settings` is the file that `read` reads.
    pub fn new(app: App, settings: PathBuf, read: Reading, asked: Asked, tell: Tell) -> Self {
        let seen = seen(&settings, &app.config.sources);
        let clock = Arc::clone(&app.clock);
        let (agenda, last_night) = (Agenda::default(), None);
        Self { app, clock, read, settings, agenda, last_night, seen, asked, tell }
    }

    /// Serves until it is asked to end.
    ///
    /// # Errors
    /// The store cannot be written any more before this process is started anew, or not be closed.
    pub async fn serve(mut self) -> anyhow::Result<()> {
        let now = self.clock.now();
        Upkept::note(&self.app.config, |upkept| upkept.night = upkept.night.or(Some(now)));
        self.plan();
        (self.tell)(News::Began {
            sources: self.sources(),
            readers: self.app.market.readers.len(),
            night: self.agenda.night.unwrap_or(now),
        });
        let mut served = Ok(());
        while served.is_ok() && !self.asked.to_stop() {
            match self.agenda.next(self.clock.now()) {
                Doing::Round => served = self.round().await,
                Doing::Night => self.night().await,
                Doing::Wait(time) => {
                    let asked = self.asked.clone();
                    tokio::select! {
                        () = sleep(time) => self.look(),
                        () = asked.hurry.notified() => self.agenda.hurry(),
                        () = asked.stopped() => {}
                    }
                }
            }
        }
        if served.is_ok() {
            (self.tell)(News::Ending);
        }
        let Self { app, tell, .. } = self;
        let held = Arc::clone(&app.held);
        block_in_place(|| {
            drop(app);
            held.shut()
        })?;
        served?;
        tell(News::Ended);
        Ok(())
    }

    /// A round; an error only where there is no use in another.
    async fn round(&mut self) -> anyhow::Result<()> {
        // Before anybody is visited: what they say could not be kept.
        match block_in_place(|| self.app.held.mend()) {
            Ok(false) => {}
            Ok(true) => (self.tell)(News::Mended),
            Err(error @ StoreError::Full { .. }) => {
                if self.agenda.postponed(self.clock.now()) {
                    self.say_failed(error.to_string());
                }
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        if let Err(why) = block_in_place(|| self.take_up()) {
            self.failed(&format!("{why:#}"));
            return Ok(());
        }
        let asked = self.asked.clone();
        let ran = self.app.run_until(&move || asked.to_stop(), &|_| {}).await;
        match ran {
            Ok(summary) => {
                self.agenda.ended(self.clock.now(), false);
                block_in_place(|| self.app.index_until(&|| self.asked.to_stop(), &|_| {}));
                if let Some(heard) = heard(&summary) {
                    (self.tell)(News::Round(heard));
                }
            }
            Err(PipelineError::Stopped) => {}
            Err(error) => self.failed(&error.to_string()),
        }
        block_in_place(|| {
            self.look();
            self.plan();
        });
        Ok(())
    }

    fn failed(&mut self, why: &str) {
        let failures = self.agenda.ended(self.clock.now(), true);
        // The same each time is no news; that it goes on is, now and then.
        if failures.is_power_of_two() {
            self.say_failed(why.to_owned());
        }
    }

    fn say_failed(&self, why: String) {
        let again = self.agenda.not_before();
        (self.tell)(News::Failed { what: "the round", why, again });
    }

    /// Takes up what changed on the disk, and labels that were given since.
    fn take_up(&mut self) -> anyhow::Result<()> {
        let now = seen(&self.settings, &self.app.config.sources);
        if now == self.seen && !self.app.has_other_labels()? {
            return self.app.begin_anew();
        }
        let read = (self.read)().and_then(|config| {
            let market = Market::read(&config.sources)?;
            Ok((config, market))
        });
        let taken = match read {
            Ok((config, market)) => {
                self.app.take_up(config, market).map_err(|why| format!("{why:#}"))
            }
            Err(problems) => Err(problems.to_string()),
        };
        self.seen = now;
        match taken {
            Ok(()) => (self.tell)(News::TakenUp { sources: self.sources() }),
            Err(why) => {
                (self.tell)(News::Mistaken { why });
                // Labels are in force all the same; were they not, they would be news each minute.
                if self.app.has_other_labels()? {
                    self.app.learn()?;
                } else {
                    self.app.begin_anew()?;
                }
            }
        }
        Ok(())
    }

    /// Looks whether there is something for a round to take up.
    fn look(&mut self) {
        let is_other = seen(&self.settings, &self.app.config.sources) != self.seen;
        // Labels that cannot be read cannot be taken up.
        let is_taught = || block_in_place(|| self.app.has_other_labels()).unwrap_or(false);
        self.agenda.has_changed = is_other || is_taught();
        // Somebody may have asked for one again.
        self.agenda.send = block_in_place(|| self.app.next_delivery()).unwrap_or(None);
    }

    /// Notes when what is due next.
    fn plan(&mut self) {
        let now = self.clock.now();
        let config = &self.app.config.service;
        let zone = config.zone().unwrap_or(jiff::tz::TimeZone::UTC);
        // Where it could not be written down, it was all the same.
        let last = Upkept::read(&self.app.config).night.max(self.last_night).unwrap_or(now);
        self.agenda.night = Some(agenda::next_night(config.night, &zone, last, now));
        self.agenda.morning = agenda::next_morning(&self.app.market.readers, now);
        self.agenda.send = self.app.next_delivery().unwrap_or(None);
        // Where it cannot be read, a round says so.
        self.agenda.visit = self.next_visit(now).unwrap_or(Some(now));
    }

    /// When the first source may be visited.
    fn next_visit(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let mut memories: super::Memories = self.app.store.memories()?.into_iter().collect();
        let listened = self.app.market.sources.iter().filter(|listened| !listened.source.paused);
        let next = listened.filter_map(|listened| {
            let source = &listened.source;
            let memory = memories.remove(&source.id).unwrap_or_default();
            let memory = schedule::as_configured(memory, source, &*listened.adapter);
            (!memory.retired).then(|| memory.next_visit.unwrap_or(now))
        });
        Ok(next.min())
    }

    /// Compacts what is due, and backs up where that is wanted.
    async fn night(&mut self) {
        let now = self.clock.now();
        self.last_night = Some(now);
        Upkept::note(&self.app.config, |upkept| upkept.night = Some(now));
        let (market, store) = (Arc::clone(&self.app.market), Arc::clone(&self.app.store));
        let (config, clock) = (self.app.config.clone(), Arc::clone(&self.clock));
        let asked = self.asked.clone();
        let work = spawn_blocking(move || {
            super::finish_erasing(&config, &*store, &*clock);
            compact(&config, &market, &*store, &*clock, &|| asked.to_stop())
        });
        match self.unless_stopped(work).await {
            Some(Ok(months)) if !months.is_empty() => (self.tell)(News::Compacted { months }),
            Some(Err(why)) => self.night_failed("compacting", why),
            _ => {}
        }
        let due = self.app.config.service.backup_folder().cloned().filter(|_| {
            let last = Upkept::read(&self.app.config).good_backup;
            agenda::is_backup_due(self.app.config.service.backup_nights, last, now)
        });
        let due = due.filter(|_| !self.asked.to_stop());
        if let Some(folder) = due {
            let (config, store) = (self.app.config.clone(), Arc::clone(&self.app.store));
            let (at, to, asked) = (self.clock.now(), folder.clone(), self.asked.clone());
            let work = spawn_blocking(move || {
                let made = backup::back_up(&*store, &to, at, &|_| {});
                // One that was cut short by the end is none that failed.
                if made.is_ok() || !asked.to_stop() {
                    upkeep::note_backup(&config, &to, at, &made);
                }
                let made = made.map_err(|error| error.to_string())?;
                // From the root: an erasing is begun anywhere.
                let folder = std::path::absolute(&to).unwrap_or(to).display().to_string();
                let noted = store.note_backup(&BackedUp { folder, at: made.manifest.at });
                noted.map(|()| made).map_err(|error| error.to_string())
            });
            match self.unless_stopped(work).await {
                Some(Ok(made)) => {
                    for doubt in upkeep::in_doubt(&made) {
                        tracing::warn!(folder = %folder.display(), "the backup: {doubt}");
                    }
                    let Made { manifest, written, .. } = made;
                    let posts = manifest.parts.iter().map(|kept| kept.counts.posts).sum();
                    (self.tell)(News::BackedUp { folder, posts, written });
                }
                Some(Err(why)) => self.night_failed("the backup", why),
                None => {}
            }
        }
        self.plan();
    }

    /// What work comes to; none where it was asked to end meanwhile. It finds the store closed then.
    async fn unless_stopped<T>(
        &self,
        mut work: tokio::task::JoinHandle<Result<T, String>>,
    ) -> Option<Result<T, String>> {
        let done = tokio::select! {
            done = &mut work => done,
            () = self.asked.stopped() => {
                // Why it cannot be closed is said when it is, at the end.
                let _ = block_in_place(|| self.app.held.shut());
                let _ = work.await;
                return None;
            }
        };
        Some(done.unwrap_or_else(|error| Err(error.to_string())))
    }

    fn night_failed(&mut self, what: &'static str, why: String) {
        self.plan();
        let again = self.agenda.night.unwrap_or(Timestamp::MAX);
        (self.tell)(News::Failed { what, why, again });
    }

    fn sources(&self) -> usize {
        self.app.market.sources.iter().filter(|listened| !listened.source.paused).count()
    }
}

/// Compacts what is due, month by month, and notes it; what became of each.
fn compact(
    config: &Config,
    market: &Market,
    store: &dyn Store,
    clock: &dyn Clock,
    is_over: &dyn Fn() -> bool,
) -> Result<Vec<Compacted>, String> {
    let at = clock.now();
    let trust = Trust::Witnessed;
    let upkeep = Upkeep { market, retention: &config.retention, store, clock, trust };
    let mut months = Vec::new();
    if let Ok(Some(moment)) = upkeep.held_back() {
        let moment = moment.strftime("%Y-%m-%d").to_string();
        tracing::warn!(
            counted_from = %moment,
            "our clock is more than 30 days ahead of all that was said: what is too old is counted from an \
             earlier day; if the clock is right, `overheard compact --clock-is-right`"
        );
    }
    let mut done = || {
        for due in upkeep.due(false)? {
            if is_over() {
                break;
            }
            months.push(upkeep.keep_up(&due)?);
        }
        Ok(())
    };
    let done = done().map_err(|error: PipelineError| error.to_string());
    let done = done.map(|()| months);
    upkeep::note_compaction(config, at, &done);
    done
}

/// What there is to tell of a round; none where nothing happened.
fn heard(summary: &Summary) -> Option<Heard> {
    let mut heard = Heard {
        new: summary.kept.new,
        changed: summary.kept.updated,
        judged: summary.verdicts,
        ..Heard::default()
    };
    for visit in &summary.visits {
        match &visit.outcome {
            Outcome::Read { .. } => heard.read += 1,
            Outcome::Unchanged => heard.unchanged += 1,
            Outcome::Failed(failure) => heard.failed.push(FailedVisit {
                source: visit.source.to_string(),
                why: failure.sentence.clone(),
            }),
        }
    }
    let fresh = summary.digests.iter().filter(|written| written.fresh);
    heard.digests = fresh
        .map(|Written { reader, date, points, .. }| Told {
            reader: reader.clone(),
            date: *date,
            points: *points,
        })
        .collect();
    let went = summary.deliveries.iter();
    heard.deliveries = went.map(|one| Went { id: one.id.clone(), state: one.state }).collect();
    (heard != Heard::default()).then_some(heard)
}

/// A file, and what tells whether it is another by now.
type Seen = (PathBuf, Option<SystemTime>, u64);

/// The files that a round may take up: the settings, and what is in the folder of sources.
fn seen(settings: &Path, sources: &Path) -> Vec<Seen> {
    // What cannot be read is as if it were not there: a round says why it cannot.
    let entries = fs::read_dir(sources).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = entries
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml" || ending == "csv"));
    let mut seen: Vec<Seen> = files
        .chain([settings.to_owned()])
        .filter_map(|path| {
            let about = fs::metadata(&path).ok()?;
            Some((path, about.modified().ok(), about.len()))
        })
        .collect();
    seen.sort();
    seen
}
