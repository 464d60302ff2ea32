//! The posts of one month, their verdicts and embeddings, and the rows they are found by.

use jiff::Timestamp;

use crate::digest::Window;
use crate::post::{Post, PostId};
use crate::source::SourceId;
use crate::store::keys::{self, Arrival, NEVER_JUDGED, Stamp};
use crate::store::revision::{Revision, revision};
use crate::store::sled::draft::Draft;
use crate::store::sled::engine::{Engine, Row};
use crate::store::sled::fault::Fault;
use crate::store::sled::ids::Ids;
use crate::store::sled::posts::changes::Log;
use crate::store::sled::table::Table;
use crate::store::{Judged, Kept, codec};
use crate::topic::RulesetId;
use crate::verdict::{ModelId, Verdict};

/// The name of the row that counts posts.
pub(in crate::store::sled) const POSTS: &str = "posts";

/// The name of the row that counts verdicts.
pub(in crate::store::sled) const VERDICTS: &str = "verdicts";

/// The name of the row with the last stamp given.
pub(in crate::store::sled) const LAST_STAMP: &str = "last stamp";

/// Ids read at a time.
const IDS_A_PAGE: usize = 4_096;

/// Those of these posts that are not kept yet, each once.
pub(in crate::store::sled) fn new(engine: &Engine, posts: &[&Post]) -> Result<Vec<PostId>, Fault> {
    let mut new = Vec::new();
    for post in posts {
        if !known(engine, post.id)? && !new.contains(&post.id) {
            new.push(post.id);
        }
    }
    Ok(new)
}

/// The ids of all posts, with room for as many again.
pub(in crate::store::sled) fn ids(engine: &Engine) -> Result<Ids, Fault> {
    let mut ids = Ids::with_room(engine.count(Table::PostFacts, POSTS)?.saturating_mul(2));
    let mut from = PostId::from_bytes([0; 16]);
    loop {
        let page = ids_from(engine, from, IDS_A_PAGE)?;
        for id in &page {
            ids.add(*id);
        }
        match page.last().and_then(|last| u128::from_be_bytes(*last.as_bytes()).checked_add(1)) {
            Some(next) => from = PostId::from_bytes(next.to_be_bytes()),
            None => return Ok(ids),
        }
    }
}

/// See [`crate::store::Store::keep`].
pub(in crate::store::sled) fn keep(engine: &Engine, posts: &[&Post]) -> Result<Kept, Fault> {
    let mut draft = engine.draft();
    let mut log = Log::open(&mut draft)?;
    let mut next = next_arrival(engine)?;
    let mut kept = Kept::default();
    for post in posts {
        let Some(row) = draft.row(Table::Ids, post.id.as_bytes())? else {
            add(&mut draft, &mut log, next, post)?;
            next = next.saturating_add(1);
            kept.new += 1;
            continue;
        };
        let arrival = arrival_of(Table::Ids, &row)?;
        let old: Post = draft.value(Table::Kept, &row)?.ok_or_else(|| no_post(Table::Ids))?;
        match revision(&old, &post.said) {
            Revision::Same => kept.same += 1,
            Revision::Details(post) => {
                replace(&mut draft, arrival, &old, &post)?;
                let (stamped, _) = stamp_row(&mut draft, arrival)?;
                stamp(&mut draft, &mut log, arrival, stamped)?;
                kept.updated += 1;
            }
            Revision::Words(post) => {
                replace(&mut draft, arrival, &old, &post)?;
                stamp(&mut draft, &mut log, arrival, NEVER_JUDGED)?;
                kept.updated += 1;
            }
        }
    }
    if kept.new + kept.updated == 0 {
        return Ok(kept);
    }
    log.close(&mut draft)?;
    draft.commit()?;
    Ok(kept)
}

