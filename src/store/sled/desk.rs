//! What is remembered of sources, their visits, and the ledger.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::fault::Fault;
use super::table::Table;
use crate::digest::Digest;
use crate::host::HostMemory;
use crate::month::Month;
use crate::source::SourceId;
use crate::store::{Anew, Claim, Told, keys};
use crate::visit::{Memory, Visit};

/// The name of the row that counts sources with a memory.
pub(super) const SOURCES: &str = "sources";

/// The name of the row that counts digests.
pub(super) const DIGESTS: &str = "digests";

/// Visits kept of each source: enough to see a week of hourly ones.
pub(super) const VISITS_KEPT: usize = 200;

/// What is kept of a month beside its posts.
#[derive(Debug, Default, Serialize, Deserialize)]
struct MonthRow {
    anew: Option<Anew>,
}

/// See [`crate::store::Store::remember`].
pub(super) fn remember(engine: &Engine, memories: &[(SourceId, Memory)]) -> Result<(), Fault> {
    let mut draft = engine.draft();
    for (source, memory) in memories {
        let key = keys::source(source);
        if draft.row(Table::Memories, &key)?.is_none() {
            draft.count_one_more(Table::DeskFacts, SOURCES)?;
        }
        draft.put(Table::Memories, &key, memory)?;
        let Some(visit) = &memory.last else { continue };
        let visited = keys::visit(source, visit.at);
        let mut older = visits_of(engine, source)?;
        older.retain(|key| *key != visited);
        for key in older.iter().rev().skip(VISITS_KEPT - 1) {
            draft.remove(Table::Visits, key)?;
        }
        draft.put(Table::Visits, &visited, visit)?;
    }
    draft.commit()
}

/// See [`crate::store::Store::memory`].
pub(super) fn memory(engine: &Engine, source: &SourceId) -> Result<Option<Memory>, Fault> {
    engine.value(Table::Memories, &keys::source(source))
}

/// See [`crate::store::Store::memories`].
pub(super) fn memories(engine: &Engine) -> Result<Vec<(SourceId, Memory)>, Fault> {
    let mut memories = Vec::new();
    for row in engine.rows(Table::Memories, &[], None) {
        let (key, _) = row?;
        // The later pieces of a value name no source.
        let Some(source) = keys::read_source(&key) else { continue };
        if let Some(memory) = memory(engine, &source)? {
            memories.push((source, memory));
        }
    }
    Ok(memories)
}

/// See [`crate::store::Store::remember_hosts`].
pub(super) fn remember_hosts(
    engine: &Engine,
    hosts: &[(String, Option<HostMemory>)],
) -> Result<(), Fault> {
    let mut draft = engine.draft();
    for (host, memory) in hosts {
        match memory {
            Some(memory) => draft.put(Table::Hosts, &keys::host(host), memory)?,
            None => draft.remove(Table::Hosts, &keys::host(host))?,
        }
    }
    draft.commit()
}

/// See [`crate::store::Store::hosts`].
pub(super) fn hosts(engine: &Engine) -> Result<Vec<(String, HostMemory)>, Fault> {
    let mut hosts = Vec::new();
    for row in engine.rows(Table::Hosts, &[], None) {
        let (key, _) = row?;
        // The later pieces of a value name no host.
        let Some(host) = keys::read_host(&key) else { continue };
        if let Some(memory) = engine.value(Table::Hosts, &key)? {
            hosts.push((host, memory));
        }
    }
    Ok(hosts)
}

/// See [`crate::store::Store::visits`].
pub(super) fn visits(
    engine: &Engine,
    source: &SourceId,
    limit: usize,
) -> Result<Vec<Visit>, Fault> {
    let mut visits = Vec::new();
    for key in visits_of(engine, source)?.iter().rev().take(limit) {
        visits.extend(engine.value::<Visit>(Table::Visits, key)?);
    }
    Ok(visits)
}

