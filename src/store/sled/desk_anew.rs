//! Writing anew what stays: sled overwrites nothing, and what was erased must not stay in its files.
//!
//! As with a month, the new one is written beside the old, and takes its place only when it is whole; cut
//! short anywhere, opening the store finishes it or throws it away.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use super::engine::{DRAFTS, Engine};
use super::fault::Fault;
use super::table::{Half, Table};
use crate::store::folder::{Folder, sync_folder};

/// Rows copied in one transaction.
const BATCH: usize = 200;

/// For how long those who read it are waited for at once; so long whoever comes waits, too…
const READERS: Duration = Duration::from_secs(2);

/// …and how often: the longest read of the desk is the looking over.
const TURNS: u32 = 60;

/// How often to look whether they are done.
const READERS_LOOK: Duration = Duration::from_millis(10);

/// The database of what stays, while the store is open.
#[derive(Debug)]
pub(super) struct Desk {
    // None only after writing it anew broke off.
    engine: RwLock<Option<Arc<Engine>>>,
}

impl Desk {
    /// Opens it, and brings to an end what was cut short.
    pub(super) fn open(folder: &Folder) -> Result<Self, Fault> {
        finish(folder)?;
        let engine = Engine::open(&folder.desk(), Half::Desk)?;
        Ok(Self { engine: RwLock::new(Some(Arc::new(engine))) })
    }

    /// The database.
    pub(super) fn engine(&self) -> Result<Arc<Engine>, Fault> {
        // Set in one step: no panic leaves it half changed.
        let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        engine.clone().ok_or_else(closed)
    }

    /// Closes it.
    pub(super) fn close(self) -> Result<(), Fault> {
        match self.engine.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(engine) => engine.flush(),
            None => Ok(()),
        }
    }

    /// Closes it, as far as that can be done after a write failed; whether it was.
    pub(super) fn let_go(self) -> bool {
        let engine = self.engine.into_inner().unwrap_or_else(PoisonError::into_inner);
        engine.is_none_or(|engine| Arc::into_inner(engine).is_some_and(Engine::let_go))
    }

    /// Writes it anew. Nobody writes meanwhile.
    pub(super) fn write_anew(&self, folder: &Folder) -> Result<(), Fault> {
        let anew = anew(folder);
        if anew.exists() {
            fs::remove_dir_all(&anew)?;
        }
        let old = self.engine()?;
        let new = Engine::open(&anew, Half::Desk)?;
        copy(&old, &new)?;
        new.finish()?;
        drop((old, new));

        // sled may write until it is closed: before that no other may lie in its place.
        for _ in 0..TURNS {
            if self.swap(folder)? {
                return Ok(());
            }
            thread::sleep(READERS_LOOK);
        }
        let busy = "somebody reads what is to be written anew; try again";
        Err(Fault::Io(std::io::Error::other(busy)))
    }

    /// Puts the new one in the place of the old; not while somebody reads it for longer than we wait.
    fn swap(&self, folder: &Folder) -> Result<bool, Fault> {
        let (anew, dropped) = (anew(folder), dropped(folder));
        let mut slot = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        let Some(old) = slot.take() else { return Err(closed()) };
        let old = match alone(old) {
            Ok(old) => old,
            Err(old) => {
                *slot = Some(old);
                return Ok(false);
            }
        };
        let put = || -> Result<Engine, Fault> {
            old.close()?;
            fs::rename(folder.desk(), &dropped)?;
            sync_folder(folder.path())?;
            fs::rename(&anew, folder.desk())?;
            sync_folder(folder.path())?;
            Engine::open(&folder.desk(), Half::Desk)
        };
        // Opening the store anew finishes it.
        let new = put().map_err(|fault| Fault::Uncommitted(Box::new(fault)))?;
        *slot = Some(Arc::new(new));
        fs::remove_dir_all(&dropped)?;
        Ok(true)
    }
}

fn closed() -> Fault {
    Fault::Io(std::io::Error::other("it is closed; open it again"))
}

/// Brings to an end what was cut short of writing it anew.
fn finish(folder: &Folder) -> Result<(), Fault> {
    let (there, anew, dropped) = (folder.desk(), anew(folder), dropped(folder));
    if !there.exists() && dropped.exists() {
        // The old one gave way only when the new one was whole.
        fs::rename(if anew.exists() { &anew } else { &dropped }, &there)?;
        sync_folder(folder.path())?;
    }
    for left in [anew, dropped] {
        if left.exists() {
            fs::remove_dir_all(left)?;
        }
    }
    Ok(())
}

/// Copies every row, and holds the new ones against the old.
fn copy(old: &Engine, new: &Engine) -> Result<(), Fault> {
    for (table, _) in Half::Desk.tables() {
        // It counts its own drafts.
        let is_own = |key: &[u8]| table == Table::DeskFacts && key == DRAFTS.as_bytes();
        let mut draft = new.draft();
        let mut rows = 0;
        for row in old.rows(table, &[], None) {
            let (key, row) = row?;
            if is_own(&key) {
                continue;
            }
            draft.put_row(table, key.to_vec(), row.to_vec());
            rows += 1;
            if rows % BATCH == 0 {
                std::mem::replace(&mut draft, new.draft()).write()?;
            }
        }
        draft.write()?;
        let mut written = 0;
        for row in new.rows(table, &[], None) {
            let (key, row) = row?;
            if !is_own(&key) {
                written += 1;
                if old.row(table, &key)?.is_none_or(|old| old != row) {
                    return Err(Fault::damaged(table, "written anew it is not what it was"));
                }
            }
        }
        if written != rows {
            return Err(Fault::damaged(
                table,
                format!("written anew it has {written} of {rows} rows"),
            ));
        }
    }
    new.flush()
}

/// The engine, once nobody else is at work in it.
fn alone(mut engine: Arc<Engine>) -> Result<Engine, Arc<Engine>> {
    let since = Instant::now();
    loop {
        engine = match Arc::try_unwrap(engine) {
            Ok(alone) => return Ok(alone),
            Err(shared) if since.elapsed() > READERS => return Err(shared),
            Err(shared) => shared,
        };
        thread::sleep(READERS_LOOK);
    }
}

fn anew(folder: &Folder) -> PathBuf {
    folder.desk().with_file_name("anew-desk")
}

fn dropped(folder: &Folder) -> PathBuf {
    folder.desk().with_file_name("dropped-desk")
}