/// See [`crate::store::Store::judge`].
pub(in crate::store::sled) fn judge(engine: &Engine, judged: &[&Judged]) -> Result<(), Fault> {
    let mut draft = engine.draft();
    let mut log = Log::open(&mut draft)?;
    for Judged { verdict, embedding } in judged {
        let Some(key) = draft.row(Table::Ids, verdict.post.as_bytes())? else { continue };
        let number = stamp_for(&mut draft, &verdict.model, &verdict.ruleset)?;
        stamp(&mut draft, &mut log, arrival_of(Table::Ids, &key)?, number)?;
        if draft.row(Table::Verdicts, &key)?.is_none() {
            draft.count_one_more(Table::PostFacts, VERDICTS)?;
        }
        draft.put(Table::Verdicts, &key, verdict)?;
        draft.put_bytes(Table::Embeddings, &key, &codec::encode_embedding(embedding))?;
    }
    log.close(&mut draft)?;
    draft.commit()
}

/// See [`crate::store::Store::judge_again`].
pub(in crate::store::sled) fn judge_again(
    engine: &Engine,
    verdicts: &[&Verdict],
) -> Result<(), Fault> {
    let mut draft = engine.draft();
    let mut log = Log::open(&mut draft)?;
    for verdict in verdicts {
        let Some(key) = draft.row(Table::Ids, verdict.post.as_bytes())? else { continue };
        if draft.row(Table::Verdicts, &key)?.is_none() {
            continue;
        }
        let number = stamp_for(&mut draft, &verdict.model, &verdict.ruleset)?;
        stamp(&mut draft, &mut log, arrival_of(Table::Ids, &key)?, number)?;
        draft.put(Table::Verdicts, &key, verdict)?;
    }
    log.close(&mut draft)?;
    draft.commit()
}

/// Erases those of these posts that are here, with their verdicts, embeddings and rows; how many posts and
/// verdicts there were. The log says that they are gone.
pub(in crate::store::sled) fn erase(engine: &Engine, ids: &[PostId]) -> Result<(u64, u64), Fault> {
    let mut draft = engine.draft();
    let mut log = Log::open(&mut draft)?;
    let (mut posts, mut verdicts) = (0, 0);
    for id in ids {
        let Some(key) = draft.row(Table::Ids, id.as_bytes())? else { continue };
        let arrival = arrival_of(Table::Ids, &key)?;
        let post: Post = draft.value(Table::Kept, &key)?.ok_or_else(|| no_post(Table::Ids))?;
        for (table, key) in index_rows(&post, arrival) {
            draft.remove_row(table, key);
        }
        let (stamp, row) = stamp_row(&mut draft, arrival)?;
        draft.remove_row(Table::Stamped, keys::stamped(stamp, arrival));
        log.gone(&mut draft, *id, row.as_deref());
        posts += 1;
        verdicts += u64::from(draft.row(Table::Verdicts, &key)?.is_some());
        for table in [Table::Kept, Table::Verdicts, Table::Embeddings] {
            draft.remove(table, &key)?;
        }
        draft.remove_row(Table::Ids, id.as_bytes().to_vec());
    }
    if posts == 0 {
        return Ok((0, 0));
    }
    draft.count_fewer(Table::PostFacts, POSTS, posts)?;
    draft.count_fewer(Table::PostFacts, VERDICTS, verdicts)?;
    log.close(&mut draft)?;
    draft.commit()?;
    Ok((posts, verdicts))
}

/// Whether a post that is here has a verdict.
pub(in crate::store::sled) fn is_judged(engine: &Engine, id: PostId) -> Result<bool, Fault> {
    let Some(key) = engine.row(Table::Ids, id.as_bytes())? else { return Ok(false) };
    Ok(engine.row(Table::Verdicts, &key)?.is_some())
}

/// See [`crate::store::Store::still_judged`].
pub(in crate::store::sled) fn still_judged(
    engine: &Engine,
    id: PostId,
) -> Result<Option<Judged>, Fault> {
    let Some(key) = engine.row(Table::Ids, id.as_bytes())? else { return Ok(None) };
    let waits = keys::stamped(NEVER_JUDGED, arrival_of(Table::Ids, &key)?);
    if engine.row(Table::Stamped, &waits)?.is_some() {
        return Ok(None);
    }
    judged(engine, id)
}

