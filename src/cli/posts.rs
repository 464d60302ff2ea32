//! Posts, as people name them: by id, by the beginning of an id, or by URL.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;

use super::Usage;
use crate::post::{Post, PostId};
use crate::store::Store;

/// Digits of an id that are shown and enough to name a post.
pub(super) const SHOWN_DIGITS: usize = 12;

/// Digits of an id that are too few to be looked for.
const FEWEST_DIGITS: usize = 4;

/// Posts named where several are meant.
const NAMED: usize = 5;

/// Posts read at a time.
const PAGE: usize = 256;

/// The beginning of a post's id, as it is shown.
pub(super) fn short(id: PostId) -> String {
    let mut digits = id.to_string();
    digits.truncate(SHOWN_DIGITS);
    digits
}

/// The post that `name` names.
pub(super) fn find(store: &dyn Store, name: &str) -> anyhow::Result<Post> {
    let found = find_all(store, &[name])?;
    match found.into_iter().next() {
        Some(Ok(id)) => match store.post(id)? {
            Some(post) => Ok(post),
            None => bail!("the post {id} is kept no more"),
        },
        Some(Err(why)) => Err(Usage(why).into()),
        None => bail!("no post was named"),
    }
}

/// The posts that `names` name, in order, each with why there is none. URLs are looked for in one walk
/// through the store.
pub(super) fn find_all(
    store: &dyn Store,
    names: &[&str],
) -> anyhow::Result<Vec<Result<PostId, String>>> {
    let urls: BTreeSet<&str> = names.iter().copied().filter(|name| is_url(name)).collect();
    let at = if urls.is_empty() { BTreeMap::new() } else { by_url(store, &urls)? };
    let mut found = Vec::new();
    for name in names {
        found.push(if is_url(name) {
            match at.get(*name).map_or(&[][..], Vec::as_slice) {
                [] => Err(format!(
                    "no post kept has the URL {name}; `overheard inspect {name}` shows what is there"
                )),
                [id] => Ok(*id),
                several => Err(several_are(name, several)),
            }
        } else {
            by_digits(store, name)?
        });
    }
    Ok(found)
}

fn is_url(name: &str) -> bool {
    name.contains("://")
}

fn by_digits(store: &dyn Store, name: &str) -> anyhow::Result<Result<PostId, String>> {
    let digits = name.trim().trim_end_matches('…').to_lowercase();
    let is_id = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_id || !(FEWEST_DIGITS..=32).contains(&digits.len()) {
        return Ok(Err(format!(
            "{name:?} names no post: give its URL, or at least {FEWEST_DIGITS} digits of its id, as \
             `overheard teach --queue` and the digest's JSON show them"
        )));
    }
    let Ok(from) = format!("{digits:0<32}").parse() else {
        return Ok(Err(format!("{name:?} names no post")));
    };
    let mut found = store.ids_from(from, NAMED)?;
    found.retain(|id| id.to_string().starts_with(&digits));
    Ok(match found.as_slice() {
        [] => Err(format!("no post kept has an id that begins {digits}")),
        [id] => Ok(*id),
        several => Err(several_are(name, several)),
    })
}

fn several_are(name: &str, posts: &[PostId]) -> String {
    let ids: Vec<String> = posts.iter().take(NAMED).map(ToString::to_string).collect();
    format!("{name} names several posts: {}; give more of the id", ids.join(", "))
}

fn by_url<'n>(
    store: &dyn Store,
    urls: &BTreeSet<&'n str>,
) -> anyhow::Result<BTreeMap<&'n str, Vec<PostId>>> {
    let mut found: BTreeMap<&str, Vec<PostId>> = BTreeMap::new();
    let same = |kept: &str, asked: &str| kept.trim_end_matches('/') == asked.trim_end_matches('/');
    let mut last = None;
    loop {
        let posts = store.kept_after(last, PAGE)?;
        let Some(end) = posts.last() else { return Ok(found) };
        last = Some(end.id);
        for post in &posts {
            let Some(url) = post.said.url.as_deref() else { continue };
            // Few are asked for: a look at each is cheaper than reading the post was.
            for asked in urls.iter().filter(|asked| same(url, asked)) {
                found.entry(asked).or_default().push(post.id);
            }
        }
    }
}
