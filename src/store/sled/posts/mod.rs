//! Posts, their verdicts and embeddings, in the months they arrived in.

pub(super) mod changes;
pub(super) mod copy;
pub(super) mod of_month;
pub(super) mod pack;

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use super::desk;
use super::engine::Engine;
use super::fault::Fault;
use super::months::Months;
use super::refusals::{self, Refusals};
use crate::digest::Window;
use crate::month::Month;
use crate::post::{Post, PostId};
use crate::source::SourceId;
use crate::store::keys::Arrival;
use crate::store::{Changes, Judged, Kept, Mark};
use crate::topic::RulesetId;
use crate::verdict::{ModelId, Verdict};

/// See [`crate::store::Store::keep`].
pub(super) fn keep(desk: &Engine, months: &Months, posts: &[Post]) -> Result<Kept, Fault> {
    let refusals = Refusals::of(desk)?;
    let mut of_post: BTreeMap<PostId, Option<Month>> = BTreeMap::new();
    let mut batches: BTreeMap<Month, Vec<&Post>> = BTreeMap::new();
    let mut all = Kept::default();
    for post in posts {
        if refusals.refuse(post)? {
            all.refused += 1;
            continue;
        }
        let month = match of_post.get(&post.id) {
            Some(month) => *month,
            None => filed_in(months, post)?,
        };
        of_post.insert(post.id, month);
        match month {
            Some(month) => batches.entry(month).or_default().push(post),
            None => all.same += 1,
        }
    }
    for (month, posts) in batches {
        months.refuse_damaged(month)?;
        months.make(month)?;
        // Before the first post: a month of posts that is missing later is noticed.
        desk::note_month(desk, month)?;
        let new = months.within(month, |engine| of_month::new(engine, &posts))?;
        months.add(month, &new)?;
        let kept = months.within(month, |engine| of_month::keep(engine, &posts))?;
        all = all.and(kept);
    }
    if all.refused > 0 {
        refusals::count_kept_out(desk, all.refused)?;
    }
    Ok(all)
}

/// The month a post belongs to; none where it is one that is damaged, which is not written: the post is
/// taken to be as it was.
fn filed_in(months: &Months, post: &Post) -> Result<Option<Month>, Fault> {
    Ok(match months.holding(post.id)? {
        Some(month) if months.is_damaged(month) => None,
        Some(month) => Some(month),
        None => Some(Month::of(post.heard)),
    })
}

/// See [`crate::store::Store::judge`].
pub(super) fn judge(months: &Months, judged: &[Judged]) -> Result<(), Fault> {
    for (month, judged) in filed(months, judged, |judged| judged.verdict.post)? {
        months.within(month, |engine| of_month::judge(engine, &judged))?;
    }
    Ok(())
}

/// See [`crate::store::Store::judge_again`].
pub(super) fn judge_again(months: &Months, verdicts: &[Verdict]) -> Result<(), Fault> {
    for (month, verdicts) in filed(months, verdicts, |verdict| verdict.post)? {
        months.within(month, |engine| of_month::judge_again(engine, &verdicts))?;
    }
    Ok(())
}

/// Things of posts by the month that holds the post; those of no post are left out, and those of a month
/// that is damaged.
fn filed<'t, T>(
    months: &Months,
    things: &'t [T],
    post: impl Fn(&T) -> PostId,
) -> Result<BTreeMap<Month, Vec<&'t T>>, Fault> {
    let mut filed: BTreeMap<Month, Vec<&T>> = BTreeMap::new();
    for thing in things {
        let month = months.holding(post(thing))?;
        if let Some(month) = month.filter(|month| !months.is_damaged(*month)) {
            filed.entry(month).or_default().push(thing);
        }
    }
    Ok(filed)
}

/// See [`crate::store::Store::known`].
pub(super) fn known(months: &Months, id: PostId) -> Result<bool, Fault> {
    Ok(months.holding(id)?.is_some())
}

/// See [`crate::store::Store::post`].
pub(super) fn post(months: &Months, id: PostId) -> Result<Option<Post>, Fault> {
    let Some(month) = months.holding(id)? else { return Ok(None) };
    months.within(month, |engine| of_month::post(engine, id))
}

/// See [`crate::store::Store::judged`].
pub(super) fn judged(months: &Months, id: PostId) -> Result<Option<Judged>, Fault> {
    let Some(month) = months.holding(id)? else { return Ok(None) };
    months.within(month, |engine| of_month::judged(engine, id))
}

/// What is read of each of many posts, in the order of `ids`: month by month, so that none is opened
/// twice for them.
pub(super) fn many<T>(
    months: &Months,
    ids: &[PostId],
    read: impl Fn(&Engine, PostId) -> Result<Option<T>, Fault>,
) -> Result<Vec<Option<T>>, Fault> {
    let mut found: Vec<Option<T>> = ids.iter().map(|_| None).collect();
    let mut left: Vec<usize> = (0..ids.len()).collect();
    let mut of_damaged: Vec<(Month, usize)> = Vec::new();
    for month in months.all().into_iter().rev() {
        let mut here = Vec::new();
        for &place in &left {
            if months.may_hold(month, ids[place])? {
                here.push(place);
            }
        }
        if here.is_empty() {
            continue;
        }
        let held = months.within_whole(month, |engine| {
            let mut held = Vec::new();
            for &place in &here {
                if of_month::known(engine, ids[place])? {
                    held.push((place, read(engine, ids[place])?));
                }
            }
            Ok(held)
        })?;
        let Some(held) = held else {
            of_damaged.extend(here.into_iter().map(|place| (month, place)));
            continue;
        };
        let held_here: HashSet<usize> = held.iter().map(|(place, _)| *place).collect();
        left.retain(|place| !held_here.contains(place));
        for (place, value) in held {
            found[place] = value;
        }
    }
    // What no other month holds is taken to be in the damaged one whose list of ids says so.
    for (month, place) in of_damaged {
        if left.contains(&place) {
            found[place] = months.within(month, |engine| read(engine, ids[place]))?;
            left.retain(|left| *left != place);
        }
    }
    Ok(found)
}