/// See [`crate::store::Store::claim`].
pub(super) fn claim(engine: &Engine, digest: &Digest) -> Result<Claim, Fault> {
    let key = keys::digest(&digest.reader, digest.date);
    if let Some(before) = engine.value(Table::Digests, &key)? {
        return Ok(Claim::Before(Box::new(before)));
    }
    let mut draft = engine.draft();
    draft.put(Table::Digests, &key, digest)?;
    for Told { post, date, owners } in digest.told() {
        draft.put(Table::Told, &keys::told(&digest.reader, date, post), &owners)?;
    }
    draft.count_one_more(Table::DeskFacts, DIGESTS)?;
    draft.commit()?;
    Ok(Claim::Ours)
}

/// See [`crate::store::Store::digest`].
pub(super) fn digest(engine: &Engine, reader: &str, date: Date) -> Result<Option<Digest>, Fault> {
    engine.value(Table::Digests, &keys::digest(reader, date))
}

/// See [`crate::store::Store::claims`].
pub(super) fn claims(engine: &Engine) -> Result<Vec<(String, Date)>, Fault> {
    let rows = engine.rows(Table::Digests, &[], None);
    // The later pieces of a value have no such key.
    rows.filter_map(|row| row.map(|(key, _)| keys::read_digest(&key)).transpose()).collect()
}

/// See [`crate::store::Store::told`].
pub(super) fn told(engine: &Engine, reader: &str, since: Date) -> Result<Vec<Told>, Fault> {
    let until = keys::after(&keys::reader(reader));
    engine
        .rows(Table::Told, &keys::digest(reader, since), until.as_deref())
        .map(|row| {
            let (key, _) = row?;
            let (_, date, post) = keys::read_told(&key)
                .ok_or_else(|| Fault::damaged(Table::Told, "a key cannot be read"))?;
            let owners = engine.value(Table::Told, &key)?.unwrap_or_default();
            Ok(Told { post, date, owners })
        })
        .collect()
}

/// Notes that there is a month with posts.
pub(super) fn note_month(engine: &Engine, month: Month) -> Result<(), Fault> {
    let key = keys::month(month);
    if engine.row(Table::Months, &key)?.is_some() {
        return Ok(());
    }
    let mut draft = engine.draft();
    draft.put(Table::Months, &key, &MonthRow::default())?;
    draft.commit()
}

/// Notes when a month was written anew.
pub(super) fn note_anew(engine: &Engine, month: Month, anew: Anew) -> Result<(), Fault> {
    let mut draft = engine.draft();
    draft.put(Table::Months, &keys::month(month), &MonthRow { anew: Some(anew) })?;
    draft.commit()
}

/// Forgets of every month that it was written anew.
pub(super) fn forget_anew(engine: &Engine) -> Result<(), Fault> {
    let mut draft = engine.draft();
    for month in months(engine)? {
        draft.put(Table::Months, &keys::month(month), &MonthRow::default())?;
    }
    draft.commit()
}

/// When a month was last written anew.
pub(super) fn month(engine: &Engine, month: Month) -> Result<Option<Anew>, Fault> {
    let row: Option<MonthRow> = engine.value(Table::Months, &keys::month(month))?;
    Ok(row.and_then(|row| row.anew))
}

/// Notes that a month has no posts any more.
pub(super) fn forget_month(engine: &Engine, month: Month) -> Result<(), Fault> {
    let mut draft = engine.draft();
    draft.remove(Table::Months, &keys::month(month))?;
    draft.commit()
}

/// The months with posts, oldest first.
pub(super) fn months(engine: &Engine) -> Result<Vec<Month>, Fault> {
    let unreadable = || Fault::damaged(Table::Months, "a key cannot be read");
    engine
        .rows(Table::Months, &[], None)
        .map(|row| row.and_then(|(key, _)| keys::read_month(&key).ok_or_else(unreadable)))
        .collect()
}

/// The keys of a source's visits, oldest first.
fn visits_of(engine: &Engine, source: &SourceId) -> Result<Vec<Vec<u8>>, Fault> {
    let prefix = keys::source(source);
    engine
        .rows(Table::Visits, &prefix, keys::after(&prefix).as_deref())
        .map(|row| row.map(|(key, _)| key.to_vec()))
        // The later pieces of a value are no visits.
        .filter(|key| key.as_ref().map_or(true, |key| keys::read_visit(key).is_some()))
        .collect()
}
