//! How near a digest comes to what a golden window asks for.

use std::collections::BTreeSet;

use super::{Claim, Golden, Morning, Named};
use crate::digest::{Block, Digest, Heard, Point, Strength, Window};
use crate::eval::counts::Counts;
use crate::post::PostId;
use crate::source::{Knowledge, Owner};
use crate::story::Story;

/// A point tells a claim if at least this share of its stories are of the claim…
const MOSTLY: f64 = 0.5;
/// …and it has at least this share of those who speak for it in the window.
const MOST_OF_IT: f64 = 0.5;

/// What became of the points of some mornings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Score {
    /// Mornings.
    pub windows: usize,
    /// Points shown that go beyond one voice.
    pub solid: usize,
    /// Of these, those that tell a claim which must or may be told, once.
    pub solid_right: usize,
    /// Points of one voice.
    pub alone: usize,
    /// Of these, those that are about their topic.
    pub alone_right: usize,
    /// Claims that had to be told.
    pub must: usize,
    /// Of these, those that were.
    pub told: usize,
    /// Who speaks for the claims that were told.
    pub owners: Counts,
    /// Posts that are one story, two by two.
    pub stories: Counts,
    /// Mornings on which all was as it should be.
    pub perfect: usize,
    /// What was amiss, a line each.
    pub amiss: Vec<String>,
}

