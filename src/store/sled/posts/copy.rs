//! Posts of one database into another, with all that is kept of them.

use crate::post::Post;
use crate::store::keys::{self, Arrival, NEVER_JUDGED, Stamp};
use crate::store::sled::draft::Draft;
use crate::store::sled::engine::Engine;
use crate::store::sled::fault::Fault;
use crate::store::sled::posts::changes::Log;
use crate::store::sled::posts::of_month::{
    LAST_STAMP, POSTS, VERDICTS, index_rows, is_first_piece,
};
use crate::store::sled::table::Table;
use crate::verdict::Verdict;

/// Posts copied in one transaction.
pub(in crate::store::sled) const BATCH: usize = 100;

/// A post on its way.
#[derive(Debug)]
pub(in crate::store::sled) struct Copied {
    pub(in crate::store::sled) arrival: Arrival,
    pub(in crate::store::sled) post: Post,
}

/// Every post, in the order they were kept.
pub(in crate::store::sled) fn all(
    old: &Engine,
) -> impl Iterator<Item = Result<Copied, Fault>> + use<'_> {
    old.rows(Table::Kept, &[], None)
        .filter(|row| row.as_ref().map_or(true, |(key, _)| is_first_piece(key)))
        .map(|row| {
            let (key, _) = row?;
            let missing = || Fault::damaged(Table::Kept, "a post is missing");
            let arrival = keys::arrival_at_end(&key).ok_or_else(missing)?;
            let post = old.value(Table::Kept, &key)?.ok_or_else(missing)?;
            Ok(Copied { arrival, post })
        })
}

/// Copies these posts in one transaction, which is not durable before the database is flushed.
pub(in crate::store::sled) fn batch(
    old: &Engine,
    new: &Engine,
    posts: &[Copied],
) -> Result<(), Fault> {
    if posts.is_empty() {
        return Ok(());
    }
    let mut draft = new.draft();
    let mut log = Log::open(&mut draft)?;
    for Copied { arrival, post } in posts {
        copy(old, &mut draft, &mut log, *arrival, post)?;
    }
    log.close(&mut draft)?;
    draft.write()
}

fn copy(
    old: &Engine,
    draft: &mut Draft<'_>,
    log: &mut Log,
    arrival: Arrival,
    post: &Post,
) -> Result<(), Fault> {
    let key = keys::arrival(arrival);
    draft.put(Table::Kept, &key, post)?;
    draft.put_row(Table::Ids, post.id.as_bytes().to_vec(), key.clone());
    for (table, key) in index_rows(post, arrival) {
        draft.put_row(table, key, Vec::new());
    }
    draft.count_one_more(Table::PostFacts, POSTS)?;
    let waits = old.row(Table::Stamped, &keys::stamped(NEVER_JUDGED, arrival))?;
    let (mut stamp, mut row) = (NEVER_JUDGED, waits.clone());
    if let Some(verdict) = old.value::<Verdict>(Table::Verdicts, &key)? {
        draft.put(Table::Verdicts, &key, &verdict)?;
        draft.count_one_more(Table::PostFacts, VERDICTS)?;
        if let Some(halves) = old.bytes(Table::Embeddings, &key)? {
            draft.put_bytes(Table::Embeddings, &key, &halves)?;
        }
        // Its stamp goes with it even where the words have changed since: the verdict is found by it.
        let judged = copy_stamp(old, draft, &verdict)?;
        if waits.is_none() {
            stamp = judged;
            row = old.row(Table::Stamped, &keys::stamped(judged, arrival))?;
        }
    }
    let change = match row.as_deref().and_then(keys::read_change) {
        Some(number) => log.again(draft, arrival, number),
        // Kept before there was a log.
        None => log.note(draft, arrival, None),
    };
    draft.put_row(Table::Stamped, keys::stamped(stamp, arrival), change);
    Ok(())
}

/// The stamp of a verdict's model and rules, the same as before.
fn copy_stamp(old: &Engine, draft: &mut Draft<'_>, verdict: &Verdict) -> Result<Stamp, Fault> {
    let key = keys::stamp(&verdict.model.0, &verdict.ruleset.0);
    let missing = || Fault::damaged(Table::Stamps, "a verdict's stamp is missing");
    let stamp: Stamp = old.value(Table::Stamps, &key)?.ok_or_else(missing)?;
    draft.put(Table::Stamps, &key, &stamp)?;
    let last = draft.value::<u64>(Table::PostFacts, LAST_STAMP.as_bytes())?.unwrap_or(0);
    draft.put(Table::PostFacts, LAST_STAMP.as_bytes(), &last.max(stamp.into()))?;
    Ok(stamp)
}