/// See [`crate::store::Store::ids_from`].
pub(in crate::store::sled) fn ids_from(
    engine: &Engine,
    from: PostId,
    limit: usize,
) -> Result<Vec<PostId>, Fault> {
    let short = || Fault::damaged(Table::Ids, "a key is cut short");
    engine
        .rows(Table::Ids, from.as_bytes(), None)
        .take(limit)
        .map(|row| {
            let (key, _) = row?;
            let bytes: &[u8; 16] = key.as_ref().try_into().map_err(|_| short())?;
            Ok(PostId::from_bytes(*bytes))
        })
        .collect()
}

/// See [`crate::store::Store::known`].
pub(in crate::store::sled) fn known(engine: &Engine, id: PostId) -> Result<bool, Fault> {
    Ok(engine.row(Table::Ids, id.as_bytes())?.is_some())
}

/// See [`crate::store::Store::post`].
pub(in crate::store::sled) fn post(engine: &Engine, id: PostId) -> Result<Option<Post>, Fault> {
    let Some(key) = engine.row(Table::Ids, id.as_bytes())? else { return Ok(None) };
    post_at(engine, Table::Ids, arrival_of(Table::Ids, &key)?).map(Some)
}

/// See [`crate::store::Store::judged`].
pub(in crate::store::sled) fn judged(engine: &Engine, id: PostId) -> Result<Option<Judged>, Fault> {
    let Some(key) = engine.row(Table::Ids, id.as_bytes())? else { return Ok(None) };
    let Some(verdict) = engine.value(Table::Verdicts, &key)? else { return Ok(None) };
    let halves = engine
        .bytes(Table::Embeddings, &key)?
        .ok_or_else(|| Fault::damaged(Table::Verdicts, "a verdict has no embedding"))?;
    let embedding = codec::decode_embedding(&halves)
        .map_err(|error| Fault::damaged(Table::Embeddings, error))?;
    Ok(Some(Judged { verdict, embedding }))
}

/// Up to `limit` posts that have no verdict at all.
pub(in crate::store::sled) fn never_judged(
    engine: &Engine,
    _: &ModelId,
    _: &RulesetId,
    limit: usize,
) -> Result<Vec<Post>, Fault> {
    posts_of(engine, stamped(engine, NEVER_JUDGED, NEVER_JUDGED.checked_add(1)), limit)
}

/// Up to `limit` posts whose verdict is by another model or other rules.
pub(in crate::store::sled) fn judged_otherwise(
    engine: &Engine,
    model: &ModelId,
    ruleset: &RulesetId,
    limit: usize,
) -> Result<Vec<Post>, Fault> {
    posts_of(engine, judged_otherwise_rows(engine, model, ruleset)?, limit)
}

/// How many posts have no verdict by this model and these rules.
pub(in crate::store::sled) fn count_unjudged(
    engine: &Engine,
    model: &ModelId,
    ruleset: &RulesetId,
) -> Result<usize, Fault> {
    stamped(engine, NEVER_JUDGED, NEVER_JUDGED.checked_add(1))
        .chain(judged_otherwise_rows(engine, model, ruleset)?)
        .try_fold(0, |count, row| row.map(|_| count + 1))
}

/// Every post is in one row, under the stamp of its verdict: the rows of every stamp but one, and but
/// for those never judged.
fn judged_otherwise_rows(
    engine: &Engine,
    model: &ModelId,
    ruleset: &RulesetId,
) -> Result<impl Iterator<Item = Result<Row, Fault>> + use<>, Fault> {
    let done = engine.value::<Stamp>(Table::Stamps, &keys::stamp(&model.0, &ruleset.0))?;
    let first = NEVER_JUDGED.saturating_add(1);
    let before = stamped(engine, first, done);
    let after = done.and_then(|done| done.checked_add(1)).map(|next| stamped(engine, next, None));
    Ok(before.chain(after.into_iter().flatten()))
}

