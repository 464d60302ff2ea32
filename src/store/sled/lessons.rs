//! Labels, the lessons they came in, the posts drawn to be labelled, and the embeddings of the rules'
//! own texts.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::engine::Engine;
use super::fault::Fault;
use super::table::Table;
use crate::label::{Draw, Label, Lesson, Relabelled};
use crate::store::keys;
use crate::verdict::{Embedding, ModelId};

/// See [`crate::store::Store::teach`].
pub(super) fn teach(engine: &Engine, labels: &[Label], at: Timestamp) -> Result<Lesson, Fault> {
    let mut draft = engine.draft();
    let mut changes = Vec::new();
    for label in labels {
        let key = keys::label(&label.topic, label.post);
        let before: Option<Label> = draft.value(Table::Labels, &key)?;
        if before.as_ref().is_none_or(|before| before.answer != label.answer) {
            draft.put(Table::Labels, &key, label)?;
            changes.push(Relabelled { before, label: label.clone() });
        }
    }
    let lesson = Lesson { at, changes };
    if !lesson.changes.is_empty() {
        let last = last_number(engine)?;
        let number = last.map_or(0, |last| last.saturating_add(1));
        draft.put(Table::Lessons, &keys::lesson(number), &lesson)?;
    }
    draft.commit()?;
    Ok(lesson)
}

/// See [`crate::store::Store::unteach`].
pub(super) fn unteach(engine: &Engine) -> Result<Option<Lesson>, Fault> {
    let Some(number) = last_number(engine)? else { return Ok(None) };
    let row = keys::lesson(number);
    let Some(lesson) = engine.value::<Lesson>(Table::Lessons, &row)? else { return Ok(None) };
    let mut draft = engine.draft();
    // Backwards: a lesson may have said two things of one post.
    for Relabelled { before, label } in lesson.changes.iter().rev() {
        let key = keys::label(&label.topic, label.post);
        match before {
            Some(before) => draft.put(Table::Labels, &key, before)?,
            None => draft.remove(Table::Labels, &key)?,
        }
    }
    draft.remove(Table::Lessons, &row)?;
    draft.commit()?;
    Ok(Some(lesson))
}

/// See [`crate::store::Store::labels`].
pub(super) fn labels(engine: &Engine) -> Result<Vec<Label>, Fault> {
    let mut labels = Vec::new();
    for row in engine.rows(Table::Labels, &[], None) {
        let (key, _) = row?;
        // The later pieces of a value name no label.
        if keys::read_label(&key).is_some() {
            labels.extend(engine.value::<Label>(Table::Labels, &key)?);
        }
    }
    Ok(labels)
}

/// See [`crate::store::Store::draw`].
pub(super) fn draw(engine: &Engine, draws: &[Draw]) -> Result<(), Fault> {
    let mut draft = engine.draft();
    for draw in draws {
        draft.put(Table::Draws, &keys::label(&draw.topic, draw.post), draw)?;
    }
    draft.commit()
}

/// See [`crate::store::Store::draws`].
pub(super) fn draws(engine: &Engine) -> Result<Vec<Draw>, Fault> {
    let mut draws = Vec::new();
    for row in engine.rows(Table::Draws, &[], None) {
        let (key, _) = row?;
        if keys::read_label(&key).is_some() {
            draws.extend(engine.value::<Draw>(Table::Draws, &key)?);
        }
    }
    Ok(draws)
}

/// See [`crate::store::Store::anchors`].
pub(super) fn anchors(
    engine: &Engine,
    model: &ModelId,
    texts: &[&str],
) -> Result<Vec<Option<Embedding>>, Fault> {
    texts.iter().map(|text| engine.value(Table::Anchors, &anchor(model, text))).collect()
}

/// See [`crate::store::Store::keep_anchors`].
pub(super) fn keep_anchors(
    engine: &Engine,
    model: &ModelId,
    anchors: &[(&str, &Embedding)],
) -> Result<(), Fault> {
    let mut draft = engine.draft();
    for (text, embedding) in anchors {
        draft.put(Table::Anchors, &anchor(model, text), embedding)?;
    }
    draft.commit()
}

fn anchor(model: &ModelId, text: &str) -> Vec<u8> {
    let mut hash = [0; keys::HASH_BYTES];
    hash.copy_from_slice(&Sha256::digest(text)[..keys::HASH_BYTES]);
    keys::anchor(&model.0, hash)
}

fn last_number(engine: &Engine) -> Result<Option<u64>, Fault> {
    for row in engine.rows(Table::Lessons, &[], None).rev() {
        let (key, _) = row?;
        // The later pieces of a value have longer keys.
        if let Some(number) = keys::read_lesson(&key) {
            return Ok(Some(number));
        }
    }
    Ok(None)
}
