//! Stories: the posts that report the same thing. Reprints are one. And claims: the stories that
//! say the same thing in words of their own.

pub mod claims;
mod cosines;
pub mod near;
mod passed_on;
mod place;
mod union;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::digest::Heard;
use crate::post::Relation;
use crate::side_by_side;
use crate::source::SourceId;
use union::Union;

/// The posts that report the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Its posts, as indices into what was heard: the first said first, the lead among them.
    pub posts: Vec<usize>,
    /// The original, or the first of its reprints: the one that speaks for the story.
    pub lead: usize,
}

/// More posts of one source at one URL than this, and the URL names a place, not a post: a feed
/// whose items all link to the front page.
const POSTS_AT_A_URL: usize = 10;

/// The stories of `posts`, by the moment of their lead; every post is in exactly one.
///
/// Posts are one story where two sources have one canonical URL for them, where one passes on or quotes the
/// other, be it as a bare headline with the link, or where their words are nearly the same ([`near`]). The
/// result does not depend on the order of `posts` but in the indices.
#[must_use]
pub fn stories(posts: &[Heard]) -> Vec<Story> {
    let mut order: Vec<usize> = (0..posts.len()).collect();
    order.sort_by_key(|&index| (posts[index].post.when(), posts[index].post.id));

    let mut same = Union::of(posts.len());
    let places = side_by_side::map(posts, place_of);
    let first_at = join_by_place(posts, &places, &order, &mut same);
    let bare_links = join_bare_links(posts, &order, &first_at, &mut same);
    near::join(posts, &order, &mut same);

    let mut by_root: HashMap<usize, Vec<usize>> = HashMap::new();
    for &index in &order {
        by_root.entry(same.root(index)).or_default().push(index);
    }
    let mut stories: Vec<Story> = by_root
        .into_values()
        .filter_map(|members| {
            let mut spoken = members.iter().copied().filter(|&index| speaks(&posts[index]));
            let own_words = spoken.clone().find(|index| !bare_links.contains(index));
            let lead = own_words.or_else(|| spoken.next()).or_else(|| members.first().copied())?;
            Some(Story { posts: members, lead })
        })
        .collect();
    stories.sort_by_key(|story| (posts[story.lead].post.when(), posts[story.lead].post.id));
    stories
}

/// Whether the post is its author's own: a boost or a quote lends no voice.
#[must_use]
pub fn speaks(heard: &Heard) -> bool {
    matches!(heard.post.said.relation, Relation::Original | Relation::Reply(_))
}

/// Joins posts of different sources at one URL, and what is passed on or quoted to its original. The first post at each
/// place.
fn join_by_place<'p>(
    posts: &'p [Heard],
    places: &'p [Option<String>],
    order: &[usize],
    same: &mut Union,
) -> HashMap<Cow<'p, str>, usize> {
    let mut at_url: HashMap<(&SourceId, &str), usize> = HashMap::with_capacity(posts.len());
    for (heard, place) in posts.iter().zip(places) {
        if let Some(place) = place {
            *at_url.entry((&heard.post.source, place)).or_default() += 1;
        }
    }
    let mut first_at: HashMap<Cow<'p, str>, usize> = HashMap::with_capacity(2 * posts.len());
    for &index in order {
        let heard = &posts[index];
        if let Some(place) = &places[index] {
            let crowd = at_url.get(&(&heard.post.source, place)).copied().unwrap_or(0);
            if crowd <= POSTS_AT_A_URL && !(crowd > 1 && place::is_front_page(place)) {
                let first = *first_at.entry(Cow::Borrowed(place)).or_insert(index);
                // A source that tells two posts apart at one URL, a page a day or a link named twice,
                // knows best: its words decide (`near`).
                if posts[first].post.source != heard.post.source {
                    same.join(first, index);
                }
            }
        }
        first_at.entry(Cow::Borrowed(&heard.post.said.key)).or_insert(index);
    }
    for &index in order {
        let (Relation::Boost(original) | Relation::Quote(original)) =
            &posts[index].post.said.relation
        else {
            continue;
        };
        let place = place::key(original).map_or(Cow::Borrowed(original.as_str()), Cow::Owned);
        // An original we have not heard is still one: what passes it on is one story.
        same.join(*first_at.entry(place).or_insert(index), index);
    }
    first_at
}

/// Joins what is nothing but the headline and the link of a post we heard to that post. Which they are.
fn join_bare_links(
    posts: &[Heard],
    order: &[usize],
    first_at: &HashMap<Cow<'_, str>, usize>,
    same: &mut Union,
) -> HashSet<usize> {
    let mut bare = HashSet::new();
    let links = side_by_side::map(order, |&index| passed_on::links(posts[index].post));
    for (&index, links) in order.iter().zip(links) {
        let post = posts[index].post;
        let linked = links.iter().filter_map(|place| first_at.get(place.as_str()));
        let passes_on =
            |linked: &usize| *linked != index && passed_on::is_bare_link(post, posts[*linked].post);
        if let Some(&linked) = linked.copied().collect::<Vec<_>>().iter().find(|l| passes_on(l)) {
            same.join(linked, index);
            bare.insert(index);
        }
    }
    bare
}

fn place_of(heard: &Heard) -> Option<String> {
    heard.post.said.url.as_deref().and_then(place::key)
}
