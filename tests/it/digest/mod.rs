//! From what was heard to a digest, and what it looks like.
#![expect(clippy::unwrap_used, reason = "clippy knows tests by their attribute, not their helpers")]

mod accounts;
mod again;
mod answers;
mod evidence;
mod hostile;
pub(crate) mod market;
mod properties;
mod ranked;
mod recount;
mod stories;
mod today;
mod told;
mod trend;
mod views;

use overheard::digest::{Digest, Point};
use overheard::source::Knowledge;

fn point<'d>(digest: &'d Digest, topic: &str) -> &'d Point {
    let public = digest.blocks.iter().find(|block| block.knowledge == Knowledge::Public).unwrap();
    public.points.iter().find(|point| point.topic == topic).unwrap()
}

fn owners(point: &Point) -> Vec<&str> {
    point.evidence.owners.iter().map(overheard::source::Owner::as_str).collect()
}