/// See [`crate::store::Store::ids_from`].
pub(super) fn ids_from(months: &Months, from: PostId, limit: usize) -> Result<Vec<PostId>, Fault> {
    let mut ids = Vec::new();
    for month in months.all() {
        let here = months.within_whole(month, |engine| of_month::ids_from(engine, from, limit))?;
        ids.extend(here.unwrap_or_default());
    }
    ids.sort_unstable();
    ids.truncate(limit);
    Ok(ids)
}

/// See [`crate::store::Store::unjudged`].
pub(super) fn unjudged(
    months: &Months,
    model: &ModelId,
    ruleset: &RulesetId,
    limit: usize,
) -> Result<Vec<Post>, Fault> {
    let mut posts = Vec::new();
    for wait in [of_month::never_judged, of_month::judged_otherwise] {
        for month in months.all() {
            let missing = limit - posts.len();
            if missing == 0 {
                return Ok(posts);
            }
            let here =
                months.within_whole(month, |engine| wait(engine, model, ruleset, missing))?;
            posts.extend(here.unwrap_or_default());
        }
    }
    Ok(posts)
}

/// See [`crate::store::Store::count_unjudged`].
pub(super) fn count_unjudged(
    months: &Months,
    model: &ModelId,
    ruleset: &RulesetId,
) -> Result<usize, Fault> {
    months.all().into_iter().try_fold(0, |count, month| {
        let here = months
            .within_whole(month, |engine| of_month::count_unjudged(engine, model, ruleset))?;
        Ok(count + here.unwrap_or_default())
    })
}

/// See [`crate::store::Store::said_in`].
pub(super) fn said_in(months: &Months, window: Window) -> Result<Vec<Post>, Fault> {
    let mut posts = Vec::new();
    // A post is said before it arrives. A month that is damaged is no silence: whoever asks for its time
    // is told.
    let first = Month::of(window.from);
    for month in months.all().into_iter().filter(|month| *month >= first) {
        posts.extend(months.within(month, |engine| of_month::said_in(engine, window))?);
    }
    // Stable: those of one moment stay in the order they were kept.
    posts.sort_by_key(Post::when);
    Ok(posts)
}

/// See [`crate::store::Store::newest`].
pub(super) fn newest(months: &Months, source: &SourceId, limit: usize) -> Result<Vec<Post>, Fault> {
    let mut found: Vec<(Timestamp, Month, Arrival)> = Vec::new();
    for month in months.all() {
        let here = months.within_whole(month, |engine| of_month::newest(engine, source, limit))?;
        let here = here.unwrap_or_default().into_iter();
        found.extend(here.map(|(when, arrival)| (when, month, arrival)));
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(limit);
    found
        .into_iter()
        .map(|(_, month, arrival)| {
            months.within(month, |engine| of_month::post_of_source(engine, arrival))
        })
        .collect()
}

/// See [`crate::store::Store::kept_after`].
pub(super) fn kept_after(
    months: &Months,
    after: Option<PostId>,
    limit: usize,
) -> Result<Vec<Post>, Fault> {
    let begin = match after {
        None => None,
        Some(id) => match months.holding(id)? {
            Some(month) => Some((month, id)),
            None => return Ok(Vec::new()),
        },
    };
    let mut posts = Vec::new();
    for month in months.all() {
        if posts.len() >= limit {
            break;
        }
        let after = match begin {
            Some((first, _)) if month < first => continue,
            Some((first, id)) if month == first => Some(id),
            _ => None,
        };
        let missing = limit - posts.len();
        let here =
            months.within_whole(month, |engine| of_month::kept_after(engine, after, missing))?;
        posts.extend(here.unwrap_or_default());
    }
    Ok(posts)
}

/// See [`crate::store::Store::changes`].
pub(super) fn changes(
    months: &Months,
    month: Month,
    after: Option<Mark>,
    limit: usize,
) -> Result<Changes, Fault> {
    // Most months have not changed for long: a follower at their end need not open them.
    let end =
        after.filter(|after| months.closed(month).is_some_and(|closed| closed.mark == *after));
    if let Some(mark) = end {
        return Ok(Changes { from_start: false, changes: Vec::new(), mark });
    }
    months.within(month, |engine| changes::after(engine, after, limit))
}

/// See [`crate::store::Store::first_heard`].
pub(super) fn first_heard(months: &Months) -> Result<Option<Timestamp>, Fault> {
    Ok(kept_after(months, None, 1)?.first().map(|post| post.heard))
}

/// See [`crate::store::Store::first_said`].
pub(super) fn first_said(months: &Months) -> Result<Option<Timestamp>, Fault> {
    months.all().into_iter().try_fold(None, |first: Option<Timestamp>, month| {
        let here = months.within_whole(month, of_month::first_said)?.flatten();
        Ok(first.into_iter().chain(here).min())
    })
}