/// The rows with a stamp in `[from, until)`.
fn stamped(
    engine: &Engine,
    from: Stamp,
    until: Option<Stamp>,
) -> impl Iterator<Item = Result<Row, Fault>> + use<> {
    let until = until.map(|until| keys::stamped(until, 0));
    engine.rows(Table::Stamped, &keys::stamped(from, 0), until.as_deref())
}

fn posts_of(
    engine: &Engine,
    rows: impl Iterator<Item = Result<Row, Fault>>,
    limit: usize,
) -> Result<Vec<Post>, Fault> {
    rows.take(limit)
        .map(|row| {
            let (key, _) = row?;
            post_at(engine, Table::Stamped, arrival_of(Table::Stamped, &key)?)
        })
        .collect()
}

/// See [`crate::store::Store::said_in`].
pub(in crate::store::sled) fn said_in(engine: &Engine, window: Window) -> Result<Vec<Post>, Fault> {
    let (from, until) = (keys::moment(window.from), keys::moment(window.until));
    engine
        .rows(Table::Said, &from, Some(&until))
        .map(|row| {
            let (key, _) = row?;
            post_at(engine, Table::Said, arrival_of(Table::Said, &key)?)
        })
        .collect()
}

/// When the newest posts of a source were said, and their arrivals; newest first.
pub(in crate::store::sled) fn newest(
    engine: &Engine,
    source: &SourceId,
    limit: usize,
) -> Result<Vec<(Timestamp, Arrival)>, Fault> {
    let prefix = keys::source(source);
    let unreadable = || Fault::damaged(Table::From, "a key cannot be read");
    engine
        .rows(Table::From, &prefix, keys::after(&prefix).as_deref())
        .rev()
        .take(limit)
        .map(|row| {
            let (key, _) = row?;
            keys::read_moment_and_arrival(&key).ok_or_else(unreadable)
        })
        .collect()
}

/// The post of a source with this arrival.
pub(in crate::store::sled) fn post_of_source(
    engine: &Engine,
    arrival: Arrival,
) -> Result<Post, Fault> {
    post_at(engine, Table::From, arrival)
}

/// See [`crate::store::Store::kept_after`].
pub(in crate::store::sled) fn kept_after(
    engine: &Engine,
    after: Option<PostId>,
    limit: usize,
) -> Result<Vec<Post>, Fault> {
    let from = match after {
        None => 0,
        Some(id) => match engine.row(Table::Ids, id.as_bytes())? {
            Some(key) => arrival_of(Table::Ids, &key)?.saturating_add(1),
            None => return Ok(Vec::new()),
        },
    };
    engine
        .rows(Table::Kept, &keys::arrival(from), None)
        .filter(|row| row.as_ref().map_or(true, |(key, _)| is_first_piece(key)))
        .take(limit)
        .map(|row| {
            let (key, _) = row?;
            post_at(engine, Table::Kept, arrival_of(Table::Kept, &key)?)
        })
        .collect()
}

/// See [`crate::store::Store::first_said`].
pub(in crate::store::sled) fn first_said(engine: &Engine) -> Result<Option<Timestamp>, Fault> {
    let Some(row) = engine.rows(Table::Said, &[], None).next() else { return Ok(None) };
    let (key, _) = row?;
    Ok(Some(post_at(engine, Table::Said, arrival_of(Table::Said, &key)?)?.when()))
}

/// The post with an arrival that a row of `table` names.
pub(in crate::store::sled) fn post_at(
    engine: &Engine,
    table: Table,
    arrival: Arrival,
) -> Result<Post, Fault> {
    engine.value(Table::Kept, &keys::arrival(arrival))?.ok_or_else(|| no_post(table))
}

/// Whether the row with this key begins a value of a table that is keyed by arrival.
pub(in crate::store::sled) fn is_first_piece(key: &[u8]) -> bool {
    key.len() == keys::arrival(0).len()
}

/// The stamp of a model and a ruleset; none where they never judged.
pub(in crate::store::sled) fn known_stamp(
    engine: &Engine,
    verdict: &Verdict,
) -> Result<Option<Stamp>, Fault> {
    engine.value(Table::Stamps, &keys::stamp(&verdict.model.0, &verdict.ruleset.0))
}

