//! What is known of a month while it need not be open, and which months are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use super::closed::{Closed, database_bytes};
use super::engine::Engine;
use super::fault::Fault;
use super::ids::Ids;
use super::table::Half;
use crate::month::Month;
use crate::store::guard::guarded;

/// Months open at once at most: a year's and the one that begins. To open one of 80,000 posts costs 170 ms.
const MOST_OPEN: usize = 14;

/// Open at least: the newest, those a digest compares it with, and one to walk through the rest.
const LEAST_OPEN: usize = 4;

/// Beyond that, what the files of the open ones may come to: sled needs an eighth of it in memory (45 MB for
/// 340 MB), and the service is to stay near 300 MB.
const OPEN_BYTES: u64 = 1_600 << 20;

/// The name of the file with a month's ids.
const IDS_FILE: &str = "ids";

/// What is wrong with a month that was here.
pub(super) const GONE: &str = "its folder is gone";

/// The months, and how often one was asked for.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) months: BTreeMap<Month, Filing>,
    /// Counts the times a month was asked for.
    pub(super) asked: u64,
}

/// What is known of a month while it need not be open.
#[derive(Debug, Default)]
pub(super) struct Filing {
    pub(super) engine: Option<Arc<Engine>>,
    pub(super) ids: Option<Ids>,
    /// Whether the file with its ids is what it should be.
    pub(super) is_saved: bool,
    pub(super) last_asked: u64,
    /// Whether what is in it can be relied on.
    pub(super) damage: Option<Damage>,
    /// Shared by those at work in the month; whoever puts another in its place has it alone.
    pub(super) gate: Arc<RwLock<()>>,
}

/// What is wrong with a month, in words.
#[derive(Debug, Clone)]
pub(super) enum Damage {
    /// It cannot be opened.
    Closed(String),
    /// Something in it cannot be read.
    Within(String),
}

impl Damage {
    pub(super) fn words(&self) -> &str {
        match self {
            Self::Closed(words) | Self::Within(words) => words,
        }
    }
}

impl Shelf {
    /// What those hold who are at work in a month.
    pub(super) fn gate(&self, month: Month) -> Result<Arc<RwLock<()>>, Fault> {
        self.months.get(&month).map(|filing| Arc::clone(&filing.gate)).ok_or_else(missing)
    }

    /// The database of a month, opened if it is not; another is closed for it where many are open.
    pub(super) fn engine(&mut self, folder: &Path, month: Month) -> Result<Arc<Engine>, Fault> {
        self.asked += 1;
        let asked = self.asked;
        let is_newest = self.months.keys().next_back() == Some(&month);
        let filing = self.months.get_mut(&month).ok_or_else(missing)?;
        filing.last_asked = asked;
        if let Some(engine) = &filing.engine {
            return Ok(Arc::clone(engine));
        }
        if let Some(Damage::Closed(words)) = &filing.damage {
            return Err(Fault::Damaged(words.clone()));
        }
        if !folder.join(month.to_string()).is_dir() {
            return Err(missing());
        }
        let open = if is_newest { Engine::open } else { Engine::open_to_read };
        let engine = Arc::new(open(&folder.join(month.to_string()), Half::Posts)?);
        filing.engine = Some(Arc::clone(&engine));
        self.close_some(folder)?;
        Ok(engine)
    }

    /// Closes a month.
    pub(super) fn close(&mut self, folder: &Path, month: Month) -> Result<(), Fault> {
        self.months.get_mut(&month).map_or(Ok(()), |filing| filing.close(folder, month))
    }

    /// Closes those that were asked for longest ago, where nobody is at work in them.
    fn close_some(&mut self, folder: &Path) -> Result<(), Fault> {
        let is_idle = |filing: &Filing| {
            filing.engine.as_ref().is_some_and(|engine| Arc::strong_count(engine) == 1)
        };
        loop {
            let open = self.months.iter().filter(|(_, filing)| filing.engine.is_some());
            let sizes: Vec<u64> =
                open.map(|(month, _)| database_bytes(&folder.join(month.to_string()))).collect();
            let fit = sizes.len() <= MOST_OPEN && sizes.iter().sum::<u64>() <= OPEN_BYTES;
            if fit || sizes.len() <= LEAST_OPEN {
                return Ok(());
            }
            let idle = self.months.iter_mut().filter(|(_, filing)| is_idle(filing));
            let Some((month, filing)) = idle.min_by_key(|(_, filing)| filing.last_asked) else {
                return Ok(());
            };
            filing.close(folder, *month)?;
        }
    }
}

impl Filing {
    pub(super) fn close(&mut self, folder: &Path, month: Month) -> Result<(), Fault> {
        if let (Some(ids), false, None) = (&self.ids, self.is_saved, &self.damage) {
            // It is made anew where it is missing: no reason to stop.
            self.is_saved = ids.save(&ids_file(folder, month)).is_ok();
        }
        match self.engine.take() {
            // Nothing is written into it; what sled makes of that is no news.
            Some(engine) if self.damage.is_some() => {
                let _ = guarded(|| drop(engine));
                Ok(())
            }
            Some(engine) => {
                let closed = Closed::of(&engine);
                engine.flush()?;
                if let (Some(engine), Ok(closed)) = (Arc::into_inner(engine), closed) {
                    drop(engine);
                    // Where it is missing the month is opened. Who is at work in it still may write.
                    let _ = closed.save(&folder.join(month.to_string()));
                }
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// The file with a month's ids.
pub(super) fn ids_file(folder: &Path, month: Month) -> PathBuf {
    folder.join(month.to_string()).join(IDS_FILE)
}

fn missing() -> Fault {
    Fault::Damaged(GONE.to_owned())
}
