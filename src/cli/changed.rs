//! What topics gained and lost, in words.

use std::io::Write;

use crate::pipeline::changes::{Change, Changes};
use crate::pipeline::queue::title;
use crate::post::PostId;
use crate::store::Store;
use crate::text::count::count;

/// Prints each topic that gained or lost a post, with some of those.
pub(super) fn print(
    out: &mut dyn Write,
    store: &dyn Store,
    changes: &Changes,
) -> anyhow::Result<()> {
    let mut is_same = true;
    for (name, change) in changes.0.iter().filter(|(_, change)| has_changed(change)) {
        is_same = false;
        writeln!(out, "{name}: {}", in_words(change))?;
        for (sign, posts) in [('+', &change.gained_posts), ('−', &change.lost_posts)] {
            for post in posts {
                writeln!(out, "  {sign} {}", named(store, *post)?)?;
            }
        }
    }
    if is_same {
        writeln!(out, "No topic gained or lost a post.")?;
    }
    Ok(())
}

/// "+12 posts, −3 (40 before)".
fn in_words(change: &Change) -> String {
    let Change { before, gained, lost, .. } = change;
    format!("+{}, −{lost} ({before} before)", count(*gained, "post", "posts"))
}

fn has_changed(change: &Change) -> bool {
    change.gained + change.lost > 0
}

/// A post's title and the beginning of its id.
fn named(store: &dyn Store, id: PostId) -> anyhow::Result<String> {
    let title = store.post(id)?.map_or_else(|| "(kept no more)".to_owned(), |post| title(&post));
    Ok(format!("{title}  [{}]", super::posts::short(id)))
}