/// The rows a post is found by.
pub(in crate::store::sled) fn index_rows(post: &Post, arrival: Arrival) -> [(Table, Vec<u8>); 2] {
    [
        (Table::Said, keys::said(post.when(), arrival)),
        (Table::From, keys::from(&post.source, post.when(), arrival)),
    ]
}

fn next_arrival(engine: &Engine) -> Result<Arrival, Fault> {
    let Some((key, _)) = engine.last(Table::Kept)? else { return Ok(0) };
    // The last row may be a later piece of the last post.
    let first =
        key.first_chunk().ok_or_else(|| Fault::damaged(Table::Kept, "a key is cut short"))?;
    Ok(Arrival::from_be_bytes(*first).saturating_add(1))
}

fn add(draft: &mut Draft<'_>, log: &mut Log, arrival: Arrival, post: &Post) -> Result<(), Fault> {
    draft.put(Table::Kept, &keys::arrival(arrival), post)?;
    draft.put_row(Table::Ids, post.id.as_bytes().to_vec(), keys::arrival(arrival));
    for (table, key) in index_rows(post, arrival) {
        draft.put_row(table, key, Vec::new());
    }
    let change = log.note(draft, arrival, None);
    draft.put_row(Table::Stamped, keys::stamped(NEVER_JUDGED, arrival), change);
    draft.count_one_more(Table::PostFacts, POSTS)?;
    Ok(())
}

fn replace(draft: &mut Draft<'_>, arrival: Arrival, old: &Post, new: &Post) -> Result<(), Fault> {
    for (table, key) in index_rows(old, arrival) {
        draft.remove_row(table, key);
    }
    for (table, key) in index_rows(new, arrival) {
        draft.put_row(table, key, Vec::new());
    }
    draft.put(Table::Kept, &keys::arrival(arrival), new)
}

/// Moves a post's one row among the stamps, and logs that the post changed.
fn stamp(draft: &mut Draft<'_>, log: &mut Log, arrival: Arrival, to: Stamp) -> Result<(), Fault> {
    let (stamp, before) = stamp_row(draft, arrival)?;
    draft.remove_row(Table::Stamped, keys::stamped(stamp, arrival));
    let change = log.note(draft, arrival, before.as_deref());
    draft.put_row(Table::Stamped, keys::stamped(to, arrival), change);
    Ok(())
}

/// The stamp of a post, and its row among the stamps.
fn stamp_row(draft: &mut Draft<'_>, arrival: Arrival) -> Result<(Stamp, Option<Vec<u8>>), Fault> {
    if let Some(row) = draft.row(Table::Stamped, &keys::stamped(NEVER_JUDGED, arrival))? {
        return Ok((NEVER_JUDGED, Some(row)));
    }
    let Some(verdict) = draft.value::<Verdict>(Table::Verdicts, &keys::arrival(arrival))? else {
        return Ok((NEVER_JUDGED, None));
    };
    let stamp = stamp_for(draft, &verdict.model, &verdict.ruleset)?;
    Ok((stamp, draft.row(Table::Stamped, &keys::stamped(stamp, arrival))?))
}

fn stamp_for(draft: &mut Draft<'_>, model: &ModelId, ruleset: &RulesetId) -> Result<Stamp, Fault> {
    let key = keys::stamp(&model.0, &ruleset.0);
    if let Some(stamp) = draft.value(Table::Stamps, &key)? {
        return Ok(stamp);
    }
    let count = draft.count_one_more(Table::PostFacts, LAST_STAMP)?;
    let stamp = Stamp::try_from(count)
        .map_err(|_| Fault::damaged(Table::PostFacts, "there are no stamps left"))?;
    draft.put(Table::Stamps, &key, &stamp)?;
    Ok(stamp)
}

fn arrival_of(table: Table, row: &[u8]) -> Result<Arrival, Fault> {
    keys::arrival_at_end(row).ok_or_else(|| Fault::damaged(table, "a row is cut short"))
}

fn no_post(table: Table) -> Fault {
    Fault::damaged(table, "a row names a post that is not there")
}