/// What a point turned out to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told<'g> {
    /// A claim of the window.
    Claim(&'g str),
    /// One that was told already.
    Again(&'g str),
    /// One voice, about its topic.
    Alone,
    /// Neither.
    Wrong,
}

impl Score {
    /// Takes in the digest of a morning, made from `heard`.
    pub fn morning(
        &mut self,
        golden: &Golden,
        morning: &Morning,
        digest: &Digest,
        named: &Named,
        heard: &[Heard<'_>],
    ) {
        let before = self.amiss.len();
        let said: BTreeSet<PostId> = in_window(heard, digest.window);
        let points = digest.blocks.iter().filter(|block| block.knowledge == Knowledge::Public);
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let follows = match morning.topics.as_slice() {
            [] => "all topics".to_owned(),
            topics => topics.join(", "),
        };
        let place = format!("{} ({follows})", morning.date);
        for point in points.flat_map(|Block { points, .. }| points) {
            let is_solid = point.evidence.strength > Strength::Anecdote;
            let what = tells(golden, morning, point, named, &said, &told);
            let is_right = match what {
                Told::Claim(id) => {
                    told.insert(id);
                    if let Some(claim) = golden.claim(id) {
                        self.owners_of(claim, point, named, &said, &place);
                    }
                    true
                }
                Told::Alone => true,
                Told::Again(id) => {
                    self.amiss.push(format!("{place}: {id} again, under {}", point.topic));
                    false
                }
                Told::Wrong => {
                    let text = &point.claim.text;
                    let owners = point.evidence.owners.len();
                    let leads: Vec<String> = leads(point).iter().map(short).collect();
                    self.amiss.push(format!(
                        "{place}: {} of {owners} is none of ours: {text:?} {leads:?}",
                        point.topic
                    ));
                    false
                }
            };
            if is_solid {
                self.solid += 1;
                self.solid_right += usize::from(is_right);
            } else {
                self.alone += 1;
                self.alone_right += usize::from(is_right);
            }
        }
        for id in &morning.must {
            self.must += 1;
            if told.contains(id.as_str()) {
                self.told += 1;
            } else {
                self.amiss.push(format!("{place}: {id} is not told"));
            }
        }
        self.windows += 1;
        self.perfect += usize::from(self.amiss.len() == before);
    }

    fn owners_of(
        &mut self,
        claim: &Claim,
        point: &Point,
        named: &Named,
        said: &BTreeSet<PostId>,
        place: &str,
    ) {
        let speak = |posts: &Vec<String>| {
            posts.iter().filter_map(|short| named.get(short)).any(|post| said.contains(&post))
        };
        let mut there: BTreeSet<&str> = claim
            .support
            .iter()
            .filter(|(_, posts)| speak(posts))
            .map(|(owner, _)| owner.as_str())
            .collect();
        let mut found: BTreeSet<&str> = point.evidence.owners.iter().map(Owner::as_str).collect();
        if claim.either && there.is_disjoint(&found) {
            // The other side was called the claim: who denies it are those we know.
            found = point.evidence.dissenting.iter().map(Owner::as_str).collect();
        }
        // Who may stand there or not is no matter.
        let fringe: BTreeSet<PostId> =
            claim.fringe.iter().filter_map(|short| named.get(short)).collect();
        let of_fringe = |owner: &str| {
            let stories = point.evidence.stories.iter();
            let leads: Vec<PostId> = stories.filter_map(|story| story.first().copied()).collect();
            !there.contains(owner) && leads.iter().any(|lead| fringe.contains(lead))
        };
        found.retain(|owner| !of_fringe(owner));
        let right = there.intersection(&found).count();
        let counts = Counts { texts: 1, there: there.len(), found: found.len(), right };
        self.owners.add(counts);
        let missing: Vec<&str> = there.difference(&found).copied().collect();
        found.retain(|owner| !there.contains(owner));
        there.clear();
        if !missing.is_empty() || !found.is_empty() {
            let id = &claim.id;
            self.amiss.push(format!("{place}: {id} without {missing:?}, with {found:?}"));
        }
    }

    /// Takes in the stories that were found among `heard`, of the posts that the file's windows look at.
    pub fn stories(
        &mut self,
        golden: &Golden,
        named: &Named,
        heard: &[Heard<'_>],
        found: &[Story],
    ) {
        let groups = golden.stories.iter().map(|group| {
            group.posts.iter().filter_map(|short| named.get(short)).collect::<Vec<_>>()
        });
        let there: BTreeSet<(PostId, PostId)> = groups.flat_map(|posts| pairs(&posts)).collect();
        let found = found.iter().map(|story| {
            story.posts.iter().map(|&index| heard[index].post.id).collect::<Vec<PostId>>()
        });
        let found: BTreeSet<(PostId, PostId)> = found.flat_map(|posts| pairs(&posts)).collect();
        self.stories.add(Counts {
            texts: heard.len(),
            there: there.len(),
            found: found.len(),
            right: there.intersection(&found).count(),
        });
        for (a, b) in there.difference(&found) {
            self.amiss.push(format!(
                "{} and {} are one story and were told as two",
                short(a),
                short(b)
            ));
        }
        for (a, b) in found.difference(&there) {
            self.amiss.push(format!("{} and {} were made one story", short(a), short(b)));
        }
    }

    /// The share of the points that tell what must or may be told.
    #[must_use]
    pub fn precision(&self) -> f64 {
        let (shown, right) = (self.solid + self.alone, self.solid_right + self.alone_right);
        right as f64 / shown.max(1) as f64
    }

    /// The share of what must be told that is.
    #[must_use]
    pub fn recall(&self) -> f64 {
        self.told as f64 / self.must.max(1) as f64
    }
}

/// What a point tells.
fn tells<'g>(
    golden: &'g Golden,
    morning: &'g Morning,
    point: &Point,
    named: &Named,
    said: &BTreeSet<PostId>,
    told: &BTreeSet<&str>,
) -> Told<'g> {
    let leads = leads(point);
    for id in morning.must.iter().chain(&morning.may) {
        let Some(claim) = golden.claim(id).filter(|claim| claim.topics.contains(&point.topic))
        else {
            continue;
        };
        if tells_claim(claim, &leads, named, said) {
            return if told.contains(id.as_str()) { Told::Again(id) } else { Told::Claim(id) };
        }
    }
    let is_alone = point.evidence.strength == Strength::Anecdote;
    let about = about(golden, &point.topic, named);
    if is_alone && leads.iter().all(|lead| about.contains(lead)) {
        return Told::Alone;
    }
    Told::Wrong
}

fn tells_claim(
    claim: &Claim,
    leads: &BTreeSet<PostId>,
    named: &Named,
    said: &BTreeSet<PostId>,
) -> bool {
    let resolved = |posts: &[String]| -> BTreeSet<PostId> {
        posts.iter().filter_map(|short| named.get(short)).collect()
    };
    let posts: Vec<String> = claim.support.values().flatten().cloned().collect();
    let fringe = resolved(&claim.fringe);
    let is_side = |posts: &[String]| {
        let side: BTreeSet<PostId> = resolved(posts).intersection(said).copied().collect();
        let of_it = leads.iter().filter(|lead| side.contains(lead) || fringe.contains(lead));
        let found = side.intersection(leads).count() as f64;
        !side.is_empty()
            && of_it.count() as f64 >= MOSTLY * leads.len() as f64
            && found >= MOST_OF_IT * side.len() as f64
    };
    is_side(&posts) || (claim.either && is_side(&claim.against))
}

/// The posts that are truly about a topic.
fn about(golden: &Golden, topic: &str, named: &Named) -> BTreeSet<PostId> {
    let claims = golden.claims.iter().filter(|claim| claim.topics.iter().any(|own| own == topic));
    let of_claims = claims.flat_map(|claim| {
        claim.support.values().flatten().chain(&claim.fringe).chain(&claim.against)
    });
    let beside = golden.about.get(topic).into_iter().flatten();
    of_claims.chain(beside).filter_map(|short| named.get(short)).collect()
}

/// The posts that speak for the stories of a point.
fn leads(point: &Point) -> BTreeSet<PostId> {
    point.evidence.stories.iter().filter_map(|story| story.first().copied()).collect()
}

fn in_window(heard: &[Heard<'_>], window: Window) -> BTreeSet<PostId> {
    let said = heard.iter().map(|heard| heard.post);
    let said = said.filter(|post| window.from <= post.when() && post.when() < window.until);
    said.map(|post| post.id).collect()
}

/// Every two of them, the smaller first.
fn pairs(posts: &[PostId]) -> BTreeSet<(PostId, PostId)> {
    let mut pairs = BTreeSet::new();
    for (at, a) in posts.iter().enumerate() {
        for b in posts.get(at + 1..).unwrap_or_default() {
            pairs.insert((*a.min(b), *a.max(b)));
        }
    }
    pairs
}

fn short(post: &PostId) -> String {
    post.to_string().chars().take(super::DIGITS).collect()
}
