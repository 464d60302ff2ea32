//! What is on its way to readers.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::engine::Engine;
use super::fault::Fault;
use super::table::Table;
use crate::delivery::Delivery;
use crate::store::keys;

/// Deliveries of digests of more days ago are forgotten: a little more than a year tells what came of each.
const KEPT_DAYS: i64 = 400;

/// Rows forgotten at a time: more than come in a day.
const FORGOTTEN: usize = 5_000;

/// See [`crate::store::Store::dispatch`].
pub(super) fn dispatch(engine: &Engine, deliveries: &[Delivery]) -> Result<(), Fault> {
    let mut draft = engine.draft();
    let mut is_empty = true;
    for delivery in deliveries {
        let key = keys::delivery(&delivery.id);
        if draft.row(Table::Deliveries, &key)?.is_none() {
            draft.put(Table::Deliveries, &key, delivery)?;
            is_empty = false;
        }
    }
    let newest = deliveries.iter().map(|delivery| delivery.id.date).max();
    let (Some(newest), false) = (newest, is_empty) else { return Ok(()) };
    // Whoever looks for one of before has the digest still.
    let oldest = newest.saturating_sub(KEPT_DAYS.days());
    let past = engine.rows(Table::Deliveries, &[], Some(&keys::deliveries_of(oldest)));
    for row in past.take(FORGOTTEN) {
        let (key, _) = row?;
        draft.remove_row(Table::Deliveries, key.to_vec());
    }
    draft.commit()
}

/// See [`crate::store::Store::deliveries`].
pub(super) fn deliveries(engine: &Engine, since: Date) -> Result<Vec<Delivery>, Fault> {
    let mut deliveries = Vec::new();
    for row in engine.rows(Table::Deliveries, &keys::deliveries_of(since), None) {
        let (key, _) = row?;
        // The later pieces of a value name no delivery.
        if keys::read_delivery(&key).is_some() {
            deliveries.extend(engine.value::<Delivery>(Table::Deliveries, &key)?);
        }
    }
    Ok(deliveries)
}

/// See [`crate::store::Store::advance`].
pub(super) fn advance(engine: &Engine, before: &Delivery, after: &Delivery) -> Result<bool, Fault> {
    let key = keys::delivery(&before.id);
    let stands: Option<Delivery> = engine.value(Table::Deliveries, &key)?;
    if stands.as_ref() != Some(before) || before.id != after.id {
        return Ok(false);
    }
    let mut draft = engine.draft();
    draft.put(Table::Deliveries, &key, after)?;
    draft.commit()?;
    Ok(true)
}
