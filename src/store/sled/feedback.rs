//! What readers said of points, and who wants no more digests.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::engine::Engine;
use super::fault::Fault;
use super::table::Table;
use crate::feedback::Feedback;
use crate::post::PostId;
use crate::store::keys;

/// See [`crate::store::Store::hear_back`].
pub(super) fn hear_back(engine: &Engine, feedback: &Feedback) -> Result<bool, Fault> {
    let key = key(feedback);
    let before: Option<Feedback> = engine.value(Table::Feedback, &key)?;
    if before.is_some_and(|before| before.at > feedback.at) {
        return Ok(false);
    }
    let mut draft = engine.draft();
    draft.put(Table::Feedback, &key, feedback)?;
    draft.commit()?;
    Ok(true)
}

/// See [`crate::store::Store::take_back`].
pub(super) fn take_back(engine: &Engine, feedback: &Feedback) -> Result<bool, Fault> {
    let key = key(feedback);
    let before: Option<Feedback> = engine.value(Table::Feedback, &key)?;
    if before.is_none_or(|before| before.tap != feedback.tap) {
        return Ok(false);
    }
    let mut draft = engine.draft();
    draft.remove(Table::Feedback, &key)?;
    draft.commit()?;
    Ok(true)
}

/// See [`crate::store::Store::feedback`].
pub(super) fn feedback(engine: &Engine, since: Date) -> Result<Vec<Feedback>, Fault> {
    let mut all = Vec::new();
    for row in engine.rows(Table::Feedback, &[], None) {
        let (key, _) = row?;
        // The later pieces of a value have no such key.
        if keys::read_feedback(&key).is_some_and(|(_, date, _)| date >= since) {
            all.extend(engine.value::<Feedback>(Table::Feedback, &key)?);
        }
    }
    Ok(all)
}

/// See [`crate::store::Store::unsubscribe`].
pub(super) fn unsubscribe(
    engine: &Engine,
    reader: &str,
    at: Option<Timestamp>,
) -> Result<(), Fault> {
    let mut draft = engine.draft();
    match at {
        Some(at) => draft.put(Table::Unsubscribed, &keys::reader(reader), &at)?,
        None => draft.remove(Table::Unsubscribed, &keys::reader(reader))?,
    }
    draft.commit()
}

/// See [`crate::store::Store::unsubscribed`].
pub(super) fn unsubscribed(engine: &Engine) -> Result<Vec<(String, Timestamp)>, Fault> {
    let mut all = Vec::new();
    for row in engine.rows(Table::Unsubscribed, &[], None) {
        let (key, _) = row?;
        let Some(reader) = keys::read_reader(&key) else { continue };
        if let Some(at) = engine.value(Table::Unsubscribed, &key)? {
            all.push((reader, at));
        }
    }
    Ok(all)
}

/// Forgets what was said of these posts, and that they were notes; how many rows.
pub(super) fn forget(engine: &Engine, posts: &BTreeSet<PostId>) -> Result<(), Fault> {
    let mut draft = engine.draft();
    for feedback in feedback(engine, Date::MIN)? {
        if posts.contains(&feedback.point.post) {
            draft.remove(Table::Feedback, &key(&feedback))?;
        } else if feedback.note.is_some_and(|note| posts.contains(&note)) {
            let row = key(&feedback);
            draft.put(Table::Feedback, &row, &Feedback { note: None, ..feedback })?;
        }
    }
    draft.commit()
}

/// How many answers are on points that one of these posts speaks for.
pub(super) fn on(engine: &Engine, posts: &BTreeSet<PostId>) -> Result<u64, Fault> {
    let all = feedback(engine, Date::MIN)?;
    Ok(all.iter().filter(|feedback| posts.contains(&feedback.point.post)).count() as u64)
}

fn key(feedback: &Feedback) -> Vec<u8> {
    let Feedback { reader, date, point, tap, .. } = feedback;
    keys::feedback(reader, *date, *point, tap.stands_apart())
}
